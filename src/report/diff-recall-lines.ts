import { significant } from '../units.ts';
import type { RecallDifference } from '../verdict/recall-compare.ts';
import { heading, type Paint } from './style.ts';
import { drawTable } from './table.ts';

/** The head of the table of two runs' recall, and a row for each context. */
export const recallHead = ['context', 'items', 'lost', 'gained', 'p (Holm)', ''] as const;

/** Cells under {@link recallHead}: lost are right in A and wrong in B. What is not shown to differ is not shown to be the same. */
export function recallCells(differences: readonly RecallDifference[]): string[][] {
  return differences.map(({ context, n, lost, gained, pHolm, differ }) => [
    context,
    String(n),
    String(lost),
    String(gained),
    significant(pHolm, 2),
    differ ? (lost > gained ? 'B recalls less' : 'B recalls more') : 'not shown to differ',
  ]);
}

/** Two runs' answers to the same items of a recall task. */
export function diffRecallLines(
  differences: readonly RecallDifference[] | null,
  columns: number,
  paint: Paint,
): string[] {
  if (differences === null) return [];
  const rows = recallCells(differences);
  const table = drawTable(
    recallHead.map((head, at) => ({
      head,
      align: at === 0 || at === 5 ? ('left' as const) : ('right' as const),
      cells: rows.map((row) => row[at] ?? ''),
    })),
    columns - 2,
    paint.faint,
  );
  return [
    ...heading('recall of the same items (exact McNemar)', paint),
    ...table.map((line) => `  ${line}`.trimEnd()),
  ];
}
