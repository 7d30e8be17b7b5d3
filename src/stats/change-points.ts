/** A stretch of a series, [start, end). */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly mean: number;
  /** Divided by the number of values, as the likelihood has it. */
  readonly variance: number;
}

/** No segment is shorter: one value has no variance. */
const shortest = 2;
/** Variances below count as this one, so that a few equal values are not infinitely likely. */
const leastVariance = 1e-11;

/**
 * The segments that a series falls into when its mean or its variance changes: of all partitions the one with the least
 * sum of costs, where a segment costs -2 ln of its normal likelihood at its own mean and variance, n (ln(2 pi v) + s^2 / v)
 * with v = max(s^2, 1e-11), and each change `penalty`. Found by PELT (R. Killick, P. Fearnhead, I. A. Eckley, JASA 107
 * (2012)) as R's `cpt.meanvar` does; a start that is beaten is given up only once the one that beats it may be followed by
 * a whole segment, without which the least sum can be missed. A series of fewer than 4 values is one segment; an empty
 * one has none.
 */
export function segments(values: readonly number[], penalty: number): Segment[] {
  const of = segmentsOf(values);
  const n = values.length;
  const least = [-penalty];
  const from = [0];
  let starts: Start[] = [];
  for (let end = shortest; end <= n; end += 1) {
    if (end === shortest || end >= 2 * shortest) starts.push({ at: end - shortest, until: n });
    starts = starts.filter(({ until }) => end <= until);
    let best = Number.POSITIVE_INFINITY;
    const sums = starts.map(({ at }) => (least[at] ?? 0) + cost(of(at, end)));
    for (const [index, sum] of sums.entries()) {
      if (sum + penalty >= best) continue;
      best = sum + penalty;
      from[end] = starts[index]?.at ?? 0;
    }
    least[end] = best;
    for (const [index, start] of starts.entries()) {
      if ((sums[index] ?? 0) > best) start.until = Math.min(start.until, end + shortest - 1);
    }
  }
  return backwards(from, n).map(([start, end]) => of(start, end));
}

/** Where a last segment may start, and the largest end for which it need be tried. */
interface Start {
  readonly at: number;
  until: number;
}

function cost({ start, end, variance }: Segment): number {
  const held = Math.max(variance, leastVariance);
  return (end - start) * (Math.log(2 * Math.PI * held) + variance / held);
}

/** Any segment in constant time, by running sums of the values less their first, which keeps digits. */
function segmentsOf(values: readonly number[]): (start: number, end: number) => Segment {
  const origin = values[0] ?? 0;
  const sums = [0];
  const squares = [0];
  for (const [index, value] of values.entries()) {
    sums.push((sums[index] ?? 0) + (value - origin));
    squares.push((squares[index] ?? 0) + (value - origin) ** 2);
  }
  return (start, end) => {
    const center = ((sums[end] ?? 0) - (sums[start] ?? 0)) / (end - start);
    const square = ((squares[end] ?? 0) - (squares[start] ?? 0)) / (end - start);
    return { start, end, mean: origin + center, variance: Math.max(0, square - center ** 2) };
  };
}

/** The bounds of the segments, from where each one's end says that it began. */
function backwards(from: readonly number[], n: number): (readonly [start: number, end: number])[] {
  const bounds: (readonly [number, number])[] = [];
  for (let end = n; end > 0; end = from[end] ?? 0) bounds.unshift([from[end] ?? 0, end]);
  return bounds;
}
