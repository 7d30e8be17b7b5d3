import type { DiffReport, DiffResult } from '../diff.ts';
import type { DiffSide } from '../diff-archive.ts';
import { histogramOf } from './sparkline.ts';

/**
 * `bench diff --json`: for programs, so its names stay. Effects are in % and positive where B is better, changes in % of
 * the number itself; an estimate is `{pct, lower, upper}`, null where nothing bounds it. Ends with a newline.
 */
export function diffJson({ comparisons, unmatched }: DiffResult): string {
  const document = { schemaVersion: 1, comparisons: comparisons.map(comparisonJson), unmatched };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function comparisonJson(report: DiffReport): object {
  const { a, b, comparable, voids, labels, paired, apartMs, knobs, path, others, outputs } = report;
  return {
    a: sideJson(a),
    b: sideJson(b),
    comparable: { ...comparable, voids, labels },
    paired,
    apartMs,
    knobs,
    path,
    otherChanges: others,
    metrics: report.metrics,
    recall: report.recall,
    queries: queriesJson(report),
    outputs,
  };
}

/** The row is told whole; the record and the texts of the experiment are not. */
function sideJson({ name, row, record, experiment, notes }: DiffSide): object {
  return {
    name,
    row,
    expId: row?.exp_id ?? experiment?.expId ?? null,
    config: row?.config ?? experiment?.config ?? null,
    hasRecord: record !== null,
    notes,
  };
}

function queriesJson({ queries }: DiffReport): object | null {
  if (queries === null) return null;
  const effects = queries.moves.map(({ effectPct }) => effectPct);
  return { ...queries, histogram: histogramOf(effects, 12) };
}
