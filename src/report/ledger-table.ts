import type { Row } from '../ledger/row.ts';
import { nothing, significant } from '../units.ts';
import { paintStatus } from './identity-lines.ts';
import { paintWith, type ReportOptions } from './style.ts';
import { drawTable, type TableColumn } from './table.ts';
import { printable } from './text.ts';

/** Of a reason so much is always seen: the cause, which comes first. */
const leastReason = 20;
const leastDescription = 16;

/**
 * The rows of a ledger as a table, in the order given; long reasons and descriptions are cut to fit. Ends with a newline.
 */
export function ledgerTable(rows: readonly Row[], options: ReportOptions): string {
  if (rows.length === 0) return 'The ledger has no row yet; `bench run configs/x.yaml` writes one.\n';
  const paint = paintWith(options.color);
  const column = (
    head: string,
    cell: (row: Row) => string,
    rest: Partial<TableColumn> = {},
  ): TableColumn => ({ head, align: 'left', cells: rows.map(cell), ...rest });
  const right = { align: 'right' } as const;
  const columns = [
    column('iter', (row) => `iter-${row.iter}`),
    column('status', (row) => paintStatus(row.status, paint)),
    column('reason', (row) => text(row.reason), { least: leastReason }),
    column('metric', (row) => text(row.metric), { drop: 5 }),
    column('value', (row) => number(row.value), right),
    column('delta %', (row) => number(row.delta_pct, true), { ...right, drop: 2 }),
    column('n', (row) => count(row.n), { ...right, drop: 4 }),
    column('errors', (row) => count(row.errors), { ...right, drop: 3 }),
    column('engine', (row) => text(row.engine), { drop: 6 }),
    column('model', (row) => text(row.model?.split('@')[0] ?? null), { drop: 8 }),
    column('started (UTC)', (row) => row.started_at.slice(0, 16).replace('T', ' '), { drop: 7 }),
    column('description', (row) => text(row.description), { least: leastDescription, drop: 1 }),
  ];
  return `${drawTable(columns.filter(hasContent), options.columns, paint.faint).join('\n')}\n`;
}

/** A column that is empty in every row says nothing. */
function hasContent(column: TableColumn): boolean {
  return column.head === 'value' || column.cells.some((cell) => cell !== nothing);
}

function text(value: string | null): string {
  return value === null ? nothing : printable(value);
}

function number(value: number | null, signed = false): string {
  if (value === null) return nothing;
  return `${signed && value > 0 ? '+' : ''}${significant(value)}`;
}

function count(value: number | null): string {
  return value === null ? nothing : String(value);
}
