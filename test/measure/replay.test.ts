import { afterEach, expect, test } from 'vitest';
import { interpretOpenAi } from '../../src/engines/openai-stream.ts';
import type { Answer } from '../../src/measure/ask.ts';
import { startClock } from '../../src/measure/clock.ts';
import { connect } from '../../src/measure/connection.ts';
import { judgeLoopDelay, LoopDelayMonitor } from '../../src/measure/loop-delay.ts';
import { replay } from '../../src/measure/replay.ts';
import type { Query } from '../../src/workload/query.ts';
import { startScriptedEngine } from '../scripted-engine/server.ts';

const clock = startClock();
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const queryOf = (id: string, content: string): Query => ({
  id,
  messages: [{ role: 'user', content }],
  maxTokens: null,
  fields: {},
  tags: {},
});

async function contextOf(signal: AbortSignal) {
  const engine = await startScriptedEngine({ pace: { timeScale: 0.05 } });
  const connection = connect(engine.url, clock);
  open.push(connection, engine);
  return {
    connection,
    clock,
    identity: { launch: 3, arm: 'candidate' as const, pair: 2 },
    timeoutMs: 10_000,
    interpret: interpretOpenAi,
    signal,
    wireRequest: (query: Query, round: number) => ({
      path: '/v1/chat/completions',
      headers: {},
      body: { messages: query.messages, stream: true },
      requestId: `${query.id}-${round}`,
    }),
  };
}

test('every query of every round, one at a time, each stored before the next is sent', async () => {
  const context = await contextOf(new AbortController().signal);
  const answers: Answer[] = [];
  const storedNs: number[] = [];
  const [a, b] = [queryOf('a', 'x'), queryOf('b', '[[case:no-done]]')];
  const result = await replay({
    ...context,
    rounds: [
      [a, b],
      [b, a],
    ],
    async onTrace(answer) {
      answers.push(answer);
      await new Promise((resolve) => setTimeout(resolve, 5));
      storedNs.push(clock.now());
    },
  });
  const traces = answers.map((answer) => answer.trace);
  expect(traces.map((trace) => trace.requestId)).toEqual(['a-1', 'b-1', 'b-2', 'a-2']);
  expect(traces[0]).toMatchObject({
    launch: 3,
    arm: 'candidate',
    pair: 2,
    round: 1,
    query: 'a',
    outcome: 'ok',
  });
  for (const [at, trace] of traces.slice(1).entries()) {
    expect(trace.scheduledNs).toBeGreaterThanOrEqual(storedNs[at] ?? Number.POSITIVE_INFINITY);
  }
  expect(result).toMatchObject({ finished: 4, isStopped: false, findings: ['no-done'] });
  expect(result.loopDelay?.samples).toBeGreaterThan(0);
});

test('errors are counted as ends, and the rest is asked', async () => {
  const context = await contextOf(new AbortController().signal);
  const outcomes: string[] = [];
  const queries = ['C9-503', 'C9-reset', 'C0'].map((name) => queryOf(name, `[[case:${name}]]`));
  const result = await replay({
    ...context,
    rounds: [queries],
    onTrace: ({ trace }) => void outcomes.push(trace.outcome),
  });
  expect(outcomes).toEqual(['http-error', 'truncated', 'ok']);
  expect(result).toMatchObject({ finished: 3, isStopped: false });
});

test('a signal ends it: the request in flight is reported as aborted, the rest is not asked', async () => {
  const stop = new AbortController();
  const context = await contextOf(stop.signal);
  const outcomes: string[] = [];
  const queries = ['C0', 'never-answers', 'C1'].map((name) => queryOf(name, `[[case:${name}]]`));
  const result = await replay({
    ...context,
    rounds: [queries],
    onTrace({ trace }) {
      outcomes.push(trace.outcome);
      setTimeout(() => stop.abort(), 100);
    },
  });
  expect(outcomes).toEqual(['ok', 'aborted']);
  expect(result).toMatchObject({ finished: 1, isStopped: true });
});

test('an engine that dies: its broken request waits for the news instead of trying on', async () => {
  const stop = new AbortController();
  const context = await contextOf(stop.signal);
  const outcomes: string[] = [];
  const queries = ['C9-close', 'C0', 'C0'].map((name, at) => queryOf(`${name}-${at}`, `[[case:${name}]]`));
  await replay({
    ...context,
    rounds: [queries],
    onTrace({ trace }) {
      outcomes.push(trace.outcome);
      setTimeout(() => stop.abort(), 50);
    },
  });
  expect(outcomes).toEqual(['truncated']);
});

test.each([
  [10, 5, 'client-late'],
  [5, 5, 'loop-delay'],
  [0.6, 5, 'loop-delay'],
  [0.5, 5, null],
  [5, null, null],
] as const)('loop delay p99 %s ms beside gaps of %s ms: %s', (p99Ms, itlMs, judged) => {
  expect(judgeLoopDelay({ p50Ms: 0, p99Ms, maxMs: p99Ms, samples: 9 }, itlMs)).toBe(judged);
});

test('the monitor sees a blocked loop, and only while it runs', async () => {
  const monitor = new LoopDelayMonitor(clock);
  const block = () => {
    const until = clock.now() + 60e6;
    while (clock.now() < until);
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  expect(monitor.result()).toBeNull();
  monitor.resume();
  monitor.pause();
  block();
  await pause(10);
  expect(monitor.result()).toBeNull();
  monitor.resume();
  block();
  await pause(20);
  monitor.pause();
  expect(monitor.result()?.maxMs).toBeGreaterThan(40);
});
