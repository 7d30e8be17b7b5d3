import { type MetricName, metricNames, metrics } from '../stats/metric.ts';
import type { Comparison } from './comparison.ts';
import { changeOf, type PctEstimate, pctOf, turned } from './effect-pct.ts';
import { interval, weigh } from './evidence.ts';

/** The numbers of one side; null or absent: not measured. */
export type SideNumbers = { readonly [Name in MetricName]?: number | null };

/** What is said of a metric: from pairs, or that there is nothing to say. */
export type Judgement =
  | 'better'
  | 'worse'
  | 'within noise'
  | 'too few pairs'
  | 'unpaired'
  | 'not comparable'
  /** Only one side has a number. */
  | 'one side only';

/** One metric of two runs. */
export interface MetricLine {
  readonly metric: MetricName;
  readonly unit: 'ms' | 'tok/s';
  readonly better: 'higher' | 'lower';
  readonly a: number | null;
  readonly b: number | null;
  /** How the number itself changed from A to B, in %; null: not known, or not to be compared. */
  readonly change: PctEstimate | null;
  /** The same, positive where B is better. */
  readonly effect: PctEstimate | null;
  /** Noise of one A/A pair in %; null: not known for this metric. */
  readonly floorPct: number | null;
  readonly pairs: number | null;
  readonly judgement: Judgement;
}

/** Every metric that one of the sides has, from stored numbers of two runs: changes without a verdict, or none at all. */
export function storedLines(a: SideNumbers, b: SideNumbers, isComparable: boolean): MetricLine[] {
  return metricNames.flatMap((metric) => {
    const change = isComparable ? changeBetween(a[metric] ?? null, b[metric] ?? null) : null;
    const effect = change === null ? null : changeOf(metric, change);
    const rest = { floorPct: null, pairs: null };
    return lineOf(metric, a, b, {
      ...{ change, effect, ...rest },
      judgement: !isComparable ? 'not comparable' : change === null ? 'one side only' : 'unpaired',
    });
  });
}

/**
 * Every metric from the pairs of one run: the judged one and its guards as that run decided them, the others by
 * the same arithmetic from the pairs' effects, without a calibration.
 * @param isTurned A is the candidate of that run, B its baseline.
 */
export function pairedLines(
  comparison: Comparison,
  a: SideNumbers,
  b: SideNumbers,
  isTurned: boolean,
): MetricLine[] {
  return metricNames.flatMap((metric) => {
    const found = evidenceOf(comparison, metric);
    const effect = found === null ? null : isTurned ? turned(found.estimate) : found.estimate;
    return lineOf(metric, a, b, {
      change: effect === null ? null : changeOf(metric, effect),
      effect,
      floorPct: metric === comparison.metric ? comparison.floorPct : null,
      pairs: found?.pairs ?? null,
      judgement: effect === null ? 'unpaired' : judge(effect),
    });
  });
}

type Rest = Pick<MetricLine, 'change' | 'effect' | 'floorPct' | 'pairs' | 'judgement'>;

function lineOf(metric: MetricName, a: SideNumbers, b: SideNumbers, rest: Rest): MetricLine[] {
  const [one, other] = [a[metric] ?? null, b[metric] ?? null];
  if (one === null && other === null && rest.effect === null) return [];
  const { unit, better } = metrics[metric];
  return [{ metric, unit, better, a: one, b: other, ...rest }];
}

function changeBetween(a: number | null, b: number | null): PctEstimate | null {
  if (a === null || b === null || a <= 0 || b <= 0) return null;
  return { pct: (b / a - 1) * 100, lower: null, upper: null };
}

function evidenceOf(
  comparison: Comparison,
  metric: MetricName,
): { readonly estimate: PctEstimate; readonly pairs: number } | null {
  const stated = comparison.evidence.find((one) => one.metric === metric);
  if (stated !== undefined) {
    const { effectPct: pct, lowerPct: lower, upperPct: upper, pairs } = stated;
    return { estimate: { pct, lower, upper }, pairs };
  }
  const effects = comparison.pairs.flatMap(({ effects: of }) => of?.[metric] ?? []);
  if (effects.length === 0) return null;
  const evidence = weigh(effects, null);
  const { lower, upper } = interval(evidence);
  return {
    estimate: { pct: pctOf(evidence.mean), lower: finitePct(lower), upper: finitePct(upper) },
    pairs: effects.length,
  };
}

function finitePct(logRatio: number): number | null {
  return Number.isFinite(logRatio) ? pctOf(logRatio) : null;
}

function judge({ lower, upper }: PctEstimate): Judgement {
  if (lower !== null && lower > 0) return 'better';
  if (upper !== null && upper < 0) return 'worse';
  return lower === null || upper === null ? 'too few pairs' : 'within noise';
}
