import type { Links } from '../ledger/links.ts';
import type { Column, Row } from '../ledger/row.ts';
import { nothing } from '../units.ts';
import { askedColumns, cellOf, usualColumns } from './ledger-columns.ts';
import { type Paint, paintWith, type ReportOptions } from './style.ts';
import { drawRows, type RowColumn } from './table.ts';
import { printable } from './text.ts';

/** Columns that a person named, and which of the ledger's hold numbers. */
export interface AskedColumns {
  readonly names: readonly Column[];
  readonly numbers: ReadonlySet<Column>;
}

/** Rows of a ledger and what is known of them as a whole. */
export interface ListedRows {
  readonly rows: readonly Row[];
  readonly links: Links;
  /** Null: those that say most, without the ones that are empty in every row. */
  readonly asked: AskedColumns | null;
}

/**
 * Rows as a table, in the order given; long texts are cut to fit. It comes line by line, each with its end: a ledger
 * may be long.
 */
export function* ledgerTable(listed: ListedRows, options: ReportOptions): Generator<string> {
  if (listed.rows.length === 0) {
    yield 'The ledger has no row yet; `bench run configs/x.yaml` writes one.\n';
    return;
  }
  const paint = paintWith(options.color);
  const lines = drawRows(columnsOf(listed, paint), listed.rows, options.columns, (head) => paint.faint(head));
  for (const line of lines) yield `${line}\n`;
}

/** Rows as a table of Markdown, no cell cut; line by line. */
export function* ledgerMarkdown(listed: ListedRows): Generator<string> {
  const shown = columnsOf(listed, paintWith(false));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  yield line(shown.map(({ head }) => head));
  yield line(shown.map(({ align }) => (align === 'right' ? '---:' : '---')));
  for (const row of listed.rows) yield line(shown.map((column) => markdownText(column.cell(row))));
}

/** Rows as CSV (RFC 4180: CRLF, quotes around what needs them), cells as the ledger has them; line by line. */
export function* ledgerCsv(columns: readonly Column[], rows: readonly Row[]): Generator<string> {
  yield `${columns.join(',')}\r\n`;
  for (const row of rows) yield `${columns.map((column) => quoted(cellOf(row, column))).join(',')}\r\n`;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** A text of others in a cell of Markdown: what would be markup is escaped. */
export function markdownText(text: string): string {
  return printable(text).replace(/[\\|`*_<>[\]]/g, '\\$&');
}

function columnsOf({ rows, links, asked }: ListedRows, paint: Paint): readonly RowColumn<Row>[] {
  if (asked !== null) return askedColumns(asked.names, asked.numbers, paint);
  return usualColumns(links, paint).filter(
    ({ head, cell }) => head === 'value' || rows.some((row) => cell(row) !== nothing),
  );
}
