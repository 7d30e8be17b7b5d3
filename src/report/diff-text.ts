import type { DiffReport, DiffResult } from '../diff.ts';
import { plural } from '../units.ts';
import { comparableText, type Headline, headline, hintText, judgedText, restsOn } from './diff-headline.ts';
import { knobLines } from './diff-knob-lines.ts';
import { queryLines } from './diff-queries.ts';
import { diffRecallLines } from './diff-recall-lines.ts';
import {
  aboutText,
  cellsText,
  directedLabel,
  intervalText,
  pctText,
  shownMetrics,
  sideText,
  subjectText,
  valueText,
} from './diff-words.ts';
import { heading, type Paint, paintWith, type ReportOptions } from './style.ts';
import { drawTable } from './table.ts';
import { clip, hanging, printable, wrap } from './text.ts';

/** How `bench diff` may look. */
export interface DiffTextOptions extends ReportOptions {
  /** Every query, step and difference, however many. */
  readonly all: boolean;
}

const mostChanges = 10;

/** `bench diff`: comparability first, then knobs, what else changed, numbers, queries. Ends with a newline. */
export function diffText({ comparisons, unmatched }: DiffResult, options: DiffTextOptions): string {
  const paint = paintWith(options.color);
  const rule = ['', paint.faint('─'.repeat(options.columns)), ''];
  const parts = comparisons.map((report, index) => [
    ...(index === 0 ? [] : rule),
    ...reportLines(report, options, paint),
  ]);
  const none = comparisons.length > 0 ? [] : ['No record of one folder has its like in the other.'];
  const left = unmatched.flatMap(({ name, why }) => hanging(`${name}: ${why}`, options.columns));
  const alone = left.length === 0 ? [] : ['', paint.strong('not compared'), ...left];
  return `${[...parts.flat(), ...none, ...alone].join('\n')}\n`;
}

function reportLines(report: DiffReport, options: DiffTextOptions, paint: Paint): string[] {
  const { columns } = options;
  return [
    ...sideLines('A', report, columns, paint),
    ...sideLines('B', report, columns, paint),
    '',
    ...headlineLines(headline(report), columns, paint),
    ...verdictLines(report, columns, paint),
    ...comparableLines(report, columns, paint),
    ...knobLines(report, options, paint),
    ...otherLines(report, options, paint),
    ...metricLines(report, columns, paint),
    ...diffRecallLines(report.recall, columns, paint),
    ...queryLines(report, options, paint),
  ];
}

/** What is the same of both is said once, under B. */
function sideLines(label: 'A' | 'B', { a, b }: DiffReport, columns: number, paint: Paint): string[] {
  const side = label === 'A' ? a : b;
  const isSaidBelow = label === 'A' && subjectText(a) === subjectText(b);
  const subject = isSaidBelow ? '' : subjectText(side);
  return [
    `${paint.strong(label)}  ${clip(sideText(side), columns - 3)}`,
    ...[aboutText(side), subject, ...side.notes]
      .filter((text) => text !== '')
      .flatMap((text) => wrap(printable(text), columns - 3))
      .map((line) => `   ${paint.faint(line)}`),
  ];
}

function headlineLines({ tone, title, text }: Headline, columns: number, paint: Paint): string[] {
  const [first = '', ...more] = wrap(text, Math.max(20, columns - title.length - 2));
  const margin = ' '.repeat(title.length + 2);
  return [`${paint[tone](paint.strong(title))}  ${first}`, ...more.map((line) => `${margin}${line}`)];
}

function verdictLines(report: DiffReport, columns: number, paint: Paint): string[] {
  const { paired } = report;
  const guards = (paired?.guards ?? []).filter(({ state }) => state !== 'passed');
  const passed = (paired?.guards ?? []).length - guards.length;
  return [
    ...(paired === null ? [] : hanging(restsOn(paired), columns)),
    ...hanging(judgedText(report), columns),
    ...(passed === 0 ? [] : [`  ${plural(passed, 'guard')} passed`]),
    ...guards.flatMap(({ name, state, text }) => hanging(`guard ${name} ${state}: ${text}`, columns)),
    ...hanging(hintText(report), columns).map(paint.faint),
  ];
}

function comparableLines(report: DiffReport, columns: number, paint: Paint): string[] {
  const { a, b, comparable, labels } = report;
  if (a.row === null || b.row === null) return [];
  return [
    ...heading('comparable', paint),
    ...hanging(comparableText(report), columns),
    ...comparable.differences.flatMap(({ text }) => hanging(text, columns)),
    ...labels.flatMap((label) => hanging(label, columns)),
  ];
}

function otherLines({ others }: DiffReport, options: DiffTextOptions, paint: Paint): string[] {
  if (others === null) return [];
  const head = heading('what else changed, the likeliest to move a number first', paint);
  const { changes, from } = others;
  const shown = options.all ? changes : changes.slice(0, mostChanges);
  const left = changes.length - shown.length;
  return [
    ...head,
    ...(from === 'rows' ? ['  by the rows alone: one of them has no snapshot here'] : []),
    ...(changes.length === 0 ? ['  nothing that could'] : []),
    ...shown.flatMap(({ title, text }) => hanging(`${title}: ${text}`, options.columns)),
    ...(left === 0 ? [] : [`  and ${left} more: --all shows them`]),
  ];
}

function metricLines(report: DiffReport, columns: number, paint: Paint): string[] {
  const lines = shownMetrics(report.metrics);
  if (lines.length === 0) return [];
  const isPaired = report.paired !== null;
  const table = drawTable(
    [
      { head: 'metric', align: 'left', cells: lines.map(directedLabel) },
      { head: 'A', align: 'right', cells: lines.map(({ metric, a }) => valueText(metric, a)), drop: 2 },
      { head: 'B', align: 'right', cells: lines.map(({ metric, b }) => valueText(metric, b)), drop: 2 },
      {
        head: 'Δ %',
        align: 'right',
        cells: lines.map(({ change }) => (change === null ? '-' : pctText(change.pct))),
      },
      ...(isPaired
        ? [
            {
              head: '95 % interval',
              align: 'right' as const,
              cells: lines.map(({ change }) => (change === null ? '' : intervalText(change))),
            },
            {
              head: 'floor',
              align: 'right' as const,
              cells: lines.map(({ floorPct }) =>
                floorPct === null ? '' : pctText(floorPct).replace('+', ''),
              ),
              drop: 3,
            },
          ]
        : []),
      { head: '', align: 'left', cells: lines.map(({ judgement }) => paintJudgement(judgement, paint)) },
    ],
    columns - 2,
    paint.faint,
  );
  const note = isPaired
    ? '↑ higher is better, ↓ lower. Within noise: the pairs cannot tell it from none.'
    : '↑ higher is better, ↓ lower.';
  return [
    ...heading('numbers', paint),
    ...table.map((line) => `  ${line}`.trimEnd()),
    ...hanging(cellsText(report), columns),
    ...hanging(note, columns).map(paint.faint),
  ];
}

function paintJudgement(judgement: string, paint: Paint): string {
  if (judgement === 'better') return paint.good(judgement);
  return judgement === 'worse' ? paint.bad(judgement) : paint.faint(judgement);
}
