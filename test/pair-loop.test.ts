import { describe, expect, it } from 'vitest';
import type { KeptLaunch } from '../src/pair-arms.ts';
import { type ArmName, type MeasuredPair, orderOf, type PairLoopInput, runPairs } from '../src/pair-loop.ts';
import type { PairsSoFar } from '../src/verdict/decide.ts';
import { type Asked, launched, pairAsked } from './pairs.ts';

/** What one launch does instead of answering a query at 100 (baseline) or 110 tok/s. */
type Event = 'ok' | 'void' | 'fails' | 'slept';

interface World {
  /** By launch, in the order in which they are made. */
  readonly events?: readonly Event[];
  readonly over?: Partial<PairLoopInput<KeptLaunch>>;
  readonly launchMs?: number;
  readonly asked?: (arm: ArmName, launch: number) => readonly Asked[];
}

const failure = { kind: 'crash', detail: 'oom-run' } as NonNullable<KeptLaunch['failure']>;

async function run({ events = [], over = {}, launchMs = 1000, asked }: World = {}) {
  let nowMs = 0;
  const made: string[] = [];
  const told: { pair: MeasuredPair<KeptLaunch>; seen: PairsSoFar; left: { pairs: number; ms: number } }[] =
    [];
  const ended = await runPairs<KeptLaunch>({
    maxPairs: 4,
    budgetMs: 1e9,
    isSpeculative: false,
    largestForeignPercent: 5,
    calibrations: {},
    recall: () => null,
    reused: [],
    reusedLaunch: null,
    now: () => nowMs,
    async launch(arm, pair) {
      nowMs += launchMs;
      const event = events[made.length] ?? 'ok';
      made.push(`${arm === 'baseline' ? 'A' : 'B'}${pair}`);
      const launch = launched(
        arm,
        asked?.(arm, made.length) ?? [{ query: 'q', decodeTokS: arm === 'baseline' ? 100 : 110 }],
        { number: made.length, pair, failure: event === 'fails' ? failure : null },
      );
      const conditions = launch.conditions as NonNullable<KeptLaunch['conditions']>;
      if (event === 'void') return { ...launch, conditions: { ...conditions, invalid: ['client-late'] } };
      if (event !== 'slept') return launch;
      return { ...launch, conditions: { ...conditions, after: { ...conditions.after, bootMs: 60_000 } } };
    },
    isDecided: () => false,
    onPair: (pair, seen, left) => told.push({ pair, seen, left }),
    ...over,
  });
  return { ended, made: made.join(' '), told };
}

describe('pairs', () => {
  it.each<[what: string, events: Event[], made: string, counted: number]>([
    ['run A B B A, and again', [], 'A1 B1 B2 A2 A3 B3 B4 A4', 4],
    [
      'whose second launch is void are measured again in the same order',
      ['ok', 'ok', 'ok', 'void'],
      'A1 B1 B2 A2 B3 A3 A4 B4 B5 A5',
      4,
    ],
    ['whose first launch is void have no second', ['ok', 'ok', 'void'], 'A1 B1 B2 B3 A3 A4 B4 B5 A5', 4],
    [
      'during which the machine slept are measured again',
      ['ok', 'slept'],
      'A1 B1 A2 B2 B3 A3 A4 B4 B5 A5',
      4,
    ],
    [
      'end with the third that does not count',
      ['void', 'ok', 'ok', 'ok', 'void', 'void'],
      'A1 A2 B2 B3 A3 B4',
      1,
    ],
    ['end at once with three that do not count', ['void', 'void', 'void'], 'A1 A2 A3', 0],
    ['end when a first launch fails, without a second', ['ok', 'ok', 'fails'], 'A1 B1 B2', 1],
    ['end when a second launch fails', ['ok', 'fails'], 'A1 B1', 0],
  ])('%s', async (_, events, made, counted) => {
    const { ended, made: actual } = await run({ events });
    expect(actual).toBe(made);
    expect(ended.seen.effects).toHaveLength(counted);
    expect(ended.failed?.failure ?? null).toBe(events.includes('fails') ? failure : null);
    const voids = events.filter((event) => event === 'void').length;
    expect(ended.invalid?.code ?? null).toBe(voids === 3 ? 'client-late' : null);
  });

  it('are baseline first, candidate first, and again', () => {
    expect([1, 2, 3, 4].map(orderOf)).toEqual([
      'baseline-first',
      'candidate-first',
      'baseline-first',
      'candidate-first',
    ]);
  });

  it('have effects by arm, not by who ran first', async () => {
    const { ended } = await run();
    expect(ended.seen.effects.map((one) => one.decode_tok_s)).toEqual(Array(4).fill(Math.log(1.1)));
    expect(ended.pairs.map(({ result }) => result.launches)).toEqual([
      { baseline: 1, candidate: 2 },
      { baseline: 4, candidate: 3 },
      { baseline: 5, candidate: 6 },
      { baseline: 8, candidate: 7 },
    ]);
  });

  it('that do not count have a number, a reason and no effects', async () => {
    const { ended, told } = await run({ events: ['void'], over: { maxPairs: 1 } });
    expect(
      ended.pairs.map(({ result }) => [
        result.pair,
        result.invalid?.code ?? 'counts',
        result.effects === null,
      ]),
    ).toEqual([
      [1, 'client-late', true],
      [2, 'counts', false],
    ]);
    expect(ended.pairs[0]?.result.launches).toEqual({ baseline: 1, candidate: null });
    expect(told.map(({ seen }) => seen.effects.length)).toEqual([0, 1]);
  });
});

