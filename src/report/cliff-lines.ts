import type { CliffResult, Rung } from '../search/ladder.ts';
import { formatMs, nothing } from '../units.ts';
import { paintWith, type ReportOptions } from './style.ts';
import { drawTable } from './table.ts';
import { clip, printable, wrap } from './text.ts';

/** The longest context that works, and every probe in the order in which it was tried. */
export function cliffLines(cliff: CliffResult, options: ReportOptions): string[] {
  const paint = paintWith(options.color);
  const { ladder } = cliff;
  const width = options.columns - 2;
  const column = (cell: (rung: Rung) => string): string[] => ladder.map(cell);
  const table = drawTable(
    [
      { head: 'context', align: 'right', cells: column(({ context }) => context) },
      {
        head: 'result',
        align: 'left',
        cells: column(({ result }) => (result === 'works' ? paint.good(result) : paint.bad(result))),
      },
      { head: 'prompt tokens', align: 'right', cells: column(({ promptTokens }) => some(promptTokens)) },
      { head: 'TTFT', align: 'right', cells: column(({ ttftMs }) => formatMs(ttftMs)) },
      { head: 'E2E', align: 'right', cells: column(({ e2eMs }) => formatMs(e2eMs)), drop: 2 },
      { head: 'answer', align: 'left', cells: column(answer) },
      { head: 'launch', align: 'right', cells: column(({ launch }) => String(launch)), drop: 1 },
      ...(cliff.by === 'launches'
        ? [
            {
              head: 'served',
              align: 'right' as const,
              cells: column(({ servedTokens }) => some(servedTokens)),
            },
          ]
        : []),
    ],
    width,
    paint.faint,
  );
  return [
    '',
    ...wrap(headline(cliff), width).map((line) => `  ${paint.strong(line)}`),
    ...wrap(probesLine(cliff), width).map((line) => `  ${paint.faint(line)}`),
    '',
    ...table.map((line) => `  ${line}`.trimEnd()),
    ...said(cliff, width).flatMap((text) => wrap(text, width).map((line) => `  ${paint.faint(line)}`)),
    '',
  ];
}

/** The answer, in one sentence. */
function headline({ from, max, largest, firstFailed, isComplete, ladder }: CliffResult): string {
  const fails = `${firstFailed} fails (${ladder.findLast(({ context }) => context === firstFailed)?.result})`;
  if (!isComplete) return `cut off before the answer; the longest that works so far: ${largest ?? 'none'}`;
  if (from === max) return firstFailed === null ? `${max} works` : fails;
  if (largest === null) return `no context works: ${fails}`;
  if (firstFailed === null) return `${largest} works: the cliff lies beyond`;
  return `${largest} is the longest that works; ${fails}`;
}

function probesLine({ task, by, from, max, resolution }: CliffResult): string {
  const how = by === 'launches' ? 'each in a launch of its own' : 'in as few launches as they let';
  return from === max
    ? `a ${task} probe`
    : `${task} probes of ${from} to ${max}, ${resolution} apart at the nearest, ${how}`;
}

function some(count: number | null): string {
  return count === null ? nothing : String(count);
}

function answer({ answer: text, correct }: Rung): string {
  if (text === null) return nothing;
  return correct === null ? 'not judged' : correct ? 'right' : 'wrong';
}

/** What the engine said where it failed in another way than at the first failure, which is a finding. */
function said({ ladder, firstFailed }: CliffResult, columns: number): string[] {
  const known = ladder.findLast(({ context }) => context === firstFailed)?.result;
  const others = ladder.filter(({ result }) => result !== 'works' && result !== known);
  const last = new Map(others.map((rung) => [rung.result, rung]));
  return [...last.values()].map(({ context, result, detail }) =>
    clip(printable(`${context} ${result}${detail === null ? '' : `: ${detail}`}`), 3 * columns),
  );
}
