/** Where a sample lies and how far it spreads; base units in, base units out. */
export interface Description {
  readonly n: number;
  readonly median: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Sample standard deviation (n - 1); null for a single value. */
  readonly sd: number | null;
}

/** All of a sample's plain statistics; null for an empty sample, which has none. */
export function describe(values: readonly number[]): Description | null {
  if (values.length === 0) return null;
  const sorted = ascending(values);
  return {
    n: sorted.length,
    median: median(sorted),
    mean: mean(sorted),
    min: sorted[0] as number,
    max: sorted[sorted.length - 1] as number,
    sd: sampleSd(sorted),
  };
}

/** Middle value; the mean of the two middle values when their number is even. Throws RangeError when empty. */
export function median(values: readonly number[]): number {
  requireValues(values);
  const sorted = ascending(values);
  const upper = sorted[Math.floor(sorted.length / 2)] as number;
  if (sorted.length % 2 === 1) return upper;
  const lower = sorted[sorted.length / 2 - 1] as number;
  return lower + (upper - lower) / 2;
}

/**
 * Arithmetic mean; the sum is compensated, so that it does not depend on luck in the rounding (A. Neumaier,
 * "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974)). Throws RangeError
 * when empty.
 */
export function mean(values: readonly number[]): number {
  requireValues(values);
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return (sum + lost) / values.length;
}

/**
 * Sample standard deviation: sqrt(sum((x - mean)^2) / (n - 1)), Bessel's correction; two passes over the data
 * (T. F. Chan, G. H. Golub, R. J. LeVeque, The American Statistician 37 (1983)). Null below two values.
 */
export function sampleSd(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** A sorted copy, smallest first. */
export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

function requireValues(values: readonly number[]): void {
  if (values.length === 0) throw new RangeError('no values');
}
