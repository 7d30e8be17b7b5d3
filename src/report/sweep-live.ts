import type { SweepArm, SweepCell, SweepResult } from '../verdict/sweep.ts';
import { namesOf } from './sweep-matrix.ts';
import { cellAt, failureOf, percent } from './sweep-words.ts';
import { drawTable } from './table.ts';

const mostArms = 17;
const cellWidth = 9;

/**
 * The matrix of a sweep while it runs: a line of contexts and one an arm, at most 19 in all and without colour. `·` waits,
 * `…` runs; then recall, or what became of the cell.
 */
export function sweepBoard(
  { arms, contexts, cells }: Pick<SweepResult, 'arms' | 'contexts' | 'cells'>,
  columns: number,
): string[] {
  const shown = armsToShow(arms, cells);
  const width = Math.max(12, columns - 1 - contexts.length * cellWidth);
  const table = drawTable(
    [
      { head: '', align: 'left', cells: namesOf(shown, width) },
      ...contexts.map((context) => ({
        head: context,
        align: 'right' as const,
        cells: shown.map(({ label }) => stateText(cellAt(cells, label, context))),
      })),
    ],
    columns - 1,
    (head) => head,
  );
  const more = arms.length - shown.length;
  return [...table, ...(more === 0 ? [] : [`and ${more} more arms`])];
}

/** All, or as many as a terminal can show, among them the one that runs. */
function armsToShow(arms: readonly SweepArm[], cells: readonly SweepCell[]): readonly SweepArm[] {
  const running = cells.find(({ state }) => state === 'running')?.arm;
  const at = arms.findIndex(({ label }) => label === running);
  const first = Math.max(0, Math.min(at - 1, arms.length - mostArms));
  return arms.slice(first, first + mostArms);
}

function stateText(cell: SweepCell | null): string {
  if (cell === null || cell.state === 'waiting') return '·';
  if (cell.state === 'running') return '…';
  if (cell.state === 'failed') return failureOf(cell.why).word;
  return cell.recall === null || cell.recall.n === 0 ? 'done' : percent(cell.recall.accuracy);
}
