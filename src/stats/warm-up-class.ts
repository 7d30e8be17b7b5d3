import { type Segment, segments } from './change-points.ts';
import { ascending } from './describe.ts';
import { quantileType7 } from './quantile.ts';

/** What a series of requests did before it ended: how E. Barrett et al. name it. */
export type WarmUpClass = 'flat' | 'warm-up' | 'slowdown' | 'no steady state';

/** One launch's requests, classified. */
export interface WarmUpShape {
  readonly word: WarmUpClass;
  /** Index of the first request from which all are as the last ones; null: no steady state. */
  readonly steadyFrom: number | null;
  /** Requests that were left out, as far off their neighbours. */
  readonly outliers: number;
}

/** How finely a series is looked at. */
export interface WarmUpScale {
  /** Means that differ by no more are the same, in units of the values. */
  readonly delta?: number;
  /** Requests that an outlier is compared with, at least 2. */
  readonly window?: number;
}

/** Fewer requests show no shape. */
const fewest = 10;
/** The end of a series that must be steady: 500 of 2000 iterations in the paper. */
const steadyShare = 1 / 4;

/**
 * Classifies a launch's requests in order, each divided by what is typical of its query, by E. Barrett, C. F. Bolz-Tereick,
 * R. Killick, S. Mount, L. Tratt, "Virtual Machine Warmup Blows Hot and Cold", Proc. ACM Program. Lang. 1, OOPSLA (2017):
 * outliers are left out, what remains falls into segments (PELT on mean and variance, penalty 15 ln n), and a segment is as
 * the last one when their means differ by at most max(the last one's variance, delta). All are: `flat`. One of the others
 * reaches into the last quarter: `no steady state`. One of them is better than the last: `slowdown`. Else `warm-up`.
 * Delta is 1 % where the paper has 1 ms; the window is 200 requests or all, when there are fewer.
 * @returns null for fewer than 10 requests.
 */
export function warmUpClass(
  values: readonly number[],
  better: 'higher' | 'lower',
  { delta = 0.01, window = 200 }: WarmUpScale = {},
): WarmUpShape | null {
  if (values.length < fewest) return null;
  const kept = withoutOutliers(values, Math.min(window, values.length));
  const found = segments(
    kept.map((index) => values[index] ?? 0),
    15 * Math.log(kept.length),
  );
  const last = found.at(-1);
  if (last === undefined) return null;
  const same = Math.max(last.variance, delta);
  const others = found.filter(({ mean }) => Math.abs(mean - last.mean) > same);
  const changed = others.at(-1)?.end ?? 0;
  const steadyFrom = changed === 0 ? 0 : (kept[changed - 1] ?? 0) + 1;
  const outliers = values.length - kept.length;
  if (steadyFrom > values.length - Math.floor(steadyShare * values.length)) {
    return { word: 'no steady state', steadyFrom: null, outliers };
  }
  return { word: wordOf(others, last, better), steadyFrom, outliers };
}

function wordOf(others: readonly Segment[], last: Segment, better: 'higher' | 'lower'): WarmUpClass {
  if (others.length === 0) return 'flat';
  const isBetter = ({ mean }: Segment): boolean => mean > last.mean === (better === 'higher');
  return others.some(isBetter) ? 'slowdown' : 'warm-up';
}

/**
 * Indices of the values within 3 (P90 - P10) of the median of the window around them, and of those that the series begins
 * with as long as each is beyond: so looks a warm-up. (The paper's program keeps all before the first whole window, of a
 * short series one half, where a lone slow request then passes for a warm-up.)
 */
function withoutOutliers(values: readonly number[], window: number): number[] {
  const isFar = values.map((value, index) => isOutlier(value, around(values, index, window)));
  const begins = isFar.indexOf(false);
  return [...values.keys()].filter((index) => index < begins || !isFar[index]);
}

function around(values: readonly number[], index: number, window: number): readonly number[] {
  const half = Math.floor(window / 2);
  return values.slice(Math.max(0, index - half), index + half);
}

function isOutlier(value: number, near: readonly number[]): boolean {
  const sorted = ascending(near);
  const band = 3 * (quantileType7(sorted, 0.9) - quantileType7(sorted, 0.1));
  return Math.abs(value - quantileType7(sorted, 0.5)) > band;
}
