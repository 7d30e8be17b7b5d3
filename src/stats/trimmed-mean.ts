import { ascending, mean } from './describe.ts';

/**
 * Mean of what is left when floor(share * n) values are cut from each tail, share = 0.1 unless told
 * (J. W. Tukey, D. H. McLaughlin, Sankhya A 25 (1963)). Below 10 values nothing is cut. Throws RangeError when
 * the sample is empty or the share is not in [0, 0.5).
 */
export function trimmedMean(values: readonly number[], share = 0.1): number {
  if (!(share >= 0 && share < 0.5)) throw new RangeError(`a tail's share lies in [0, 0.5), not at ${share}`);
  // 0.1 * 30 is 3.0000000000000004 and 0.29 * 100 is 28.999999999999996: the count is meant in decimal.
  const cut = Math.floor(Number((share * values.length).toPrecision(12)));
  return mean(ascending(values).slice(cut, values.length - cut));
}
