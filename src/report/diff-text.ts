import type { DiffReport, DiffResult } from '../diff.ts';
import type { DiffSide } from '../diff-archive.ts';
import type { PathStep } from '../diff-path.ts';
import { plural } from '../units.ts';
import { queryLines } from './diff-queries.ts';
import {
  comparableText,
  directedLabel,
  type Headline,
  headline,
  hintText,
  intervalText,
  judgedText,
  knobText,
  knobValue,
  pctText,
  restsOn,
  shownMetrics,
  sideText,
  stepText,
  subjectText,
  valueText,
} from './diff-words.ts';
import { type Paint, paintWith, type ReportOptions } from './style.ts';
import { drawTable } from './table.ts';
import { clip, hanging, printable, textWidth, wrap } from './text.ts';

/** How `bench diff` may look. */
export interface DiffTextOptions extends ReportOptions {
  /** Every query, step and difference, however many. */
  readonly all: boolean;
}

const mostSteps = 12;
const mostChanges = 10;
/** Longer ones are told by their beginnings. */
const widestValue = 32;
const widestName = 36;

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
    ...sideLines('A', report.a, columns, paint),
    ...sideLines('B', report.b, columns, paint),
    '',
    ...headlineLines(headline(report), columns, paint),
    ...verdictLines(report, columns, paint),
    ...comparableLines(report, columns, paint),
    ...knobLines(report, options, paint),
    ...pathLines(report, options, paint),
    ...otherLines(report, options, paint),
    ...metricLines(report, columns, paint),
    ...queryLines(report, options, paint),
  ];
}

function sideLines(label: string, side: DiffSide, columns: number, paint: Paint): string[] {
  const about = printable(side.row?.description ?? '');
  return [
    `${paint.strong(label)}  ${clip(sideText(side), columns - 3)}`,
    ...[about, subjectText(side), ...side.notes]
      .filter((text) => text !== '')
      .flatMap((text) => wrap(text, columns - 3))
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

function knobLines({ knobs, path }: DiffReport, options: DiffTextOptions, paint: Paint): string[] {
  const head = heading('knobs', paint);
  if (knobs === null) return [...head, '  An experiment is not recorded, and git has lost its file.'];
  if (knobs.length === 0) return [...head, '  none: the engine is given the same'];
  const leaves = knobs.flatMap(({ name, leaves: members }) =>
    members.map((leaf) => ({ ...leaf, group: leaf.name === name ? '' : ` (${name})` })),
  );
  const value = (text: string | null): string =>
    options.all ? knobValue(text) : clip(knobValue(text), widestValue);
  const width = Math.min(widestName, Math.max(...leaves.map(({ name }) => textWidth(name))));
  const direct = path === null || path.length < 2 ? [] : ['  by these steps:'];
  const lines = leaves.flatMap(({ name, before, after, group }) =>
    beside(printable(name).padEnd(width), `${value(before)} -> ${value(after)}${group}`, options.columns),
  );
  return [...head, ...lines, ...direct];
}

/** A name and what is said of it; on a line of its own where the name is long. */
function beside(name: string, text: string, columns: number): string[] {
  const margin = textWidth(name) + 4;
  if (margin > columns / 2) return [`  ${name}`, ...hanging(text, columns - 4).map((line) => `    ${line}`)];
  return wrap(text, columns - margin).map(
    (line, index) => `${index === 0 ? `  ${name}  ` : ' '.repeat(margin)}${line}`,
  );
}

function pathLines({ path, a, paired }: DiffReport, options: DiffTextOptions, paint: Paint): string[] {
  // One step that was measured in these pairs says nothing new, nor one that was not measured.
  if (path === null || path.length === 0) return [];
  if (path.length === 1 && (paired !== null || path[0]?.effect === null)) return [];
  const shown = options.all ? path : path.slice(-mostSteps);
  const left = path.length - shown.length;
  return [
    ...heading(`path from ${a.name}`, paint),
    ...(left === 0 ? [] : [`  after ${plural(left, 'earlier step')} (--all)`]),
    ...shown.flatMap((step) => [
      ...beside(step.to, measuredText(step), options.columns),
      ...(path.length === 1
        ? []
        : hanging(changeText(step), options.columns - 4).map((line) => `    ${line}`)),
    ]),
  ];
}

function changeText({ knobs, description }: PathStep): string {
  if (knobs === null) return printable(description ?? 'not known');
  return knobs.length === 0 ? 'nothing that reaches the engine' : knobs.map(knobText).join(', ');
}

/** `+6.1 % [+4.8, +7.4], keep better` */
function measuredText({ effect, status, reason }: PathStep): string {
  const ended = [status ?? '', reason ?? ''].filter((part) => part !== '').join(' ');
  return printable([stepText(effect), ended].filter((part) => part !== '').join(', '));
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
      { head: 'A', align: 'right', cells: lines.map(({ metric, a }) => valueText(metric, a)) },
      { head: 'B', align: 'right', cells: lines.map(({ metric, b }) => valueText(metric, b)) },
      {
        head: 'change %',
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
              drop: 1,
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
    ...hanging(note, columns).map(paint.faint),
  ];
}

function paintJudgement(judgement: string, paint: Paint): string {
  if (judgement === 'better') return paint.good(judgement);
  return judgement === 'worse' ? paint.bad(judgement) : paint.faint(judgement);
}

function heading(text: string, paint: Paint): string[] {
  return ['', paint.strong(text)];
}
