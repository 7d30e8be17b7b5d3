import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { interpretOpenAi } from '../../src/engines/openai-stream.ts';
import { type Answer, ask } from '../../src/measure/ask.ts';
import { startClock } from '../../src/measure/clock.ts';
import { type Connection, connect } from '../../src/measure/connection.ts';
import { type ScriptedEngine, startScriptedEngine } from '../scripted-engine/server.ts';
import type { ScriptedEngineOptions } from '../scripted-engine/state.ts';

const clock = startClock();
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function engineOf(
  options: ScriptedEngineOptions,
): Promise<{ engine: ScriptedEngine; connection: Connection }> {
  const engine = await startScriptedEngine({ pace: { timeScale: 0.05 }, ...options });
  const connection = connect(engine.url, clock);
  open.push(connection, engine);
  return { engine, connection };
}

let count = 0;

function askOnce(
  connection: Connection,
  name = 'C0',
  path = '/v1/chat/completions',
  signal = new AbortController().signal,
): Promise<Answer> {
  count += 1;
  return ask(connection, {
    path,
    headers: { authorization: 'Bearer x' },
    body: { messages: [{ role: 'user', content: `[[case:${name}]]` }], stream: true },
    requestId: `connection-${count}`,
    timeoutMs: 10_000,
    interpret: interpretOpenAi,
    signal,
    identity: { launch: 1, arm: 'baseline', pair: null, round: 1, query: 'q' },
    scheduledNs: clock.now(),
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('the first request connects before it is sent, the next ones reuse the connection', async () => {
  const { connection } = await engineOf({});
  const traces = [];
  for (let at = 0; at < 4; at += 1) traces.push((await askOnce(connection)).trace);
  expect(traces.map((trace) => trace.outcome)).toEqual(Array(4).fill('ok'));
  expect(traces.map((trace) => trace.connectNs === null)).toEqual([false, true, true, true]);
  expect(traces[0]?.connectNs ?? 0).toBeLessThan(traces[0]?.sentNs ?? 0);
});

test('C12: a connection closed while idle is replaced before the request, not inside it', async () => {
  const { connection } = await engineOf({ keepAliveMs: 300 });
  await askOnce(connection);
  await askOnce(connection);
  await pause(500);
  const { trace, findings } = await askOnce(connection);
  expect([trace.outcome, trace.connectNs === null, findings]).toEqual(['ok', false, []]);
});

test('C12: a reused connection closed under the request is said, not retried', async () => {
  const { engine, connection } = await engineOf({});
  await askOnce(connection);
  await askOnce(connection);
  const { trace, findings } = await askOnce(connection, 'C12');
  expect([trace.outcome, trace.sentNs === null, findings]).toEqual([
    'truncated',
    false,
    ['stale-connection'],
  ]);
  expect(engine.records.size).toBe(3);
});

test('a server that says Connection: close gets a new connection each time', async () => {
  const { connection } = await engineOf({});
  for (let at = 0; at < 3; at += 1) {
    const { trace } = await askOnce(connection, 'connection-close');
    expect([trace.outcome, trace.connectNs === null]).toEqual(['ok', false]);
  }
});

test('a server that closes 1 ms after each stream without a word loses no request', async () => {
  let posts = 0;
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (bytes.includes('GET ')) return socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      if (!bytes.includes('POST ')) return true;
      posts += 1;
      socket.write('HTTP/1.1 200 OK\r\nkeep-alive: timeout=5, max=100\r\ncontent-length: 48\r\n\r\n');
      socket.write('data: {"choices":[{"text":"a"}]}\n\ndata: [DONE]\n\n');
      return setTimeout(() => socket.end(), 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const connection = connect(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, clock);
  open.push(connection, server);
  for (let at = 0; at < 20; at += 1) expect((await askOnce(connection)).trace.error).toBeNull();
  expect(posts).toBe(20);
});

test('a base URL with a path', async () => {
  const { engine } = await engineOf({});
  const connection = connect(`${engine.url}/v1/`, clock);
  open.push(connection);
  expect((await askOnce(connection, 'C0', '/chat/completions')).trace.outcome).toBe('ok');
});

test('after an error the next request starts clean', async () => {
  const { connection } = await engineOf({});
  for (const name of ['C9-reset', 'C9-garbage', 'C9', 'C9-close', 'C9-503']) {
    expect((await askOnce(connection, name)).trace.outcome).not.toBe('ok');
    expect((await askOnce(connection)).trace.outcome).toBe('ok');
  }
});

test('a stop while the connection is being watched or warmed is not lost', async () => {
  const { connection } = await engineOf({});
  await askOnce(connection);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  const { trace } = await askOnce(connection, 'never-answers', '/v1/chat/completions', stop.signal);
  expect([trace.outcome, trace.sentNs]).toEqual(['aborted', null]);
});
