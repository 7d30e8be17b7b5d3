import { type MetricName, metrics } from '../stats/metric.ts';

/** An estimate in % with its interval; null: unbounded, or not known. */
export interface PctEstimate {
  readonly pct: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** A log ratio as a change in %. */
export function pctOf(logRatio: number): number {
  return Math.expm1(logRatio) * 100;
}

/** `p` % from A to B -> the change from B to A in %: 25 -> -20. Null where nothing is left to come from: at -100. */
export function turnedPct(pct: number): number | null {
  return pct <= -100 ? null : 100 / (1 + pct / 100) - 100;
}

/** An estimate of A to B -> that of B to A; its ends change places. */
export function turned({ pct, lower, upper }: PctEstimate): PctEstimate {
  return {
    pct: turnedPct(pct) ?? Number.POSITIVE_INFINITY,
    lower: upper === null ? null : turnedPct(upper),
    upper: lower === null ? null : turnedPct(lower),
  };
}

/** An effect, positive where better -> how the number itself changed: a time that is better is shorter. And back. */
export function changeOf(metric: MetricName, effect: PctEstimate): PctEstimate {
  return metrics[metric].better === 'higher' ? effect : turned(effect);
}
