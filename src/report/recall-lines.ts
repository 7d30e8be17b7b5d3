import type { RecallCell, RecallSummary } from '../stats/recall.ts';
import { formatMs, nothing } from '../units.ts';
import { paintWith, type ReportOptions } from './style.ts';
import { drawTable } from './table.ts';
import { wrap } from './text.ts';

/** What a model remembered, context by context, and what the items were. */
export function recallLines(recall: RecallSummary | null, options: ReportOptions): string[] {
  if (recall === null) return [];
  const paint = paintWith(options.color);
  const { cells } = recall;
  const column = (cell: (one: RecallCell) => string): string[] => cells.map(cell);
  const some = (count: (one: RecallCell) => number): boolean => cells.some((cell) => count(cell) > 0);
  const table = drawTable(
    [
      { head: recall.task, align: 'left', cells: column(({ context }) => context) },
      { head: 'recall', align: 'right', cells: column((cell) => paint.strong(accuracy(cell))) },
      { head: '95 % (Wilson)', align: 'left', cells: column(interval) },
      { head: 'right', align: 'right', cells: column(({ correct, n }) => `${correct}/${n}`) },
      { head: 'lax', align: 'right', cells: column((cell) => shareOf(cell.scores.lax, cell.n)), drop: 3 },
      ...counted('no label', cells, ({ noLabel }) => noLabel),
      ...counted('several', cells, ({ severalLabels }) => severalLabels),
      ...(some(({ cut }) => cut)
        ? [
            {
              head: 'cut',
              align: 'right' as const,
              cells: column(({ cut }) => (cut === 0 ? '0' : paint.bad(String(cut)))),
            },
          ]
        : []),
      ...(some(({ failed }) => failed)
        ? [
            {
              head: 'failed',
              align: 'right' as const,
              cells: column(({ failed }) => (failed === 0 ? '0' : paint.bad(String(failed)))),
            },
          ]
        : []),
      { head: 'prompt tokens', align: 'right', cells: column(promptTokens), drop: 2 },
      { head: 'an item takes', align: 'right', cells: column(({ e2eMs }) => formatMs(e2eMs)), drop: 1 },
    ],
    options.columns - 2,
    paint.faint,
  );
  return [
    '',
    ...table.map((line) => `  ${line}`.trimEnd()),
    ...wrap(itemsLine(recall), options.columns - 2).map((line) => `  ${paint.faint(line)}`),
  ];
}

function counted(head: string, cells: readonly RecallCell[], count: (one: RecallCell) => number) {
  return [{ head, align: 'right' as const, cells: cells.map((cell) => String(count(cell))) }];
}

function accuracy({ accuracy: share }: RecallCell): string {
  return share === null ? nothing : `${percent(share)} %`;
}

function shareOf(right: number, n: number): string {
  return n === 0 ? nothing : `${percent(right / n)} %`;
}

function interval({ lower, upper }: RecallCell): string {
  return lower === null || upper === null ? nothing : `${percent(lower)} … ${percent(upper)} %`;
}

function percent(share: number): string {
  return (share * 100).toFixed(0);
}

function promptTokens({ promptTokens: range }: RecallCell): string {
  if (range === null) return nothing;
  return range.min === range.max ? String(range.min) : `${range.min} … ${range.max}`;
}

/** What the items were, by whom they were scored, and what guessing would give. */
function itemsLine({ set, scorer, thinking, chance }: RecallSummary): string {
  const items = set.deviations.length === 0 ? set.source : `BABILong-style: ${set.source}`;
  const thought = thinking === 'low' ? ', thinking low' : '';
  return `${items}; ${scorer} scorer${thought}; guessing gives ${Math.round(chance * 100)} %.`;
}
