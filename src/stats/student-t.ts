import { fCdf, fQuantile } from './f-quantile.ts';

/**
 * P(|T| >= |t|) for Student's t: T^2 is F(1, df), and 1 / F(1, df) is F(df, 1), whose lower tail keeps its digits where p is
 * small (N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions 2 (1995), 27.1, 28.2).
 * @throws RangeError when the number of degrees of freedom is not positive.
 */
export function twoSidedTP(t: number, df: number): number {
  return t === 0 ? 1 : fCdf(1 / (t * t), df, 1);
}

/**
 * The t that |T| stays below with probability `confidence`: the root of the quantile of F(1, df).
 * @param confidence in (0, 1).
 * @throws RangeError for a probability or degrees of freedom out of range.
 */
export function twoSidedTQuantile(confidence: number, df: number): number {
  return Math.sqrt(fQuantile(confidence, 1, df));
}
