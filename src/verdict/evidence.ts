import { mean } from '../stats/describe.ts';
import { fQuantile } from '../stats/f-quantile.ts';

/** What A/A pairs said about the noise of one metric. */
export interface Calibration {
  /** Variance of a pair's effect, in log units squared, from pairs of an experiment with itself. */
  readonly variance: number;
  /** Degrees of freedom of that variance: pairs - 1. */
  readonly degrees: number;
}

/** What pairs say so far. Effects are log ratios, positive: the candidate is better. */
export interface Evidence {
  readonly pairs: number;
  readonly mean: number;
  /** Of one pair's effect, the calibration pooled in; null: nothing to tell it from yet. */
  readonly sd: number | null;
  readonly degrees: number;
  /** False: none was given, or the pairs spread more than it allows. */
  readonly isCalibrated: boolean;
}

/** E at which a hypothesis is rejected: by Ville's inequality ever reached with probability 1/20 when it is true. */
export const enough = 20;

/** Variance of the effect under the alternative, in units of a pair's variance. */
const g = 2;
/** Degrees of freedom that a calibration counts for: fewer than it has, for noise changes from day to day. */
const weight = 4;
/** Fewer pairs say too little of their own spread to overrule a calibration. */
const fewestToJudge = 4;

/**
 * Pools the pairs' variance with the calibration's: s_p^2 = (w s_cal^2 + (n - 1) s^2) / (w + n - 1). A calibration whose
 * noise the pairs exceed, s^2 > F_0.9(n - 1, nu_cal) s_cal^2, no longer counts: callers keep it dropped for the rest of
 * the run, for coming back would be a choice made by looking.
 * @throws RangeError when there is no pair.
 */
export function weigh(effects: readonly number[], calibration: Calibration | null): Evidence {
  if (effects.length === 0) throw new RangeError('no pairs');
  const center = mean(effects);
  const own = effects.length - 1;
  const squares = effects.reduce((sum, effect) => sum + (effect - center) ** 2, 0);
  const held = calibration !== null && isWithin(squares, own, calibration) ? calibration : null;
  const degrees = own + (held === null ? 0 : weight);
  const pooled = squares + (held === null ? 0 : weight * held.variance);
  return {
    pairs: effects.length,
    mean: center,
    sd: degrees === 0 ? null : Math.sqrt(pooled / degrees),
    degrees,
    isCalibrated: held !== null,
  };
}

/**
 * E against "the effect is `mu0`": the Bayes factor of a t statistic with effect prior N(0, g) on the standardised scale,
 * E = k^(-1/2) ((1 + t^2 / nu) / (1 + t^2 / (nu k)))^((nu + 1) / 2), t = sqrt(n) (mean - mu0) / s_p, k = 1 + n g
 * (J. N. Rouder et al., Psychon. Bull. Rev. 16 (2009), with a fixed g; as an e-process A. Perez-Ortiz et al., Ann. Stat. 52
 * (2024)). 1 where nothing is known of the spread.
 */
export function eValue(evidence: Evidence, mu0: number): number {
  const { pairs, mean: center, sd, degrees } = evidence;
  if (sd === null) return 1;
  const k = 1 + pairs * g;
  const t2 =
    sd === 0 ? (center === mu0 ? 0 : Number.POSITIVE_INFINITY) : (pairs * (center - mu0) ** 2) / sd ** 2;
  const ratio = t2 === Number.POSITIVE_INFINITY ? k : (1 + t2 / degrees) / (1 + t2 / (degrees * k));
  return ratio ** ((degrees + 1) / 2) / Math.sqrt(k);
}

/**
 * The effects that {@link eValue} does not reject at {@link enough}: mean +- s_p sqrt(nu (r - 1) / (n (1 - r / k))) with
 * r = (20 sqrt(k))^(2 / (nu + 1)), by solving E = 20 for t. It holds the true effect at every look at once with 95 %.
 * Infinite while r >= k: so few pairs reject nothing.
 */
export function interval(evidence: Evidence): { readonly lower: number; readonly upper: number } {
  const { pairs, mean: center, sd, degrees } = evidence;
  const k = 1 + pairs * g;
  const r = (enough * Math.sqrt(k)) ** (2 / (degrees + 1));
  if (sd === null || r >= k) return { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
  const half = sd * Math.sqrt((degrees * (r - 1)) / (pairs * (1 - r / k)));
  return { lower: center - half, upper: center + half };
}

/**
 * Whether a whole run's pairs, four at least, speak against a calibration for later runs too: s^2 > F_0.99(n - 1, nu_cal)
 * s_cal^2, which equal noise does in 1 of 100 runs. That {@link weigh} dropped it on the way does not: it looks after every
 * pair, and two pairs alone reach its bound in 1 of 10 runs.
 */
export function isOutgrown(effects: readonly number[], { variance, degrees }: Calibration): boolean {
  if (effects.length < fewestToJudge) return false;
  const center = mean(effects);
  const own = effects.length - 1;
  const squares = effects.reduce((sum, effect) => sum + (effect - center) ** 2, 0);
  return squares / own > fQuantile(0.99, own, degrees) * variance;
}

function isWithin(squares: number, own: number, { variance, degrees }: Calibration): boolean {
  return own === 0 || squares / own <= largestRatio(own, degrees) * variance;
}

/** F_0.9 by its degrees of freedom, kept: it is found by bisection, and asked for again at each look. */
const ratios = new Map<string, number>();

function largestRatio(own: number, degrees: number): number {
  const key = `${own} ${degrees}`;
  const ratio = ratios.get(key) ?? fQuantile(0.9, own, degrees);
  ratios.set(key, ratio);
  return ratio;
}
