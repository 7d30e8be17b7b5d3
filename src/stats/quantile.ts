/**
 * The p-quantile (0 <= p <= 1) of values sorted ascending, by Hyndman and Fan's type 7: linear interpolation
 * between order statistics at h = (n - 1) p + 1. R. J. Hyndman, Y. Fan, "Sample Quantiles in Statistical
 * Packages", The American Statistician 50 (1996); the default of R and numpy. Throws RangeError when the
 * sample is empty or p lies outside [0, 1].
 */
export function quantileType7(sorted: readonly number[], p: number): number {
  if (sorted.length === 0) throw new RangeError('no values');
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a quantile's p lies in [0, 1], not at ${p}`);
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const lower = sorted[below] as number;
  const upper = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return lower + (upper - lower) * (position - below);
}
