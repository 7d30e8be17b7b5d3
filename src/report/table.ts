import { clip, textWidth } from './text.ts';

/** How a column may be made to fit. */
interface Fit {
  readonly head: string;
  readonly align: 'left' | 'right';
  /** Left out first when the terminal is narrow: the highest number goes first; absent: never. */
  readonly drop?: number;
  /** Its plain cells may be cut to so many columns to make the table fit; absent: never. */
  readonly least?: number;
}

/** One column of a table. */
export interface TableColumn extends Fit {
  readonly cells: readonly string[];
}

/** One column of a long table, whose cells are made when their line is drawn. */
export interface RowColumn<Row> extends Fit {
  cell(row: Row): string;
}

/** A column and how wide its head and cells are: measured once, for a table may be long. */
type Measured<Column extends Fit = Fit> = Column & { readonly width: number };

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
  const rows = Array.from(columns[0]?.cells ?? [], (_, row) => row);
  const byRow = columns.map((column) => ({ ...column, cell: (row: number) => column.cells[row] ?? '' }));
  return [...drawRows(byRow, rows, width, paintHead)];
}

/** The lines of a table as {@link drawTable} draws it, one after the other. */
export function* drawRows<Row>(
  columns: readonly RowColumn<Row>[],
  rows: readonly Row[],
  width: number,
  paintHead: (text: string) => string,
): Generator<string> {
  if (rows.length === 0) return;
  const measured = columns.map((column) => ({ ...column, width: widthOf(column, rows) }));
  const shown = columnsThatFit(measured, width);
  yield* drawRow(
    shown,
    shown.map((column) => paintHead(column.head)),
  );
  for (const row of rows) {
    yield* drawRow(
      shown,
      shown.map((column) => column.cell(row)),
    );
  }
}

/** The lines of one row: as many as its tallest cell has. */
function drawRow(columns: readonly Measured[], cells: readonly string[]): string[] {
  if (!cells.some((cell) => cell.includes('\n'))) return [drawLine(columns, cells)];
  const texts = cells.map((cell) => cell.split('\n'));
  const height = Math.max(...texts.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    drawLine(
      columns,
      texts.map((lines) => lines[line] ?? ''),
    ),
  );
}

function drawLine(columns: readonly Measured[], texts: readonly string[]): string {
  let line = '';
  for (const [at, column] of columns.entries()) {
    line += `${at === 0 ? '' : ' '.repeat(gap)}${pad(texts[at] ?? '', column)}`;
  }
  return line.trimEnd();
}

function pad(whole: string, { align, width, least }: Measured): string {
  const text = least === undefined ? whole : clip(whole, width);
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'right' ? space + text : text + space;
}

function columnsThatFit<Column extends Fit>(
  columns: readonly Measured<Column>[],
  width: number,
): readonly Measured<Column>[] {
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
function cutBy<Column extends Fit>(
  columns: readonly Measured<Column>[],
  excess: number,
  leastOf: (column: Column) => number | undefined,
): readonly Measured<Column>[] | null {
  const widths = columns.map((column) => column.width);
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
  return columns.map((column, at) => ({ ...column, width: widths[at] ?? 0 }));
}

function totalWidth(columns: readonly Measured[]): number {
  return columns.reduce((sum, column) => sum + column.width, 0) + gap * (columns.length - 1);
}

/** A cell may have several lines. */
function widthOf<Row>(column: RowColumn<Row>, rows: readonly Row[]): number {
  return rows.reduce(
    (widest, row) =>
      column
        .cell(row)
        .split('\n')
        .reduce((most, line) => Math.max(most, textWidth(line)), widest),
    textWidth(column.head),
  );
}
