import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { interpretOpenAi } from '../../src/engines/openai-stream.ts';
import { ask } from '../../src/measure/ask.ts';
import { startClock } from '../../src/measure/clock.ts';
import { connect } from '../../src/measure/connection.ts';
import { observe } from '../../src/measure/timeline.ts';
import { realEngine } from '../real-engine.ts';

const real = await realEngine();
const clock = startClock();
let server: ChildProcess | null = null;
let url = '';

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function askServer(connection: ReturnType<typeof connect>, extra: { [key: string]: boolean }) {
  return ask(connection, {
    path: '/v1/chat/completions',
    headers: {},
    body: {
      messages: [{ role: 'user', content: 'Name three rivers in Europe.' }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 24,
      temperature: 0,
      ignore_eos: true,
      cache_prompt: false,
      ...extra,
    },
    requestId: 'real',
    timeoutMs: 60_000,
    interpret: interpretOpenAi,
    signal: new AbortController().signal,
    identity: { launch: 1, arm: 'baseline', pair: null, round: 1, query: 'q' },
    scheduledNs: clock.now(),
  });
}

describe('the real llama.cpp server', () => {
  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const args = ['-m', real.model, '-t', '1', '-c', '2048', '--host', '127.0.0.1', '--port', String(port)];
    server = spawn(real.server, args, {
      env: { LD_LIBRARY_PATH: real.libraries },
      stdio: 'ignore',
    });
    await vi.waitFor(async () => expect((await fetch(`${url}/health`)).status).toBe(200), {
      timeout: 50_000,
      interval: 100,
    });
  });
  afterAll(() => {
    server?.kill('SIGKILL');
  });

  test('a streamed answer is whole, with usage and the timings of the engine', async () => {
    const connection = connect(url, clock);
    const { trace, text, findings } = await askServer(connection, {});
    const again = await askServer(connection, {});
    connection.close();
    expect([trace.outcome, trace.error, findings]).toEqual(['ok', null, []]);
    expect(trace.usage).toMatchObject({ completionTokens: 24, cachedTokens: 0 });
    expect(trace.engineTimings).toMatchObject({ predicted_n: 24, cache_n: 0 });
    expect(text.answer.length).toBeGreaterThan(24);
    expect(observe(trace)).toMatchObject({ tokens: 24, decodeSource: 'usage-approx', findings: [] });
    expect(again.trace.textSha256).toBe(trace.textSha256);
  });

  test('with timings per token every chunk has its count', async () => {
    const connection = connect(url, clock);
    const { trace } = await askServer(connection, { timings_per_token: true });
    connection.close();
    const counts = trace.chunks
      .filter(([, kind]) => kind === 'content')
      .map(([, , , tokens]) => tokens ?? Number.NaN);
    expect(counts.reduce((sum, tokens) => sum + tokens, 0)).toBe(24);
    expect(observe(trace)).toMatchObject({ decodeSource: 'per-chunk', findings: [] });
  });

  test('a body it cannot read is an HTTP error with its words', async () => {
    const connection = connect(url, clock);
    const { trace } = await askServer(connection, { messages: false });
    connection.close();
    expect(trace.outcome).toBe('http-error');
    expect(trace.error).toMatch(/^HTTP [45]00: .*messages/);
  });
});
