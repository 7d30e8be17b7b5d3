import type { KeptLaunch } from '../src/pair-arms.ts';
import type { ArmName, MeasuredPair } from '../src/pair-loop.ts';
import { pairOf } from '../src/pair-loop.ts';
import type { MeasuredRequest } from '../src/stats/summarize.ts';
import type { LaunchConditions, MachineMoment } from '../src/verdict/moved.ts';
import { measured } from './stats/measured.ts';

/** One query at a decode rate, answered with a text. */
export interface Asked {
  readonly query: string;
  readonly decodeTokS?: number | null;
  readonly text?: string;
  readonly outcome?: 'ok' | 'truncated';
  readonly round?: number;
}

const still: MachineMoment = { wallMs: 1e12, monotonicMs: 0, bootMs: 0, facts: {} };

/** A launch on a machine that holds still, without an engine; its answers' hashes are the texts themselves. */
export function launched(arm: ArmName, asked: readonly Asked[], over: Partial<KeptLaunch> = {}): KeptLaunch {
  const conditions: LaunchConditions = {
    arm,
    before: still,
    after: still,
    foreignPercent: 0,
    slowedMs: {},
    measuredMs: 1000,
    invalid: [],
    hasCompiled: false,
  };
  return {
    ...{ arm, number: 1, pair: 1, requests: asked.map(requestOf), conditions, failure: null },
    answers: asked.flatMap(({ query, text }) => (text === undefined ? [] : [{ query, sha256: text }])),
    texts: asked.flatMap(({ query, text, round = 1 }) =>
      text === undefined ? [] : [{ query, round, text }],
    ),
    ...{ repetition: null, snapshot: null, endedAtMs: 0, outcome: {} as KeptLaunch['outcome'] },
    ...over,
  };
}

function requestOf({ query, decodeTokS = 100, outcome = 'ok', round = 1 }: Asked): MeasuredRequest {
  return measured(query, { trace: { outcome, round }, observation: { decodeTokS } });
}

/** Two launches as a pair that counts. */
export function pairOfLaunches(baseline: KeptLaunch, candidate: KeptLaunch): MeasuredPair<KeptLaunch> {
  const input = { isSpeculative: false, largestForeignPercent: 5 };
  return pairOf(input, { order: 'baseline-first', number: 1 }, baseline, candidate);
}

/** A pair in which both arms were asked this. */
export function pairAsked(baseline: readonly Asked[], candidate: readonly Asked[]): MeasuredPair<KeptLaunch> {
  return pairOfLaunches(launched('baseline', baseline), launched('candidate', candidate));
}
