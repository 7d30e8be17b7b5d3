/**
 * Smallest effects that are kept with 80 % power, in SDs of a pair as a calibration of 8 pairs states it, by the most pairs
 * that may be measured: 2, 3 ... 16; null: so few keep nothing. Simulated (`npm run bench:mde`, 20,000 campaigns): pairs
 * and calibration are normal with the same true SD, the effect is the factor times what that calibration happens to say,
 * and the rule of `evidence.ts` looks after each pair. In true SDs most would be 5 to 16 % smaller, but those are not known,
 * and a calibration that says too little promises too much.
 */
const factors = {
  calibrated: [null, 3.75, 3.05, 2.63, 2.29, 2.05, 1.86, 1.72, 1.6, 1.5, 1.42, 1.36, 1.3, 1.25, 1.2],
  uncalibrated: [null, null, 8.77, 3.81, 2.85, 2.38, 2.09, 1.88, 1.73, 1.61, 1.52, 1.44, 1.37, 1.31, 1.26],
} as const;

const fewestPairs = 2;
const mostPairs = 16;

/** What a run may spend, and what is known of its noise. */
export interface MdeFacts {
  /** SD of one pair's effect, in log units: what a calibration measured, whether or not the rule may use it. */
  readonly pairSd: number;
  /** Most pairs that are measured. */
  readonly pairs: number;
  /** Whether that calibration is pooled in by the rule. */
  readonly isCalibrated: boolean;
  /** Effect that the lower bound must beat, in log units: what added deviations cost; 0 for none. */
  readonly rent: number;
  /** The effect, as a share, below which pairs may end as equivalent before they are sure of a gain; absent: 0. */
  readonly minEffect?: number;
}

/**
 * The minimum detectable effect, in %: a true gain of so much is kept in at least 80 % of such runs, averaged over the
 * calibrations that might have been. The rent adds to it, for the rule is the same wherever zero lies. It is no less than
 * `minEffect`: smaller gains are ruled out to be worth it, the sooner the less noise there is. Above 16 pairs the factor of
 * 16 falls with 1 / sqrt(pairs). The factors are for an SD of 7 degrees of freedom and used for any: with more
 * the power is higher than that, with fewer lower. Null where so few pairs keep nothing.
 */
export function mdePct({ pairSd, pairs, isCalibrated, rent, minEffect = 0 }: MdeFacts): number | null {
  const known = factors[isCalibrated ? 'calibrated' : 'uncalibrated'];
  const factor = known[Math.min(pairs, mostPairs) - fewestPairs] ?? null;
  if (factor === null) return null;
  const beyond = Math.sqrt(Math.max(1, pairs / mostPairs));
  return 100 * Math.max(minEffect, Math.expm1((factor / beyond) * pairSd + rent));
}
