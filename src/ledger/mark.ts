import { type Column, columns, type NewRow, type Row } from './row.ts';

/** What a mark has of its own; everything else is copied from the row it is about. */
const own: ReadonlySet<Column> = new Set<Column>([
  'iter',
  'run_id',
  'status',
  'reason',
  'started_at',
  'supersedes',
]);

/** A person's decision about a row. */
export interface Mark {
  readonly run_id: string;
  readonly started_at: string;
  readonly status: 'keep' | 'discard';
  readonly text: string;
}

/** The row that a person's decision makes of another one: its cells under another status, in place of it. */
export function markOf(row: Row, { text, ...mark }: Mark): NewRow {
  const { iter: _, ...cells } = row;
  return { ...cells, ...mark, reason: `marked:${text}`, supersedes: row.run_id };
}

/** Whether a row is a person's decision about another one. */
export function isMark({ reason, supersedes }: Pick<Row, 'reason' | 'supersedes'>): boolean {
  return supersedes !== null && reason?.startsWith('marked:') === true;
}

/** Columns that a mark should have copied and has otherwise; `commit` may have been linked anew in one of the two. */
export function changedInMark(mark: Row, original: Row): Column[] {
  return columns.filter(
    (column) =>
      !own.has(column) &&
      column !== 'commit' &&
      JSON.stringify(mark[column]) !== JSON.stringify(original[column]),
  );
}
