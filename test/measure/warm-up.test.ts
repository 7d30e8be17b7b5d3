import { expect, test } from 'vitest';
import { interpretOpenAi } from '../../src/engines/openai-stream.ts';
import { startClock } from '../../src/measure/clock.ts';
import { connect } from '../../src/measure/connection.ts';
import { steadiness, type WarmUpTime, warmUp } from '../../src/measure/warm-up.ts';
import { startScriptedEngine } from '../scripted-engine/server.ts';

const rates = (...values: number[]): WarmUpTime[] =>
  values.map((decodeTokS) => ({ ttftMs: 1, decodeTokS, e2eMs: 1 }));
const failed: WarmUpTime = { ttftMs: null, decodeTokS: null, e2eMs: null };

test.each([
  ['nothing yet', [], 0, 'go-on'],
  ['two alike', rates(100, 100), 1, 'go-on'],
  ['three alike', rates(100, 100, 100), 1, 'steady'],
  ['exactly 5 % of the median', rates(95, 100, 105), 1, 'steady'],
  ['a little more', rates(94.9, 100, 105), 1, 'go-on'],
  ['the last three count', rates(10, 100, 101, 99), 1, 'steady'],
  ['fewer than the minimum', rates(100, 100, 100), 4, 'go-on'],
  ['twenty, unsteady', rates(...Array.from({ length: 20 }, (_, at) => 100 + 50 * (at % 2))), 3, 'not-steady'],
  ['nineteen, unsteady', rates(...Array.from({ length: 19 }, (_, at) => 100 + 50 * (at % 2))), 3, 'go-on'],
  [
    'steady at the twentieth',
    rates(...Array.from({ length: 17 }, (_, at) => 50 + 50 * (at % 2)), 9, 9, 9),
    3,
    'steady',
  ],
  ['a minimum above twenty', rates(...Array(20).fill(100)), 25, 'go-on'],
  ['one failure among three', [...rates(100, 100), failed], 1, 'go-on'],
  ['three failures', [failed, failed, failed], 5, 'failing'],
  [
    'one token each: the whole time stands in',
    Array(3).fill({ ttftMs: 9, decodeTokS: null, e2eMs: 9 }),
    1,
    'steady',
  ],
] as const)('%s', (_name, times, minimum, state) => {
  expect(steadiness(times, minimum)).toBe(state);
});

test('an earlier warm-up counts for steadiness, not for the minimum', () => {
  expect(steadiness(rates(100), 1, rates(101, 99))).toBe('steady');
  expect(steadiness([], 1, rates(101, 99, 100))).toBe('go-on');
});

const clock = startClock();

function contextOf(url: string, signal: AbortSignal, prompt: string) {
  return {
    connection: connect(url, clock),
    clock,
    identity: { launch: 1, arm: 'baseline' as const, pair: null },
    timeoutMs: 10_000,
    interpret: interpretOpenAi,
    signal,
    prompts: [prompt].concat(Array(50).fill(prompt))[Symbol.iterator](),
    wireRequest: (content: string, index: number) => ({
      path: '/v1/chat/completions',
      headers: {},
      body: { messages: [{ role: 'user', content }], stream: true, max_tokens: 8 },
      requestId: `warm-${index}`,
    }),
  };
}

test('requests go out until the speed is steady; their times are kept in order', async () => {
  const engine = await startScriptedEngine({ pace: { timeScale: 0.5 } });
  const context = contextOf(engine.url, new AbortController().signal, 'x');
  const queries: string[] = [];
  const result = await warmUp({
    ...context,
    minimum: 4,
    onTrace: ({ trace }) => void queries.push(trace.query),
  });
  context.connection.close();
  await engine.close();
  expect(result.times.length).toBeGreaterThanOrEqual(4);
  expect(queries).toEqual(result.times.map((_, at) => `warm-up-${at + 1}`));
  expect(engine.records.size).toBe(queries.length);
  expect(result.findings).toEqual(result.isSteady ? [] : ['not-steady']);
});

test('an engine that only fails is not asked twenty times', async () => {
  const engine = await startScriptedEngine({ pace: { timeScale: 0.01 } });
  const context = contextOf(engine.url, new AbortController().signal, '[[case:C9-503]]');
  const result = await warmUp({ ...context, minimum: 10, onTrace() {} });
  context.connection.close();
  await engine.close();
  expect([result.isSteady, result.findings, engine.records.size]).toEqual([false, ['warm-up-errors'], 3]);
});

test('it stops when the signal says so', async () => {
  const engine = await startScriptedEngine({ pace: { timeScale: 0.01 } });
  const stop = new AbortController();
  const context = contextOf(engine.url, stop.signal, 'x');
  const result = await warmUp({ ...context, minimum: 10, onTrace: () => stop.abort() });
  context.connection.close();
  await engine.close();
  expect([result.isSteady, result.times.length]).toEqual([false, 1]);
});
