import type { Row } from '../ledger/row.ts';
import type { CliffResult } from '../search/ladder.ts';
import type { RecallSummary } from '../stats/recall.ts';
import type { Finding, Summary } from '../stats/summary.ts';
import { nothing, significant } from '../units.ts';
import { findingsLines } from './findings-lines.ts';
import { headLines } from './identity-lines.ts';
import { numbersOf } from './run-text.ts';
import { paintWith, type ReportOptions } from './style.ts';
import { printable, wrap } from './text.ts';

/** What `bench show` has read: a row, and the summary of its record when that is there. */
export interface ShownRow {
  readonly row: Row;
  readonly summary: Summary | null;
  readonly recall?: RecallSummary | null;
  readonly cliff?: CliffResult | null;
  /** From its record; none where that is not here. */
  readonly findings: readonly Finding[];
  /** Where the record and the bundle lie, or why they are not here. */
  readonly record: string;
  readonly bundle: string;
  /** Where its YAML is now. */
  readonly yaml: { readonly in: string; readonly commit?: string; readonly path?: string };
  /** The row it corrects, and the one that corrects it. */
  readonly corrected: Row | null;
  readonly correction: Row | null;
}

/** A row with every cell beside its column's name, numbers to four digits, then the summary of its record. Ends with a newline. */
export function rowText(shown: ShownRow, options: ReportOptions): string {
  const paint = paintWith(options.color);
  const { columns } = options;
  const { row, findings } = shown;
  const { iter, ...rest } = row;
  const cells: [string, string][] = [
    ...Object.entries({ iter, ...rest }).map(([column, value]): [string, string] => [
      column,
      cellText(column, value),
    ]),
    ['yaml', yamlPlace(shown)],
    ...(shown.corrected === null ? [] : [['corrects', rowName(shown.corrected)] as [string, string]]),
    ...(shown.correction === null ? [] : [['corrected by', rowName(shown.correction)] as [string, string]]),
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
    ...numbersOf(shown, options),
    ...findingsLines(told, columns, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function yamlPlace({ row, yaml }: Pick<ShownRow, 'row' | 'yaml'>): string {
  if (yaml.in === 'commit') return 'in its commit';
  if (yaml.in === 'wrong') return 'its commit has another file there: one of the cells was changed';
  if (yaml.in === 'other')
    return `its commit is gone: ${printable(yaml.path ?? '')} of ${yaml.commit?.slice(0, 12)} is the same file`;
  if (yaml.in === 'record') return 'in no commit: its record has the text, under `sources`';
  if (yaml.in === 'objects') return `in no commit yet: \`git show ${row.config_sha?.slice(0, 12)}\` has it`;
  return row.commit === null ? 'in no commit' : 'nowhere here';
}

function rowName({ iter, status, reason }: Row): string {
  return printable(
    `iter-${iter} (${[status ?? 'not judged', reason].filter((part) => part !== null).join(', ')})`,
  );
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