describe('what ends them', () => {
  it('the verdict, asked after each', async () => {
    const asked: number[] = [];
    const isDecided = (seen: PairsSoFar) => asked.push(seen.effects.length) === 2;
    expect((await run({ over: { isDecided } })).made).toBe('A1 B1 B2 A2');
    expect(asked).toEqual([1, 2]);
  });

  it.each([
    // Each pair takes 2 s.
    ['for two and a half pairs', 5000, 'A1 B1 B2 A2'],
    ['for just three', 6000, 'A1 B1 B2 A2 A3 B3'],
    ['too small for one: one is measured', 10, 'A1 B1'],
    ['for more than there are', 1e9, 'A1 B1 B2 A2 A3 B3 B4 A4'],
  ])('a budget %s', async (_, budgetMs, made) => {
    const { ended, made: actual } = await run({ over: { budgetMs } });
    expect(actual).toBe(made);
    expect(ended.seen.isSpent).toBe(true);
  });

  it('and what is left is told after each, in pairs and time', async () => {
    const { told } = await run({ over: { budgetMs: 7000 } });
    expect(told.map(({ left }) => left)).toEqual([
      { pairs: 2, ms: 4000 },
      { pairs: 1, ms: 2000 },
      { pairs: 0, ms: 0 },
    ]);
  });
});

describe('a run that goes on', () => {
  const asked = (rate: number) => [{ query: 'q', decodeTokS: rate }];
  const reused = [pairAsked(asked(100), asked(110))];
  const voided = reused.map((pair) => ({
    ...pair,
    result: { ...pair.result, effects: null, invalid: { code: 'load', text: '' } },
  }));
  const open = (arm: ArmName) => launched(arm, asked(100), { number: 7 });
  const [invalid] = voided as [(typeof voided)[number]];

  it.each<[what: string, over: Partial<PairLoopInput<KeptLaunch>>, made: string, counted: number]>([
    ['with a pair', { reused }, 'B2 A2 A3 B3 B4 A4', 4],
    [
      'with a pair and the first launch of the next',
      { reused, reusedLaunch: open('candidate') },
      'A2 A3 B3 B4 A4',
      4,
    ],
    ['with a launch alone', { reusedLaunch: open('baseline') }, 'B1 B2 A2 A3 B3 B4 A4', 4],
    [
      'with a launch of the other arm, which is no use',
      { reusedLaunch: open('candidate') },
      'A1 B1 B2 A2 A3 B3 B4 A4',
      4,
    ],
    ['with a pair that does not count', { reused: voided }, 'A2 B2 B3 A3 A4 B4 B5 A5', 4],
    ['with all there are', { reused, maxPairs: 1 }, '', 1],
    ['with what decides already', { reused, isDecided: () => true }, '', 1],
    ['with time for its own pairs only', { reused, budgetMs: 3999 }, 'B2 A2', 2],
    ['with three that do not count', { reused: [invalid, invalid, invalid] }, '', 0],
  ])('%s', async (_, over, made, counted) => {
    const { ended, made: actual } = await run({ over });
    expect(actual).toBe(made);
    expect(ended.seen.effects).toHaveLength(counted);
  });

  it('counts the pairs that did not count before', async () => {
    const { ended, made } = await run({ events: ['void'], over: { reused: [invalid, invalid] } });
    expect([made, ended.invalid?.code]).toEqual(['A3', 'client-late']);
  });
});

describe('what pairs saw', () => {
  const answer = (query: string, text: string, outcome: Asked['outcome'] = 'ok'): Asked => ({
    query,
    text,
    outcome,
  });

  it('counts failures by launch and query, of the pairs that count', async () => {
    const { ended } = await run({
      over: { maxPairs: 2 },
      events: ['ok', 'void'],
      asked: (arm) => [
        { query: 'q' },
        { query: 'constructor', outcome: arm === 'candidate' ? 'truncated' : 'ok', round: 1 },
        { query: 'constructor', outcome: arm === 'candidate' ? 'truncated' : 'ok', round: 2 },
      ],
    });
    expect(ended.seen.failures).toEqual({
      baseline: { requests: 6, failed: 0, launchesByQuery: {} },
      candidate: { requests: 6, failed: 4, launchesByQuery: { constructor: 2 } },
    });
    expect(ended.pairs.at(-1)?.result).toMatchObject({ queries: 1, failed: ['constructor'] });
  });

  it('has the answers of both arms, but none to a query that failed in one', async () => {
    const { ended } = await run({
      over: { maxPairs: 2 },
      asked: (arm, launch) => [answer('a', 'x'), answer('b', `${arm}`, launch === 4 ? 'truncated' : 'ok')],
    });
    expect(ended.seen.answers).toEqual([
      { query: 'a', baseline: ['x', 'x'], candidate: ['x', 'x'] },
      { query: 'b', baseline: ['baseline'], candidate: ['candidate'] },
    ]);
  });
});
