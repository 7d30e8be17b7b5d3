import { mean, sampleSd } from '../stats/describe.ts';
import type { Calibration } from './evidence.ts';
import { floorOf } from './floor.ts';

/** Whether a number came out again. */
export interface Reproduced {
  readonly outcome: 'reproduced' | 'not reproduced' | 'unknown';
  /** Today over then, log units, positive where today is better. */
  readonly effect: number;
  /** Largest difference that noise makes 95 times of 100, log units; null: not known. */
  readonly noise: number | null;
}

/** Log units: +25 %. */
const mostNoise = Math.log(1.25);

/**
 * Compares launches of then and of today by a t test on their logs: the difference of the means against
 * t_0.975(nu) s sqrt(1/m + 1/k). Of a calibration s is that of a launch, which is that of a pair over sqrt(2); without one it
 * is pooled from both sets, as Student's test of two samples does, and unknown below 2 degrees of freedom.
 * Unknown where noise alone makes more than a quarter: equal or not, such launches would look reproduced.
 * @param sign 1 where more is better, -1 where less is.
 */
export function reproduces(
  then: readonly number[],
  today: readonly number[],
  sign: 1 | -1,
  calibration: Calibration | null,
): Reproduced {
  const [before, now] = [then.map(Math.log), today.map(Math.log)];
  const effect = sign * (mean(now) - mean(before));
  const spread = calibration === null ? pooled(before, now) : ofCalibration(calibration);
  if (spread === null) return { outcome: 'unknown', effect, noise: null };
  const noise = floorOf(spread.sd * Math.sqrt(1 / before.length + 1 / now.length), spread.degrees);
  if (Math.abs(effect) > noise) return { outcome: 'not reproduced', effect, noise };
  return { outcome: noise > mostNoise ? 'unknown' : 'reproduced', effect, noise };
}

function ofCalibration({ variance, degrees }: Calibration): { sd: number; degrees: number } {
  return { sd: Math.sqrt(variance / 2), degrees };
}

function pooled(one: readonly number[], other: readonly number[]): { sd: number; degrees: number } | null {
  const degrees = one.length + other.length - 2;
  if (degrees < 2) return null;
  const squares = (values: readonly number[]) => (sampleSd(values) ?? 0) ** 2 * (values.length - 1);
  return { sd: Math.sqrt((squares(one) + squares(other)) / degrees), degrees };
}
