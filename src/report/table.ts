import Table from 'cli-table3';
import { clip, textWidth } from './text.ts';

/** One column of a table. */
export interface TableColumn {
  readonly head: string;
  readonly align: 'left' | 'right';
  readonly cells: readonly string[];
  /** Left out first when the terminal is narrow: the highest number goes first; absent: never. */
  readonly drop?: number;
  /** Its plain cells may be cut to so many columns to make the table fit; absent: never. */
  readonly least?: number;
}

const gap = 2;

/**
 * A table without borders in at most `width` columns: columns are dropped by their number until the rest
 * fits with the long cells of those that have a `least` cut, the widest of them most. No trailing spaces. Empty when
 * there is no row.
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
  const cut = cutBy(columns, excess, (column) => column.least);
  if (cut !== null) return cut;
  const last = Math.max(...columns.map((column) => column.drop ?? 0));
  // Nothing is left to drop: what may be cut is cut to the width of its head.
  if (last === 0) return cutBy(columns, excess, ({ least, head }) => least && textWidth(head)) ?? columns;
  return columnsThatFit(
    columns.filter((column) => (column.drop ?? 0) !== last),
    width,
  );
}

/** Takes so much from the columns that have a least width, always from the widest; null when that is not enough. */
function cutBy(
  columns: readonly TableColumn[],
  excess: number,
  leastOf: (column: TableColumn) => number | undefined,
): readonly TableColumn[] | null {
  const widths = columns.map(widthOf);
  const spare = columns.map(
    (column, at) => (widths[at] ?? 0) - (leastOf(column) ?? Number.POSITIVE_INFINITY),
  );
  for (let left = excess; left > 0; left -= 1) {
    const cuttable = spare.flatMap((more, at) => (more > 0 ? [at] : []));
    const [widest] = cuttable.sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
    if (widest === undefined) return null;
    spare[widest] = (spare[widest] ?? 0) - 1;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return columns.map((column, at) =>
    column.least === undefined
      ? column
      : { ...column, cells: column.cells.map((cell) => clip(cell, widths[at] ?? 0)) },
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
