import { recordPath } from './ledger/place.ts';
import { readRecord } from './ledger/read-record.ts';
import type { RunRecord } from './ledger/record.ts';
import { scoredItems } from './scored-items.ts';
import type { MetricSummary } from './stats/summary.ts';
import type { SweepPlan } from './sweep-plan.ts';
import type { CellState, SweepState } from './sweep-state.ts';
import { compareRecall, type RecallArm } from './verdict/recall-compare.ts';
import { recallChance } from './verdict/recall-rule.ts';
import { type SweepCell, type SweepMetric, type SweepResult, sweepMetrics } from './verdict/sweep.ts';
import { timeDifferences } from './verdict/sweep-times.ts';

/** What a sweep has measured so far, from the records of its cells; inversions are looked for apart. */
export function resultOf(plan: SweepPlan, state: SweepState): Omit<SweepResult, 'inversions'> {
  const { recall, launches } = plan;
  const told = state.cells.map((cell) => ({ cell, record: recordOf(plan, cell) }));
  const cells = plan.arms.flatMap(({ label }) =>
    plan.contexts.flatMap((context) =>
      told
        .filter(({ cell }) => cell.arm === label && cell.context === context)
        .map(({ cell, record }) => cellOf(cell, record)),
    ),
  );
  const arms = plan.arms.map((arm) => {
    const record = told.find(({ cell, record }) => cell.arm === arm.label && record !== null)?.record;
    return { ...arm, model: record?.row.model ?? null };
  });
  // In the order of the contexts, not of the launches.
  const inOrder = plan.contexts.flatMap((context) => told.filter(({ cell }) => cell.context === context));
  const items = plan.arms.map(({ label }) => recallArm(label, inOrder));
  const { task, n, seed, scorer, thinking, set } = recall;
  return {
    ...{ id: state.id, startedAt: state.startedAt, task, n, seed, scorer, thinking, launches, arms, cells },
    set: { source: set.source, deviations: set.deviations },
    chance: recallChance(task),
    contexts: plan.contexts,
    recallDifferences: compareRecall(items).differences.filter(({ n }) => n > 0),
    timeDifferences: timeDifferences(cells, arms, plan.contexts),
  };
}

function recordOf({ place }: SweepPlan, { runId }: CellState): RunRecord | null {
  return runId === null ? null : readRecord(recordPath(place.ledger, runId)).record;
}

/** One cell as it is told: its state, and the numbers of its record. */
export function cellOf(cell: CellState, record: RunRecord | null): SweepCell {
  const { arm, context, state, why } = cell;
  const [found] = record?.recall?.cells ?? [];
  const isScored = state === 'done' && found !== undefined && found.accuracy !== null;
  return {
    ...{ arm, context, state, why },
    row: record === null ? null : { iter: record.row.iter, runId: record.runId },
    recall: isScored
      ? {
          n: found.n,
          correct: found.correct,
          accuracy: found.accuracy ?? 0,
          lower: found.lower ?? 0,
          upper: found.upper ?? 1,
          noLabel: found.noLabel,
          cut: found.cut,
          failed: found.failed,
        }
      : null,
    launchValues: byMetric((metric) => launchValues(record, metric, state)),
  };
}

/** Times of a late client are void, and its row has none. */
function launchValues(
  record: RunRecord | null,
  metric: SweepMetric,
  state: SweepCell['state'],
): readonly number[] {
  if (record === null || state !== 'done' || record.row.ttft_ms_p50 === null) return [];
  const summary = record.summary?.metrics[metric] as MetricSummary | null | undefined;
  return summary?.launchValues ?? [];
}

function byMetric<Value>(value: (metric: SweepMetric) => Value): { readonly [Metric in SweepMetric]: Value } {
  return Object.fromEntries(sweepMetrics.map((metric) => [metric, value(metric)])) as {
    [Metric in SweepMetric]: Value;
  };
}

function recallArm(
  label: string,
  told: readonly { readonly cell: CellState; readonly record: RunRecord | null }[],
): RecallArm {
  const own = told.filter(({ cell }) => cell.arm === label && cell.state === 'done');
  return {
    name: label,
    contexts: own.map(({ cell, record }) => ({
      context: cell.context,
      items: record === null ? [] : scoredItems(record, cell.context),
    })),
  };
}
