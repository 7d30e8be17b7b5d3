import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { sha256Hex } from '../../src/canonical.ts';
import { interpretOpenAi } from '../../src/engines/openai-stream.ts';
import { type Answer, type AskRequest, ask } from '../../src/measure/ask.ts';
import { type Clock, startClock } from '../../src/measure/clock.ts';
import { connect } from '../../src/measure/connection.ts';
import { observe } from '../../src/measure/timeline.ts';
import type { RequestRecord } from '../scripted-engine/play.ts';
import { type ScriptedEngine, startScriptedEngine } from '../scripted-engine/server.ts';

let engine: ScriptedEngine;
const clock: Clock = startClock();
const servers: Server[] = [];

beforeAll(async () => {
  engine = await startScriptedEngine({ pace: { timeScale: 0.2 } });
});
afterAll(() => engine.close());
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

let count = 0;

function requestOf(content: string, more: Partial<AskRequest> = {}): AskRequest {
  count += 1;
  return {
    path: '/v1/chat/completions',
    headers: {},
    body: { messages: [{ role: 'user', content }], stream: true },
    requestId: `ask-${count}`,
    timeoutMs: 20_000,
    interpret: interpretOpenAi,
    signal: new AbortController().signal,
    identity: { launch: 1, arm: 'baseline', pair: null, round: 1, query: 'q' },
    scheduledNs: clock.now(),
    ...more,
  };
}

/** One case over a connection of its own, with what the server says about it. */
async function askCase(
  name: string,
  more: Partial<AskRequest> = {},
): Promise<Answer & { record: RequestRecord }> {
  const connection = connect(engine.url, clock);
  const request = requestOf(`[[case:${name}]]`, more);
  const answer = await ask(connection, request);
  connection.close();
  const record = engine.records.get(request.requestId);
  if (record === undefined) throw new Error('the server has no record');
  return { ...answer, record };
}

/** The server's stamp as the client's clock counts. */
const onClientClock = (tNs: string) => Number(BigInt(tNs) - clock.epochMonotonicNs);

/** Every chunk is there, is what it was, and came after the write before its own and soon after its own. */
function expectTruth({ trace, record }: { trace: Answer['trace']; record: RequestRecord }): void {
  const kinds = trace.chunks.map(([, kind]) => kind);
  expect(kinds).toEqual(record.frames.map(([kind]) => kind).slice(0, kinds.length));
  expect(trace.textSha256).toBe(record.textSha256);
  const sent = trace.sentNs ?? 0;
  let previous = sent;
  for (const [index, [tNs]] of trace.chunks.entries()) {
    const written = onClientClock(record.frames[index]?.[1] ?? '0');
    const before =
      index === 0 ? onClientClock(record.arrivalNs) : onClientClock(record.frames[index - 1]?.[1] ?? '0');
    const isSameWrite = index > 0 && record.frames[index]?.[1] === record.frames[index - 1]?.[1];
    expect(tNs).toBeGreaterThanOrEqual(previous);
    if (!isSameWrite) expect(tNs).toBeGreaterThanOrEqual(before);
    expect(tNs - written).toBeLessThan(5e9);
    previous = tNs;
  }
  expect(trace.scheduledNs).toBeLessThanOrEqual(sent);
  expect(trace.firstByteNs).toBeGreaterThanOrEqual(sent);
}

const good = [
  'C0',
  'C1',
  'C2',
  'C3',
  'C3-reasoning',
  'C3-only',
  'C4',
  'C5',
  'C5-continuous',
  'C6-coalesced',
  'C6-split',
];
const dialects = [
  'C6-crlf',
  'C6-cr',
  'C6-comments',
  'C6-nospace',
  'C6-bom',
  'C6-multiline',
  'C6-unterminated',
];
const ends = ['C7', 'C8', 'C10', 'C11', 'C13', 'close-delimited', 'connection-close', 'llamacpp', 'plain'];

test.each([...good, ...dialects, ...ends])('%s is read exactly', async (name) => {
  const answer = await askCase(name);
  expect(answer.trace.error).toBeNull();
  expect(answer.trace.outcome).toBe('ok');
  expect(answer.trace.chunks).toHaveLength(answer.record.frames.length);
  expectTruth(answer);
  const tokens = name === 'C8' ? null : answer.record.tokens;
  expect(answer.trace.usage?.completionTokens ?? null).toBe(tokens);
  expect(answer.findings).toEqual([]);
  expect(observe(answer.trace).findings).toEqual([]);
});

