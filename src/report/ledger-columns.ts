import type { Links } from '../ledger/links.ts';
import type { Column, Row } from '../ledger/row.ts';
import { nothing, significant } from '../units.ts';
import { paintStatus } from './identity-lines.ts';
import type { Paint } from './style.ts';
import type { RowColumn } from './table.ts';
import { printable } from './text.ts';

/** Of a reason so much is always seen: the cause, which comes first. */
const leastReason = 20;
const leastDescription = 16;
const leastStanding = 12;
/** Of any other text that was asked for. */
const leastText = 8;

/** The columns that say most, as people read them: numbers to three digits. */
export function usualColumns(links: Links, paint: Paint): RowColumn<Row>[] {
  const right = { align: 'right' } as const;
  return [
    column('iter', (row) => `iter-${row.iter}`),
    column('status', (row) => paintStatus(row.status, paint)),
    column('reason', (row) => text(row.reason), { least: leastReason }),
    column('metric', (row) => text(row.metric), { drop: 5 }),
    column('value', (row) => number(row.value), right),
    column('delta %', (row) => number(row.delta_pct, true), { ...right, drop: 2 }),
    column('n', (row) => whole(row.n), { ...right, drop: 4 }),
    column('errors', (row) => whole(row.errors), { ...right, drop: 3 }),
    column('stands', (row) => standing(links.corrected(row), links.correction(row)), {
      least: leastStanding,
    }),
    column('engine', (row) => text(row.engine), { drop: 6 }),
    column('model', (row) => text(row.model?.split('@')[0] ?? null), { drop: 8 }),
    column('started (UTC)', (row) => row.started_at.slice(0, 16).replace('T', ' '), { drop: 7 }),
    column('description', (row) => text(row.description), { least: leastDescription, drop: 1 }),
  ];
}

/** The columns that were asked for, by the ledger's own names, numbers to four digits; those named last go first when all do not fit. */
export function askedColumns(
  names: readonly Column[],
  numbers: ReadonlySet<Column>,
  paint: Paint,
): RowColumn<Row>[] {
  return names.map((head, index) => {
    const fit = index === 0 ? {} : { drop: index };
    if (head === 'iter') return column(head, (row) => `iter-${row.iter}`, fit);
    if (head === 'status') return column(head, (row) => paintStatus(row.status, paint), fit);
    if (numbers.has(head)) {
      return column(head, (row) => exact(row[head] as number | null), { align: 'right', ...fit });
    }
    return column(head, (row) => text(cellOf(row, head)), {
      least: Math.max(leastText, head.length),
      ...fit,
    });
  });
}

/** A cell as other programs read it: as the ledger has it, without its escapes; empty for what is missing. */
export function cellOf(row: Row, head: Column): string {
  const value = row[head];
  if (value === null) return '';
  if (head === 'iter') return `iter-${row.iter}`;
  return Array.isArray(value) ? value.join(',') : String(value);
}

function column(
  head: string,
  cell: (row: Row) => string,
  rest: Partial<RowColumn<Row>> = {},
): RowColumn<Row> {
  return { head, align: 'left', cell, ...rest };
}

/** `now iter-9`: that row is to be read instead; `for iter-3`: this one is to be read instead of that. */
function standing(corrected: Row | null, correction: Row | null): string {
  const parts = [
    ...(correction === null ? [] : [`now iter-${correction.iter}`]),
    ...(corrected === null ? [] : [`for iter-${corrected.iter}`]),
  ];
  return parts.length === 0 ? nothing : parts.join(', ');
}

function text(value: string | null): string {
  return value === null || value === '' ? nothing : printable(value);
}

function number(value: number | null, signed = false): string {
  if (value === null) return nothing;
  return `${signed && value > 0 ? '+' : ''}${significant(value)}`;
}

function exact(value: number | null): string {
  if (value === null) return nothing;
  return Number.isInteger(value) ? String(value) : significant(value, 4);
}

function whole(value: number | null): string {
  return value === null ? nothing : String(value);
}
