import { holm } from '../stats/holm.ts';
import { metrics } from '../stats/metric.ts';
import { twoSidedTP, twoSidedTQuantile } from '../stats/student-t.ts';
import { pctOf } from './effect-pct.ts';
import {
  type SweepArm,
  type SweepCell,
  type SweepMetric,
  sweepMetrics,
  type TimeDifference,
} from './sweep.ts';

/** The logs of a cell's launches: their mean, and what is left around it. */
interface LogCell {
  readonly arm: string;
  readonly launches: number;
  readonly mean: number;
  readonly squares: number;
}

/** A difference before it is adjusted; p null: not judged. */
interface Found extends Omit<TimeDifference, 'pHolm' | 'state'> {
  readonly p: number | null;
}

/** 'differ' keeps any false one in a metric's whole table at most so likely. */
const alpha = 0.05;

/**
 * Every two arms at every context where both have a time, metric by metric, in the order of contexts and arms. The effect is
 * the difference of means of the logs of launches, positive where b is better. With two launches or more in both cells it is
 * judged by t with the variance within cells, pooled over all cells of the context and metric: s^2 = SS / df,
 * df = sum (launches - 1), t = d / (s sqrt(1 / n_a + 1 / n_b)) (G. W. Snedecor, W. G. Cochran, Statistical Methods (1989),
 * 12.3); p is adjusted by {@link holm} over all that are judged of the metric. Launches without any scatter differ by
 * whatever parts them.
 *
 * Pooling takes the arms' launches to scatter alike, in %; without it two launches a cell would show hardly anything. Of
 * three alike arms at four contexts one that scatters four times as much as the others is told to differ somewhere in 10 to
 * 15 % of sweeps, not in 5 %.
 *
 * Values that are not positive and finite have no log and are left out.
 */
export function timeDifferences(
  cells: readonly SweepCell[],
  arms: readonly Pick<SweepArm, 'label'>[],
  contexts: readonly string[],
): TimeDifference[] {
  return sweepMetrics.flatMap((metric) => {
    const found = contexts.flatMap((context) => {
      const logs = arms.flatMap(({ label }) => logCell(cells, label, context, metric));
      return differencesOf(logs, context, metric);
    });
    return adjusted(found);
  });
}

function logCell(cells: readonly SweepCell[], arm: string, context: string, metric: SweepMetric): LogCell[] {
  const cell = cells.find((one) => one.arm === arm && one.context === context);
  const logs = (cell?.launchValues[metric] ?? [])
    .filter((value) => value > 0 && Number.isFinite(value))
    .map(Math.log);
  const [first] = logs;
  if (first === undefined) return [];
  // From the first on, so that equal launches have a variance of exactly 0.
  const mean = first + sum(logs.map((log) => log - first)) / logs.length;
  const squares = sum(logs.map((log) => (log - mean) ** 2));
  return [{ arm, launches: logs.length, mean, squares }];
}

function differencesOf(cells: readonly LogCell[], context: string, metric: SweepMetric): Found[] {
  const df = sum(cells.map(({ launches }) => launches - 1));
  const sd = df === 0 ? 0 : Math.sqrt(sum(cells.map(({ squares }) => squares)) / df);
  const isHigherBetter = metrics[metric].better === 'higher';
  return cells.flatMap((a, index) =>
    cells.slice(index + 1).map((b) => {
      const effect = isHigherBetter ? b.mean - a.mean : a.mean - b.mean;
      const found = { a: a.arm, b: b.arm, context, metric, effectPct: pctOf(effect) };
      if (a.launches < 2 || b.launches < 2) return { ...found, lowerPct: null, upperPct: null, p: null };
      const error = sd * Math.sqrt(1 / a.launches + 1 / b.launches);
      const half = error * twoSidedTQuantile(1 - alpha, df);
      const [lowerPct, upperPct] = [pctOf(effect - half), pctOf(effect + half)];
      return { ...found, lowerPct, upperPct, p: effect === 0 ? 1 : twoSidedTP(effect / error, df) };
    }),
  );
}

function adjusted(found: readonly Found[]): TimeDifference[] {
  const judged = found.flatMap(({ p }) => p ?? []);
  const adjustedPs = holm(judged).values();
  return found.map(({ p, ...difference }) => {
    if (p === null) return { ...difference, pHolm: null, state: 'not-judged' };
    const pHolm = adjustedPs.next().value ?? 1;
    return { ...difference, pHolm, state: pHolm <= alpha ? 'differ' : 'within-noise' };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
