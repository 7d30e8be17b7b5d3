import type { SweepArm, SweepCell, SweepResult } from '../verdict/sweep.ts';
import type { Paint } from './style.ts';
import { cellAt } from './sweep-words.ts';
import { drawTable, type TableColumn } from './table.ts';
import { clipMiddle, printable, textWidth } from './text.ts';

const widestName = 24;
const gap = 2;

/**
 * Arms by contexts in at most `columns` columns: the lines of a cell side by side where all contexts fit, else below each
 * other, and where they do not fit even so, one table after the other.
 * @param parts The lines of a cell.
 */
export function matrixLines(
  { arms, contexts, cells }: Pick<SweepResult, 'arms' | 'contexts' | 'cells'>,
  parts: (cell: SweepCell | null) => readonly string[],
  columns: number,
  paint: Paint,
): string[] {
  const names = namesOf(arms, widestName);
  const room = columns - gap - Math.max(0, ...names.map(textWidth));
  const columnOf = (context: string, between: string): TableColumn => ({
    head: printable(context),
    align: 'right',
    cells: arms.map(({ label }) => parts(cellAt(cells, label, context)).join(between)),
  });
  const flat = contexts.map((context) => columnOf(context, ' '));
  const isFlat = flat.reduce((sum, column) => sum + gap + widthOf(column), 0) <= room;
  const blocks = isFlat
    ? [flat]
    : inBlocks(
        contexts.map((context) => columnOf(context, '\n')),
        room,
      );
  return blocks.flatMap((block, index) => [
    ...(index === 0 ? [] : ['']),
    ...drawTable([{ head: '', align: 'left', cells: names }, ...block], columns, paint.faint).map(
      (line) => `${' '.repeat(gap)}${line}`,
    ),
  ]);
}

/** The arms' names cut in the middle to a width, unless two would then be alike. */
export function namesOf(arms: readonly Pick<SweepArm, 'label'>[], width: number): readonly string[] {
  const labels = arms.map(({ label }) => printable(label));
  const cut = labels.map((label) => clipMiddle(label, width));
  return new Set(cut).size === new Set(labels).size ? cut : labels;
}

function inBlocks(columns: readonly TableColumn[], room: number): TableColumn[][] {
  const blocks: TableColumn[][] = [];
  let left = 0;
  for (const column of columns) {
    const width = gap + widthOf(column);
    const last = blocks.at(-1);
    if (last === undefined || width > left) {
      blocks.push([column]);
      left = room - width;
    } else {
      last.push(column);
      left -= width;
    }
  }
  return blocks;
}

function widthOf({ head, cells }: TableColumn): number {
  return Math.max(textWidth(head), ...cells.flatMap((cell) => cell.split('\n').map(textWidth)));
}
