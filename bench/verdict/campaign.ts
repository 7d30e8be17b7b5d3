import { mean, sampleSd } from '../../src/stats/describe.ts';
import { fQuantile } from '../../src/stats/f-quantile.ts';
import type { PairEffects } from '../../src/verdict/comparison.ts';
import { type Rule as DecideRule, decide, type VerdictKind } from '../../src/verdict/decide.ts';
import type { Calibration } from '../../src/verdict/evidence.ts';

/** How an arm's launches come out: log of its metric, launch by launch, without the effect. */
export interface World {
  /** SD of a launch, in log units. */
  readonly launchSd: number;
  /** By how much that SD has grown since the calibration. */
  readonly growth: number;
  /** True log effect of the candidate, positive: better. */
  readonly effect: number;
}

/** What a rule made of one campaign. */
export interface Decision {
  readonly verdict: 'better' | 'worse' | 'equivalent' | 'open';
  /** Pairs measured until it was sure, or all of them. */
  readonly pairs: number;
}

/** A rule sees the two arms, pair by pair, and says when it keeps. */
export type Rule = (
  baseline: readonly number[],
  candidate: readonly number[],
  calibration: Calibration,
) => Decision;

/** Numbers that are N(0, 1), from numbers in [0, 1) (G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29 (1958)). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A calibration from A/A pairs of the world as it was before its noise grew. */
export function calibrate(world: World, pairs: number, random: () => number): Calibration {
  const effects = Array.from({ length: pairs }, () => world.launchSd * (normal(random) - normal(random)));
  return { variance: (sampleSd(effects) ?? 0) ** 2, degrees: pairs - 1 };
}

/** The launches of one campaign: both arms, `pairs` each. */
export function launches(world: World, pairs: number, random: () => number): [number[], number[]] {
  const sd = world.launchSd * world.growth;
  const arm = (shift: number): number[] => Array.from({ length: pairs }, () => shift + sd * normal(random));
  return [arm(0), arm(world.effect)];
}

/** How bench's rule is used. */
export interface Use {
  readonly isCalibrated: boolean;
  /** Whether it may give up after the first pair, as it does. */
  readonly givesUpEarly?: boolean;
}

/** bench's: what {@link decide} says first, asked after each pair of this one metric. */
export function bench({ isCalibrated, givesUpEarly = true }: Use): Rule {
  return (baseline, candidate, calibration) => {
    const effects = effectsOf(baseline, candidate).map((effect) => ({
      ...noEffects,
      [judged.metric]: effect,
    }));
    const calibrations = isCalibrated ? { [judged.metric]: calibration } : {};
    for (let pairs = 1; pairs <= effects.length; pairs += 1) {
      const isSpent = pairs === effects.length;
      const seen = {
        effects: effects.slice(0, pairs),
        calibrations,
        failures: noFailures,
        answers: [],
        recall: null,
        measurable: new Set<string>(),
        isSpent,
      };
      const { kind, reason } = decide(judged, seen);
      if (reason === 'worse:early' && !givesUpEarly && !isSpent) continue;
      if (kind !== 'going-on') return { verdict: isTold(kind) ? kind : 'open', pairs };
    }
    return { verdict: 'open', pairs: effects.length };
  };
}

/** The effect that is worth it, as a share: an experiment's default. */
export const minEffect = 0.01;

const judged: DecideRule = {
  metric: 'decode_tok_s',
  minEffect,
  addedDeviations: 0,
  maxPairs: 8,
  tolerances: {},
  allowedErrors: 0,
  outputs: 'report',
};
const noEffects: PairEffects = {
  decode_tok_s: null,
  ttft_ms: null,
  ttfat_ms: null,
  tpot_ms: null,
  itl_ms: null,
  e2e_ms: null,
  e2e_tok_s: null,
};
const answered = { requests: 1, failed: 0, launchesByQuery: {} };
const noFailures = { baseline: answered, candidate: answered };

function isTold(kind: VerdictKind): kind is 'better' | 'worse' | 'equivalent' {
  return kind === 'better' || kind === 'worse' || kind === 'equivalent';
}

/** Student's paired t at a fixed number of pairs, two-sided 5 %: one look. */
export const fixedT: Rule = (baseline, candidate) => {
  const effects = effectsOf(baseline, candidate);
  return { verdict: verdictOf(tOf(effects), tQuantile(effects.length - 1)), pairs: effects.length };
};

/** "Until the 95 % interval excludes 0": the same t after each pair from the third on. */
export const looksT: Rule = (baseline, candidate) => {
  const effects = effectsOf(baseline, candidate);
  for (let pairs = 3; pairs <= effects.length; pairs += 1) {
    const verdict = verdictOf(tOf(effects.slice(0, pairs)), tQuantile(pairs - 1));
    if (verdict !== 'open') return { verdict, pairs };
  }
  return { verdict: 'open', pairs: effects.length };
};

/** benchstat's: Mann-Whitney U on the launches of both arms at a fixed number, exact, two-sided 5 %: one look. */
export const mannWhitney: Rule = (baseline, candidate) => {
  const wins = candidate.flatMap((one) => baseline.map((other) => (one > other ? 1 : 0)));
  const u = wins.reduce((sum: number, win) => sum + win, 0);
  const n = baseline.length;
  return { verdict: verdictOf(u - (n * n) / 2, (n * n) / 2 - criticalU(n) - 1), pairs: n };
};

/** Better above the limit, worse below its negative; a t of 0 / 0 is neither. */
function verdictOf(value: number, limit: number): Decision['verdict'] {
  if (value > limit) return 'better';
  return value < -limit ? 'worse' : 'open';
}

/** What each pair says: candidate less baseline. */
function effectsOf(baseline: readonly number[], candidate: readonly number[]): number[] {
  return candidate.map((value, index) => value - (baseline[index] ?? 0));
}

const tQuantiles = new Map<number, number>();

function tOf(effects: readonly number[]): number {
  return (Math.sqrt(effects.length) * mean(effects)) / (sampleSd(effects) ?? 0);
}

/** t at 97.5 %: its square is F at 95 % with 1 and as many degrees of freedom. */
function tQuantile(degrees: number): number {
  const known = tQuantiles.get(degrees) ?? Math.sqrt(fQuantile(0.95, 1, degrees));
  tQuantiles.set(degrees, known);
  return known;
}

/** Largest U that is significant at 5 %, two-sided, for equal arms of 4 to 12 (H. B. Mann, D. R. Whitney (1947), tables). */
function criticalU(n: number): number {
  return [0, 2, 5, 8, 13, 17, 23, 30, 37][n - 4] ?? 0;
}
