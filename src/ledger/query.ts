import { type Links, linksOf } from './links.ts';
import { type Column, numberColumns, type Row } from './row.ts';

/** Which rows are asked for, and in which order. */
export interface RowQuery {
  readonly status?: 'keep' | 'discard' | 'crash' | 'none';
  readonly engine?: string;
  /** The whole cell or its id before the `@`. */
  readonly model?: string;
  readonly metric?: string;
  /** The path, or the name of the file with or without its ending. */
  readonly config?: string;
  /** The hash or its beginning. */
  readonly workload?: string;
  /** Milliseconds since 1970: rows that started then or later. */
  readonly sinceMs?: number;
  /** The beginning of the reason: `guard`, `invalid:load`. */
  readonly reason?: string;
  /** Without the rows that another one corrects. */
  readonly isCurrent?: boolean;
  /** So many of the newest that match. */
  readonly last?: number;
  readonly sort?: { readonly column: Column; readonly isDescending: boolean };
}

/** Rows that were asked for, with the corrections of the whole ledger. */
export interface Selected {
  readonly rows: readonly Row[];
  readonly links: Links;
}

/** The rows of a ledger that match, oldest first unless sorted; empty cells sort last in both directions. */
export function selectRows(all: readonly Row[], query: RowQuery): Selected {
  const links = linksOf(all);
  const matching = all.filter(
    (row) => matches(row, query) && !(query.isCurrent === true && links.correction(row) !== null),
  );
  const newest = query.last === undefined ? matching : matching.slice(-query.last);
  return { links, rows: query.sort === undefined ? newest : sorted(newest, query.sort) };
}

function matches(row: Row, query: RowQuery): boolean {
  const { status, engine, model, metric, config, workload, sinceMs, reason } = query;
  return (
    (status === undefined || (row.status ?? 'none') === status) &&
    (engine === undefined || row.engine === engine) &&
    (model === undefined || row.model === model || row.model?.split('@')[0] === model) &&
    (metric === undefined || row.metric === metric) &&
    (config === undefined || isNamed(row.config, config)) &&
    (workload === undefined || row.workload?.startsWith(workload) === true) &&
    (sinceMs === undefined || Date.parse(row.started_at) >= sinceMs) &&
    (reason === undefined || row.reason?.startsWith(reason) === true)
  );
}

function isNamed(path: string | null, name: string): boolean {
  if (path === null) return false;
  const file = path.slice(path.lastIndexOf('/') + 1);
  return [path, file, file.replace(/\.ya?ml$/, '')].includes(name);
}

function sorted(rows: readonly Row[], { column, isDescending }: NonNullable<RowQuery['sort']>): Row[] {
  const sign = isDescending ? -1 : 1;
  const isEmpty = (row: Row): boolean => row[column] === null || row[column] === '';
  const filled = rows.filter((row) => !isEmpty(row));
  const order =
    column === 'iter' || numberColumns.has(column)
      ? (a: Row, b: Row) => Number(a[column]) - Number(b[column])
      : (a: Row, b: Row) => compare(String(a[column]), String(b[column]));
  return [...filled.sort((a, b) => sign * order(a, b)), ...rows.filter(isEmpty)];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
