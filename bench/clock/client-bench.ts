/** bench's own request path, as `bench run` uses it: connection.ts and ask.ts, parsing and all. */
import type { Json } from '../../src/canonical.ts';
import { interpretOpenAi } from '../../src/engines/openai-stream.ts';
import { ask } from '../../src/measure/ask.ts';
import { type Connection, connect } from '../../src/measure/connection.ts';
import { drive, type Exchange, type Now, type Stream } from './drive.ts';
import { type Job, requestBody } from './job.ts';

await drive(open);

async function open(job: Job, now: Now): Promise<Stream> {
  const clock = { epochMonotonicNs: job.epochNs, epochWallIso: new Date().toISOString(), now };
  const connection = connect(`http://127.0.0.1:${job.port}`, clock);
  const body = JSON.parse(requestBody(job.tokens)) as Json;
  const { signal } = new AbortController();
  await connection.prepare({}, signal);
  return {
    ask: (id) => askOnce(connection, body, id, now, signal),
    close: () => connection.close(),
  };
}

async function askOnce(
  connection: Connection,
  body: Json,
  id: string,
  now: Now,
  signal: AbortSignal,
): Promise<Exchange> {
  const callNs = now();
  const { trace } = await ask(connection, {
    path: '/v1/chat/completions',
    headers: { accept: 'text/event-stream' },
    body,
    requestId: id,
    timeoutMs: 60_000,
    interpret: interpretOpenAi,
    signal,
    identity: { launch: 1, arm: 'candidate', pair: null, round: 0, query: id },
    scheduledNs: callNs,
  });
  if (trace.outcome !== 'ok' || trace.sentNs === null)
    throw new Error(`${id}: ${trace.outcome} ${trace.error}`);
  const stamps = trace.chunks.filter(([, kind]) => kind === 'content').map(([tNs]) => tNs);
  return { callNs, sentNs: trace.sentNs, stamps };
}
