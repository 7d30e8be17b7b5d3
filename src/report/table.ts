import Table from 'cli-table3';
import { clip, textWidth } from './text.ts';

/** One column of a table. */
export interface TableColumn {
  readonly head: string;
  readonly align: 'left' | 'right';
  readonly cells: readonly string[];
  /** Left out first when the terminal is narrow: the highest number goes first; absent: never. */
  readonly drop?: number;
  /** Its plain cells may be cut to make the table fit; at most one column. */
  readonly flexible?: boolean;
}

const gap = 2;
const narrowest = 12;

/**
 * A table without borders in at most `width` columns: columns are dropped by their number until the rest
 * fits, then the flexible one is cut. No trailing spaces. Empty when there is no row.
 */
export function drawTable(
  columns: readonly TableColumn[],
  width: number,
  paintHead: (text: string) => string,
): string[] {
  const rows = columns[0]?.cells.length ?? 0;
  if (rows === 0) return [];
  const shown = columnsThatFit(columns, width);
  const table = new Table({
    head: shown.map((column) => paintHead(column.head)),
    colAligns: shown.map((column) => column.align),
    chars: borderless,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap },
  });
  for (let row = 0; row < rows; row += 1) table.push(shown.map((column) => column.cells[row] ?? ''));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function columnsThatFit(columns: readonly TableColumn[], width: number): readonly TableColumn[] {
  const excess = totalWidth(columns) - width;
  if (excess <= 0) return columns;
  const flexible = columns.find((column) => column.flexible);
  const cut = flexible === undefined ? 0 : Math.max(0, widthOf(flexible) - narrowest);
  if (flexible !== undefined && excess <= cut) {
    const room = widthOf(flexible) - excess;
    const clipped = { ...flexible, cells: flexible.cells.map((cell) => clip(cell, room)) };
    return columns.map((column) => (column === flexible ? clipped : column));
  }
  const last = Math.max(...columns.map((column) => column.drop ?? 0));
  if (last === 0) return columns;
  return columnsThatFit(
    columns.filter((column) => (column.drop ?? 0) !== last),
    width,
  );
}

function totalWidth(columns: readonly TableColumn[]): number {
  return columns.reduce((sum, column) => sum + widthOf(column), 0) + gap * (columns.length - 1);
}

function widthOf(column: TableColumn): number {
  return Math.max(textWidth(column.head), ...column.cells.flatMap((cell) => cell.split('\n').map(textWidth)));
}

const borderless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
