/** undici's dispatch, its lowest layer: one Client a stream; stamps in onResponseData. */
import { Client } from 'undici';
import { drive, type Exchange, type Now, type Read, type Stream } from './drive.ts';
import { type Job, requestBody } from './job.ts';

await drive(open);

async function open(job: Job, now: Now): Promise<Stream> {
  const client = new Client(`http://127.0.0.1:${job.port}`);
  const body = requestBody(job.tokens);
  const { body: health } = await client.request({ path: '/health', method: 'GET' });
  await health.dump();
  return {
    ask: (id) => new Promise((resolve, reject) => ask(client, body, id, now, resolve, reject)),
    close: () => void client.destroy(),
  };
}

function ask(
  client: Client,
  body: string,
  id: string,
  now: Now,
  resolve: (exchange: Exchange) => void,
  reject: (error: Error) => void,
): void {
  const reads: Read[] = [];
  let sentNs = 0;
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream', 'x-request-id': id };
  const callNs = now();
  client.dispatch(
    { path: '/v1/chat/completions', method: 'POST', headers, body },
    {
      // Right before the write: undici tells no later moment.
      onRequestStart: () => {
        sentNs = now();
      },
      onResponseStart: () => {},
      onResponseData: (_controller, bytes) => {
        reads.push({ tNs: now(), bytes: Buffer.from(bytes) });
      },
      onResponseEnd: () => resolve({ callNs, sentNs, reads }),
      onResponseError: (_controller, error) => reject(error),
    },
  );
}
