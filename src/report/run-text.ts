import type { Row } from '../ledger/row.ts';
import type { CliffResult } from '../search/ladder.ts';
import type { RecallSummary } from '../stats/recall.ts';
import type { Finding, Summary } from '../stats/summary.ts';
import type { EngineDeath } from '../supervisor/crash.ts';
import { formatDuration, formatMs } from '../units.ts';
import type { Comparison } from '../verdict/comparison.ts';
import { cliffLines } from './cliff-lines.ts';
import { findingsLines } from './findings-lines.ts';
import { headLines, subjectLines } from './identity-lines.ts';
import { metricNotes, metricTable } from './metric-table.ts';
import { comparisonLines } from './pair-lines.ts';
import { recallLines } from './recall-lines.ts';
import { type Paint, paintWith, type ReportOptions } from './style.ts';
import { summaryLines } from './summary-lines.ts';
import { labelled, printable, wrap } from './text.ts';

/** Everything that `bench run` tells a person when it is done. */
export interface RunReport {
  readonly row: Row;
  /** Null when nothing was measured. */
  readonly summary: Summary | null;
  /** What the model remembered; left out or null: that was not measured. */
  readonly recall?: RecallSummary | null;
  /** The longest context that works and every probe; left out or null: none was looked for. */
  readonly cliff?: CliffResult | null;
  /** What pairs of launches said; null: there were none. */
  readonly comparison?: Comparison | null;
  /** How the engine died; null when it did not. */
  readonly crash: Pick<EngineDeath, 'message' | 'hint' | 'lines'> | null;
  /** The client's own error on one stamp, measured on this machine; null: not measured. */
  readonly clientErrorMs: number | null;
  readonly durationMs: number | null;
  /** Paths as a person can type them; null: not written. */
  readonly ledger: string;
  readonly record: string | null;
  readonly bundle: string;
  /** What was committed, or why nothing was: `1a2b3c4`, `not committed: detached HEAD`. */
  readonly commit: string;
  /** Of the summary, or of the launches of a run that has none. */
  readonly findings: readonly Finding[];
  /** What the reader should still know, a sentence each. */
  readonly notes: readonly string[];
}

/** The screen after `bench run`: verdict, subject, numbers, what was noticed, where it all lies. Ends with a newline. */
export function runText(report: RunReport, options: ReportOptions): string {
  const paint = paintWith(options.color);
  const { columns } = options;
  const { row, summary } = report;
  const lines = [
    ...headLines(row, columns, paint),
    ...crashLines(report, columns, paint),
    ...(report.comparison ? comparisonLines(report.comparison, options) : []),
    '',
    ...subjectLines(row, summary, columns),
    ...numbersOf(report, options),
    ...clockLines(report, columns),
    ...findingsLines(report.findings, columns, paint),
    '',
    ...labelled('row', `iter-${row.iter} in ${report.ledger}`, columns),
    ...labelled('record', report.record ?? '', columns),
    ...labelled('bundle', report.bundle, columns),
    ...labelled('commit', report.commit, columns),
    ...report.notes.flatMap((note) => ['', ...wrap(printable(note), columns)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Times over contexts of several lengths are a mixture: where the row has no metric they are not shown. */
export function numbersOf(
  { row, summary, recall = null, cliff = null }: Pick<RunReport, 'row' | 'summary' | 'recall' | 'cliff'>,
  options: ReportOptions,
): string[] {
  if (cliff !== null) return cliffLines(cliff, options);
  if (recall === null) return measuredLines(summary, options);
  const ofItems = recallLines(recall, options);
  if (row.metric === null && summary !== null)
    return [...ofItems, '', ...summaryLines(summary, options.columns)];
  return [...measuredLines(summary, options), ...ofItems, ''];
}

/** The metrics and what stands under them; a line that says so when nothing was measured. */
export function measuredLines(summary: Summary | null, options: ReportOptions): string[] {
  if (summary === null) return [];
  const paint = paintWith(options.color);
  const table = metricTable(summary, options.columns - 2, paint).map((line) => `  ${line}`.trimEnd());
  return [
    '',
    ...table,
    ...metricNotes(summary, table).flatMap((note) =>
      wrap(note, options.columns - 2).map((line) => `  ${paint.faint(line)}`),
    ),
    ...(table.length === 0 ? [] : ['']),
    ...summaryLines(summary, options.columns),
  ];
}

function clockLines({ clientErrorMs, durationMs }: RunReport, columns: number): string[] {
  const took = durationMs === null ? '' : `the run took ${formatDuration(durationMs)}`;
  const error = clientErrorMs === null ? '' : `client error ${formatMs(clientErrorMs)}`;
  return labelled('clock', [error, took].filter((part) => part !== '').join(', '), columns);
}

function crashLines({ crash, row }: RunReport, columns: number, paint: Paint): string[] {
  if (crash === null) return [];
  // The hint for a cause nobody knows only points at what the engine wrote.
  const isSilent = crash.lines.length === 0 && row.reason?.split(':')[0] === 'engine-error';
  const hint = isSilent ? 'It wrote nothing.' : crash.hint;
  return [
    '',
    ...wrap(printable(crash.message), columns).map(paint.bad),
    ...crash.lines.flatMap((line) =>
      wrap(printable(line), columns - 4).map((part) => `  ${paint.faint('│')} ${part}`),
    ),
    ...wrap(printable(hint), columns),
  ];
}
