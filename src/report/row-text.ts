import type { Row } from '../ledger/row.ts';
import type { Finding, Summary } from '../stats/summary.ts';
import { nothing, significant } from '../units.ts';
import { findingsLines } from './findings-lines.ts';
import { headLines } from './identity-lines.ts';
import { measuredLines } from './run-text.ts';
import { paintWith, type ReportOptions } from './style.ts';
import { printable, wrap } from './text.ts';

/** What `bench show` has read: a row, and the summary of its record when that is there. */
export interface ShownRow {
  readonly row: Row;
  readonly summary: Summary | null;
  /** From its record; none where that is not here. */
  readonly findings: readonly Finding[];
  /** Where the record and the bundle lie, or why they are not here. */
  readonly record: string;
  readonly bundle: string;
}

/** A row with every cell beside its column's name, numbers to four digits, then the summary of its record. Ends with a newline. */
export function rowText(shown: ShownRow, options: ReportOptions): string {
  const paint = paintWith(options.color);
  const { columns } = options;
  const { row, summary, findings } = shown;
  const { iter, ...rest } = row;
  const cells: [string, string][] = [
    ...Object.entries({ iter, ...rest }).map(([column, value]): [string, string] => [
      column,
      cellText(column, value),
    ]),
    ['record', shown.record],
    ['bundle', shown.bundle],
  ];
  const width = Math.max(...cells.map(([name]) => name.length));
  // Without a record there are the codes alone.
  const told = findings.length > 0 ? findings : row.findings.map((code) => ({ code, text: '' }));
  const lines = [
    ...headLines(row, columns, paint),
    '',
    ...cells.flatMap(([name, text]) => cellLines(name.padEnd(width), text, columns, paint.faint)),
    ...measuredLines(summary, options),
    ...findingsLines(told, columns, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function cellText(column: string, value: Row[keyof Row]): string {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return nothing;
  if (column === 'iter') return `iter-${value}`;
  if (typeof value === 'number' && !Number.isInteger(value)) return significant(value, 4);
  return printable(Array.isArray(value) ? value.join(', ') : String(value));
}

function cellLines(name: string, text: string, columns: number, faint: (text: string) => string): string[] {
  const margin = ' '.repeat(name.length + 4);
  return wrap(text, Math.max(1, columns - margin.length)).map((line, index) =>
    index === 0 ? `  ${faint(name)}  ${line}` : `${margin}${line}`,
  );
}
