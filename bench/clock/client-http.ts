/** A node:http client with one keep-alive agent a stream; stamps in the response's data handler. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { drive, type Now, type Read, type Stream } from './drive.ts';
import { type Job, requestBody } from './job.ts';

await drive(open);

async function open(job: Job, now: Now): Promise<Stream> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = requestBody(job.tokens);
  const base = { agent, host: '127.0.0.1', port: job.port };
  await new Promise<void>((resolve, reject) => {
    // Opens the connection, as the other clients do before their first request.
    request({ ...base, path: '/health' }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
  return {
    ask: (id) =>
      new Promise((resolve, reject) => {
        const reads: Read[] = [];
        let sentNs = 0;
        const headers = {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          'x-request-id': id,
          'content-length': body.length,
        };
        const onResponse = (response: IncomingMessage) => {
          response.on('data', (bytes: Buffer) => reads.push({ tNs: now(), bytes }));
          response.on('end', () => resolve({ callNs, sentNs, reads }));
        };
        const callNs = now();
        const outgoing = request(
          { ...base, path: '/v1/chat/completions', method: 'POST', headers },
          onResponse,
        );
        // Just after the write: node:http tells no earlier moment.
        outgoing.on('finish', () => {
          sentNs = now();
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}
