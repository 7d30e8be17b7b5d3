import { fQuantile } from '../stats/f-quantile.ts';
import type { Evidence } from './evidence.ts';

/** Log units -> %, where positive is better. */
export function asPct(effect: number): number {
  return 100 * Math.expm1(effect);
}

/**
 * The noise floor of one A/A pair, log units: t_0.975(nu) * s, within which the effect of a pair of equal experiments lies
 * 95 times of 100. t^2 with nu degrees is F(1, nu).
 */
export function floorOf(sd: number, degrees: number): number {
  return sd * Math.sqrt(fQuantile(0.95, 1, degrees));
}

/** The floor that the pairs of a run show by themselves; null: too few. */
export function ownFloor({ sd, degrees }: Evidence): number | null {
  return sd === null || degrees === 0 ? null : floorOf(sd, degrees);
}