test('a role-only or empty chunk is no first token', async () => {
  for (const name of ['C1', 'C2']) {
    const { trace } = await askCase(name);
    const [, second] = trace.chunks;
    expect(trace.chunks[0]?.[1]).toBe('role');
    expect(observe(trace).ttftMs).toBe(((second?.[0] ?? 0) - (trace.sentNs ?? 0)) / 1e6);
  }
});

test('reasoning starts TTFT and not TTFAT', async () => {
  const { trace, text } = await askCase('C3');
  const observed = observe(trace);
  expect(observed.ttftMs ?? 0).toBeLessThan(observed.ttfatMs ?? 0);
  expect(text.reasoning).not.toBe('');
  expect(trace.textSha256).toBe(sha256Hex(text.reasoning + text.answer));
  expect(observe((await askCase('C3-only')).trace).ttfatMs).toBeNull();
});

test('continuous usage gives tokens per chunk', async () => {
  const { trace } = await askCase('C5-continuous');
  expect(trace.chunks.filter(([, kind]) => kind === 'content').map(([, , , tokens]) => tokens)).toEqual(
    Array(20).fill(3),
  );
  expect(observe(trace)).toMatchObject({ decodeSource: 'per-chunk', tokens: 60, tokensSource: 'usage' });
});

test('usage and [DONE] after the last token do not lengthen e2e', async () => {
  const { trace } = await askCase('C7');
  const last = trace.chunks.filter(([, kind]) => kind === 'content').at(-1)?.[0] ?? 0;
  expect(observe(trace).e2eMs).toBe((last - (trace.sentNs ?? 0)) / 1e6);
  expect(trace.doneNs).toBe(trace.chunks.at(-1)?.[0]);
  expect(trace.doneNs ?? 0).toBeGreaterThan(last);
});

test.each([
  ['C9', 'error-frame', 'CUDA error: out of memory (500)'],
  ['C9-text', 'error-frame', 'Request failed during generation'],
  ['C9-top', 'error-frame', 'the worker died (500)'],
  ['C9-garbage', 'bad-frame', 'not JSON: "{\\"choices\\": [oops"'],
  [
    'C9-close',
    'truncated',
    'the connection was closed in the middle of the response, after 10 chunks of text',
  ],
  [
    'C9-close-body',
    'truncated',
    'the stream ended without finish_reason and [DONE], after 10 chunks of text',
  ],
  ['C9-reset', 'truncated', 'the connection broke: read ECONNRESET, after 10 chunks of text'],
  ['C9-503', 'http-error', 'HTTP 503: {"error":{"message":"overloaded","type":"server_error","code":503}}'],
  ['C9-429', 'http-error', 'HTTP 429: slow down'],
  ['no-end', 'truncated', 'the stream ended without finish_reason and [DONE], after 20 chunks of text'],
  ['empty', 'empty', 'the answer ended well but holds no token'],
  [
    'C12',
    'truncated',
    'the connection was closed before the response had its headers, before any byte of the answer',
  ],
])('%s ends as %s', async (name, outcome, error) => {
  const answer = await askCase(name);
  expect([answer.trace.outcome, answer.trace.error]).toEqual([outcome, error]);
  expect(answer.trace.chunks).toHaveLength(answer.record.frames.length);
  expect(observe(answer.trace).ttftMs).toBeNull();
  expect(answer.findings).toEqual([]);
});

test.each(['never-answers', 'C11-forever'])('%s ends as a timeout, counted from sent', async (name) => {
  const { trace } = await askCase(name, { timeoutMs: 400 });
  expect([trace.outcome, trace.doneNs]).toEqual(['timeout', null]);
});

test.each(['never-answers', 'C11-forever'])(
  '%s ends as aborted by the signal, and the server is left',
  async (name) => {
    const { trace, record } = await askCase(name, { signal: AbortSignal.timeout(300) });
    expect(trace.outcome).toBe('aborted');
    await expect.poll(() => record.end).toBe('stall');
  },
);

test('a signal that fired before: nothing is sent', async () => {
  const { trace } = await ask(connect(engine.url, clock), requestOf('x', { signal: AbortSignal.abort() }));
  expect([trace.outcome, trace.sentNs, trace.connectNs]).toEqual(['aborted', null, null]);
});

