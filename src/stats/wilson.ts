import { upperNormalQuantile } from './normal-quantile.ts';

/** Bounds of a proportion, as shares in [0, 1]. */
export interface ProportionInterval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Two-sided score interval of a proportion, `right` of `n`, as shares: centre (p + z^2 / 2n) / (1 + z^2 / n), half-width
 * z sqrt(p (1 - p) / n + z^2 / 4n^2) / (1 + z^2 / n) (E. B. Wilson, J. Am. Stat. Assoc. 22 (1927)).
 * @param confidence in (0, 1); 0.95 by default.
 * @throws RangeError unless 0 <= right <= n and n > 0.
 */
export function wilsonInterval(right: number, n: number, confidence = 0.95): ProportionInterval {
  return score(right, n, upperNormalQuantile((1 - confidence) / 2));
}

/**
 * One-sided lower bound of a proportion, as a share: the lower end of Wilson's interval with all that may be missed on
 * that side.
 * @param confidence in [0.5, 1); 0.95 by default.
 * @throws RangeError unless 0 <= right <= n and n > 0.
 */
export function wilsonLower(right: number, n: number, confidence = 0.95): number {
  return score(right, n, upperNormalQuantile(1 - confidence)).lower;
}

function score(right: number, n: number, z: number): ProportionInterval {
  if (!(n > 0 && right >= 0 && right <= n)) throw new RangeError(`${right} of ${n} is no proportion`);
  const share = right / n;
  const spread = 1 + (z * z) / n;
  const centre = (share + (z * z) / (2 * n)) / spread;
  const half = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / spread;
  return {
    lower: right === 0 ? 0 : centre - half,
    upper: right === n ? 1 : centre + half,
  };
}
