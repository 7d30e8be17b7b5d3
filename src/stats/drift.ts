import { median } from './describe.ts';
import { twoSidedNormalP } from './normal-tail.ts';

/** Where a series drifts to, and whether that could be chance. Slope and change in units of y (per unit of x). */
export interface Drift {
  readonly n: number;
  /** Theil-Sen slope; null: no two points differ in x. */
  readonly slope: number | null;
  /** What the slope amounts to from the smallest x to the largest: the fitted change over the session. */
  readonly change: number | null;
  /** Kendall's S: pairs of points that rise less those that fall. */
  readonly s: number;
  /** Variance of S when nothing drifts, corrected for ties. */
  readonly variance: number;
  /** Of S with its continuity correction; null, as `p` is: every order of these points gives the same S. */
  readonly z: number | null;
  /** Two-sided, by the normal approximation: rough below 10 points. */
  readonly p: number | null;
}

type Point = readonly [x: number, y: number];

/**
 * Theil-Sen slope, the median of the slopes between any two points that differ in x (P. K. Sen, JASA 63 (1968)), and the
 * test of Mann and Kendall for a trend (H. B. Mann, Econometrica 13 (1945)): S with variance
 * (n(n-1)(2n+5) - sum t(t-1)(2t+5) - sum u(u-1)(2u+5)) / 18 + sum t(t-1)(t-2) sum u(u-1)(u-2) / (9n(n-1)(n-2))
 * + sum t(t-1) sum u(u-1) / (2n(n-1)), where t and u are sizes of ties in x and in y (M. G. Kendall, Rank Correlation
 * Methods (1970), ch. 4), and z = (S - sign S) / sqrt(variance). The order of the points does not matter.
 */
export function drift(points: readonly Point[]): Drift {
  const pairs = points.flatMap((one, index) => points.slice(index + 1).map((other) => step(one, other)));
  const slopes = pairs.filter(({ dx }) => dx !== 0).map(({ dx, dy }) => dy / dx);
  const s = pairs.reduce((sum, { dx, dy }) => sum + Math.sign(dx) * Math.sign(dy), 0);
  const variance = varianceOfS(points);
  const z = variance > 0 ? (s - Math.sign(s)) / Math.sqrt(variance) : null;
  const slope = slopes.length === 0 ? null : median(slopes);
  return {
    n: points.length,
    slope,
    change: slope === null ? null : slope * span(points),
    s,
    variance,
    z,
    p: z === null ? null : twoSidedNormalP(z),
  };
}

/** From the point that comes first in x to the other. */
function step([x, y]: Point, [otherX, otherY]: Point): { readonly dx: number; readonly dy: number } {
  return otherX < x ? { dx: x - otherX, dy: y - otherY } : { dx: otherX - x, dy: otherY - y };
}

function span(points: readonly Point[]): number {
  const xs = points.map(([x]) => x);
  return Math.max(...xs) - Math.min(...xs);
}

function varianceOfS(points: readonly Point[]): number {
  const n = points.length;
  const inX = ties(points.map(([x]) => x));
  const inY = ties(points.map(([, y]) => y));
  const of = (sizes: readonly number[], term: (size: number) => number): number =>
    sizes.reduce((sum, size) => sum + term(size), 0);
  const whole = (size: number): number => size * (size - 1) * (2 * size + 5);
  const triples = (size: number): number => size * (size - 1) * (size - 2);
  const twos = (size: number): number => size * (size - 1);
  const first = (whole(n) - of(inX, whole) - of(inY, whole)) / 18;
  const second = n > 2 ? (of(inX, triples) * of(inY, triples)) / (9 * triples(n)) : 0;
  const third = n > 1 ? (of(inX, twos) * of(inY, twos)) / (2 * twos(n)) : 0;
  return first + second + third;
}

/** How often each value occurs. */
function ties(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}
