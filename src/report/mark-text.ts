import type { Row } from '../ledger/row.ts';
import { headLines } from './identity-lines.ts';
import { paintWith, type ReportOptions } from './style.ts';
import { wrap } from './text.ts';

/** What `bench mark` has written. */
export interface MarkReport {
  readonly row: Row;
  readonly supersedes: Row;
  /** The commit, or why there is none. */
  readonly commit: string;
  readonly notes: readonly string[];
}

/** `bench mark`: the new row, the one it stands for, and the commit. Ends with a newline. */
export function markText({ row, supersedes, commit, notes }: MarkReport, options: ReportOptions): string {
  const was = [supersedes.status ?? 'not judged', supersedes.reason]
    .filter((part) => part !== null)
    .join(', ');
  const lines = [
    ...headLines(row, options.columns, paintWith(options.color)),
    ...wrap(`It stands in place of iter-${supersedes.iter} (${was}), with its numbers.`, options.columns),
    ...wrap(`commit ${commit}`, options.columns),
    ...notes.flatMap((note) => wrap(note, options.columns)),
  ];
  return `${lines.join('\n')}\n`;
}
