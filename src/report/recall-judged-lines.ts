import { nothing } from '../units.ts';
import type { RecallJudged } from '../verdict/comparison.ts';
import { type Paint, paintWith, type ReportOptions } from './style.ts';
import { drawTable } from './table.ts';
import { printable, wrap } from './text.ts';

type Context = RecallJudged['contexts'][number];

/** What the recall gate came to, context by context, and why. */
export function recallJudgedLines(recall: RecallJudged | undefined, options: ReportOptions): string[] {
  if (recall === undefined) return [];
  const paint = paintWith(options.color);
  const { contexts } = recall;
  const column = (cell: (one: Context) => string): string[] => contexts.map(cell);
  const invalid = contexts.some((one) => one.baselineInvalid + one.candidateInvalid > 0);
  const table = drawTable(
    [
      { head: 'recall at', align: 'left', cells: column(({ context }) => context) },
      { head: 'items', align: 'right', cells: column(({ n }) => String(n)) },
      { head: 'baseline', align: 'right', cells: column((one) => share(one.baselineRight, one.n)) },
      { head: 'candidate', align: 'right', cells: column((one) => share(one.candidateRight, one.n)) },
      { head: 'lost', align: 'right', cells: column(({ lost }) => String(lost)) },
      { head: 'gained', align: 'right', cells: column(({ gained }) => String(gained)) },
      ...(invalid
        ? [
            {
              head: 'unanswered',
              align: 'right' as const,
              cells: column((one) => `${one.baselineInvalid} / ${one.candidateInvalid}`),
            },
          ]
        : []),
      {
        head: '',
        align: 'left',
        cells: column(({ informative, n }) =>
          informative ? '' : n === 0 ? 'not answered' : 'floor: no evidence',
        ),
      },
    ],
    options.columns - 2,
    paint.faint,
  );
  const sentence = wrap(`${stateOf(recall, paint)}: ${printable(recall.why)}.`, options.columns - 2);
  return ['', ...[...table, ...sentence].map((line) => `  ${line}`.trimEnd())];
}

function share(right: number, n: number): string {
  return n === 0 ? nothing : `${((100 * right) / n).toFixed(0)} %`;
}

function stateOf({ state, marginPt }: RecallJudged, paint: Paint): string {
  if (state === 'pass') return `recall passed (margin ${marginPt} points)`;
  if (state === 'fail') return paint.bad('recall failed');
  return paint.warn(state === 'unmeasurable' ? 'recall is not measurable here' : 'recall is undecided');
}