test('finish_reason without [DONE] is whole, with a finding', async () => {
  const { trace, findings } = await askCase('no-done');
  expect([trace.outcome, findings]).toEqual(['ok', ['no-done']]);
});

test('text after [DONE] is not taken', async () => {
  const answer = await askCase('after-done');
  expect(answer.trace.chunks.at(-1)?.[1]).toBe('done');
  expect([answer.trace.outcome, answer.findings]).toEqual(['ok', ['data-after-done']]);
  expectTruth(answer);
});

test('an answer that is not streamed is one chunk and a finding', async () => {
  const { trace, findings, record } = await askCase('not-streamed');
  expect([trace.outcome, findings]).toEqual(['ok', ['not-streamed']]);
  expect(trace.chunks.map(([, kind]) => kind)).toEqual(['content']);
  expect([trace.textSha256, trace.usage?.completionTokens]).toEqual([record.textSha256, 20]);
  expect(observe(trace)).toMatchObject({ decodeTokS: null, itlMs: [] });
});

test('nobody listens: truncated, nothing sent', async () => {
  const dead = await startScriptedEngine();
  await dead.close();
  const { trace } = await ask(connect(dead.url, clock), requestOf('x'));
  expect([trace.outcome, trace.sentNs]).toEqual(['truncated', null]);
  expect(trace.error).toMatch(/^could not connect: .*ECONNREFUSED/);
});

/** A server that answers the n-th request of each connection with the n-th function. */
async function rawServer(...answers: ((socket: Socket) => void)[]): Promise<string> {
  const server = createServer((socket) => {
    let at = 0;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (bytes.includes('GET /v1/models')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      else if (bytes.includes('POST ')) answers[at++]?.(socket);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test.each([
  ['not HTTP at all', 'hello\r\n\r\n', 'http-error', 'the answer is not HTTP/1.1: "hello"'],
  [
    'an empty event stream',
    'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    'truncated',
    'the stream ended without finish_reason and [DONE], before the first token',
  ],
  ['JSON that is broken', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{x', 'bad-frame', 'not JSON: "{x"'],
  [
    'an error document in a 200',
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 13\r\n\r\n{"error":"x"}',
    'error-frame',
    'x',
  ],
  [
    'an unasked compression',
    'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nab',
    'http-error',
    'the answer is gzip-compressed, unasked',
  ],
  ['a redirect', 'HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n', 'http-error', 'HTTP 302'],
  [
    '[DONE] and then silence',
    'HTTP/1.1 200 OK\r\n\r\ndata: {"choices":[{"text":"a"}]}\n\ndata: [DONE]\n\n',
    'ok',
    null,
  ],
  ['an error and then silence', 'HTTP/1.1 200 OK\r\n\r\ndata: {"error":"x"}\n\n', 'error-frame', 'x'],
])('%s', async (_name, bytes, outcome, error) => {
  const url = await rawServer((socket) => socket.write(bytes));
  const connection = connect(url, clock);
  const { trace } = await ask(connection, requestOf('x'));
  connection.close();
  expect([trace.outcome, trace.error]).toEqual([outcome, error]);
});

test('a reset right after [DONE] takes nothing away', async () => {
  const whole =
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n30\r\ndata: {"choices":[{"text":"a"}]}\n\ndata: [DONE]\n\n\r\n';
  const url = await rawServer((socket) =>
    socket.write(whole, () => setTimeout(() => socket.resetAndDestroy(), 20)),
  );
  const { trace } = await ask(connect(url, clock), requestOf('x'));
  expect([trace.outcome, trace.error]).toEqual(['ok', null]);
});

test('a megabyte of prompt is sent when all of it has left', async () => {
  const { trace, record } = await askCase('C0', {
    body: { messages: [{ role: 'user', content: `[[case:C0]] ${'word '.repeat(250_000)}` }], stream: true },
  });
  expect([trace.outcome, record.tokens]).toEqual(['ok', 20]);
  expect(trace.usage?.promptTokens).toBeGreaterThan(250_000);
  expect(trace.sentNs ?? 0).toBeLessThan(onClientClock(record.frames[0]?.[1] ?? '0'));
});

test('a request cannot smuggle a header', async () => {
  await expect(ask(connect(engine.url, clock), requestOf('x', { requestId: 'a\r\nb: c' }))).rejects.toThrow(
    TypeError,
  );
});
