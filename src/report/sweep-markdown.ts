import { plural } from '../units.ts';
import type { Inversion, SweepCell, SweepResult } from '../verdict/sweep.ts';
import { code, details, list, safe, table } from './markdown.ts';
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
import { cellAt, recallParts, timeParts, timesOf, timeTitle } from './sweep-words.ts';

/** A comment of a pull request holds 65,536 characters; so many lines of a list leave it far below. */
const mostLines = 30;

/** `bench sweep --markdown`: fits a comment of a pull request. Ends with a newline. */
export function sweepMarkdown(result: SweepResult): string {
  const { arms, contexts } = result;
  const lines = [
    `### sweep ${code(result.id)}: ${plural(arms.length, 'arm')} x ${plural(contexts.length, 'context')}`,
    '',
    safe(taskText(result)),
    '',
    safe(itemsText(result)),
    ...result.inversions.flatMap(inversionLines),
    ...matrix('recall [95 %]', result, recallParts),
    ...timesOf(result).flatMap((metric) =>
      matrix(timeTitle(metric, result), result, (cell) => timeParts(cell, metric)),
    ),
    ...section('Recall that differs (same items, exact McNemar, Holm)', recallFound(result)),
    ...section('Times further apart than launches scatter (t, Holm)', timesFound(result)),
    ...section('Not shown', openSentences(result)),
    ...section('Without a result', failures(result)),
    '',
    details('arms', arms.map(armLine)),
  ];
  return lines.join('\n');
}

function armLine({ label, engine, config, model, knob }: SweepResult['arms'][number]): string {
  const parts = [
    safe(engine),
    code(config),
    ...(knob === null ? [] : [code(`${knob.flag} ${knob.value}`)]),
    ...(model === null ? [] : [code(model)]),
  ];
  return `- ${code(label)}: ${parts.join(', ')}`;
}

function matrix(
  title: string,
  { arms, contexts, cells }: SweepResult,
  parts: (cell: SweepCell | null) => readonly string[],
): string[] {
  const rows = arms.map(({ label }) => [
    code(label),
    ...contexts.map((context) =>
      parts(cellAt(cells, label, context))
        .map(safe)
        .join('<br>'),
    ),
  ]);
  return [
    '',
    ...table(
      [title, ...contexts.map(safe)],
      rows,
      contexts.map((_, at) => at + 1),
    ),
  ];
}

function section(title: string, texts: readonly string[]): string[] {
  if (texts.length === 0) return [];
  const more = texts.length - mostLines;
  return [
    '',
    `**${title}**`,
    '',
    ...list(texts.slice(0, mostLines)),
    ...(more > 0 ? [`- and ${more} more; \`--json\` has all`] : []),
  ];
}

function inversionLines(inversion: Inversion): string[] {
  const { head, rows } = inversionTable(inversion);
  const cells = rows.map(([arm = '', ...sides]) => [arm === '' ? '' : code(arm), ...sides.map(safe)]);
  return [
    '',
    '> [!WARNING]',
    `> **Inversion**: ${safe(inversionTitle(inversion))}`,
    '',
    ...table(head.map(safe), cells, [1, 2]),
    ...inversion.differs.flatMap(({ arm, lines, command }) => [
      '',
      `${code(arm)}, then and now: ${code(command)}`,
      '',
      ...(lines.length === 0 ? ['- nothing that is recorded differs'] : list(lines.slice(0, mostLines))),
    ]),
  ];
}
