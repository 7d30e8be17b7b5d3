import { nothing, plural } from '../units.ts';
import type { Inversion, SweepResult } from '../verdict/sweep.ts';
import { heading, type Paint, paintWith, type ReportOptions } from './style.ts';
import { matrixLines } from './sweep-matrix.ts';
import {
  failures,
  inversionTable,
  inversionTitle,
  itemsText,
  openSentences,
  recallFound,
  taskText,
  timesFound,
} from './sweep-sentences.ts';
import { recallParts, timeParts, timesOf, timeTitle } from './sweep-words.ts';
import { drawTable } from './table.ts';
import { hanging, printable, wrap } from './text.ts';

const mostLines = 20;

/**
 * The screen after a sweep: recall and times of every cell, then what can be concluded of them.
 * @param files Where the sweep is kept, a line each.
 */
export function sweepText(result: SweepResult, files: readonly string[], options: ReportOptions): string {
  const paint = paintWith(options.color);
  const { columns } = options;
  const lines = [
    `${paint.strong(`sweep ${printable(result.id)}`)}  ${plural(result.arms.length, 'arm')} x ${plural(result.contexts.length, 'context')}`,
    ...[taskText(result), itemsText(result)].flatMap((text) =>
      wrap(text, columns - 2).map((line) => `  ${paint.faint(line)}`),
    ),
    ...armLines(result, columns, paint),
    ...inversionLines(result, columns, paint),
    ...heading('recall, with the 95 % interval', paint),
    ...matrixLines(result, recallParts, columns, paint),
    ...timeLines(result, columns, paint),
    ...section('without a result', failures(result), columns, paint),
    ...section('recall that differs (same items, exact McNemar, Holm)', recallFound(result), columns, paint),
    ...section('times further apart than launches scatter (t, Holm)', timesFound(result), columns, paint),
    ...section('what is not shown', openSentences(result), columns, paint),
    ...section('kept in', files, columns, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function armLines({ arms }: SweepResult, columns: number, paint: Paint): string[] {
  const column = (head: string, cells: readonly string[], drop: number, least: number) => {
    return { head, align: 'left' as const, cells: cells.map(printable), drop, least };
  };
  const knobs = arms.map(({ knob }) => (knob === null ? '' : `${knob.flag} ${knob.value}`));
  const table = drawTable(
    [
      { head: 'arm', align: 'left', cells: arms.map(({ label }) => printable(label)) },
      column(
        'engine',
        arms.map(({ engine }) => engine),
        0,
        6,
      ),
      ...(knobs.some((knob) => knob !== '') ? [column('knob', knobs, 1, 30)] : []),
      column(
        'file',
        arms.map(({ config }) => config),
        2,
        20,
      ),
      column(
        'model',
        arms.map(({ model }) => model ?? nothing),
        3,
        20,
      ),
    ],
    columns - 2,
    paint.faint,
  );
  return ['', ...table.map((line) => `  ${line}`)];
}

function timeLines(result: SweepResult, columns: number, paint: Paint): string[] {
  return timesOf(result).flatMap((metric) => [
    ...heading(timeTitle(metric, result), paint),
    ...matrixLines(result, (cell) => briefTime(timeParts(cell, metric)), columns, paint),
  ]);
}

/** Of times the mean alone; of failures all that a cell says. */
function briefTime(parts: readonly string[]): readonly string[] {
  return parts.filter((part) => !part.includes(' … '));
}

function section(title: string, texts: readonly string[], columns: number, paint: Paint): string[] {
  if (texts.length === 0) return [];
  const more = texts.length - mostLines;
  return [
    ...heading(title, paint),
    ...texts.slice(0, mostLines).flatMap((text) => hanging(text, columns)),
    ...(more > 0 ? [`  and ${more} more: \`--json\` has all`] : []),
  ];
}

function inversionLines({ inversions }: SweepResult, columns: number, paint: Paint): string[] {
  return inversions.flatMap((inversion) => [
    '',
    ...wrap(`INVERSION: ${inversionTitle(inversion)}`, columns).map((line) => paint.bad(line)),
    ...inversionRows(inversion, columns, paint),
    ...inversion.differs.flatMap(({ arm, lines, command }) => [
      ...hanging(`${arm}, then and now:`, columns),
      ...(lines.length === 0 ? ['    nothing that is recorded differs'] : []),
      ...lines.flatMap((line) => hanging(line, columns - 2).map((each) => `  ${each}`)),
      `    ${paint.strong(printable(command))}`,
    ]),
  ]);
}

function inversionRows(inversion: Inversion, columns: number, paint: Paint): string[] {
  const { head, rows } = inversionTable(inversion);
  const table = drawTable(
    head.map((name, at) => ({
      head: name,
      align: at === 0 ? ('left' as const) : ('right' as const),
      ...(at === 0 ? { least: 12 } : {}),
      cells: rows.map((row) => row[at] ?? ''),
    })),
    columns - 2,
    paint.faint,
  );
  return table.map((line) => `  ${line}`);
}
