import type { DiffReport, DiffResult } from '../diff.ts';
import type { DiffSide } from '../diff-archive.ts';
import { plural } from '../units.ts';
import { comparableText, headline, hintText, judgedText, restsOn } from './diff-headline.ts';
import { countsText, movedQueries, namesText, outputLines, spreadText } from './diff-queries.ts';
import { recallCells, recallHead } from './diff-recall-lines.ts';
import {
  aboutText,
  cellsText,
  directedLabel,
  intervalText,
  knobText,
  knobValue,
  pctText,
  shownMetrics,
  sideText,
  stepText,
  subjectText,
  valueText,
} from './diff-words.ts';
import { code, details, list, safe, table } from './markdown.ts';

/** A comment of a pull request holds 65,536 characters; half of that leaves room for what is around it. */
const mostCharacters = 32_000;
const mostRows = 30;

/** `bench diff --markdown`: fits a comment of a pull request. Ends with a newline. */
export function diffMarkdown({ comparisons, unmatched }: DiffResult): string {
  const texts = comparisons.map((report) => comparisonText(report));
  const kept = texts.filter((_, index) => texts.slice(0, index + 1).join('').length <= mostCharacters);
  const left = texts.length - kept.length;
  const parts = [
    ...kept,
    ...(left === 0 ? [] : [`${plural(left, 'comparison')} more did not fit; \`--json\` has all.\n`]),
    ...(unmatched.length === 0
      ? []
      : [
          details(
            'not compared',
            unmatched.slice(0, mostRows).map(({ name, why }) => `- ${code(name)}: ${safe(why)}`),
          ),
        ]),
  ];
  return parts.length === 0 ? 'Nothing to compare.\n' : parts.join('\n');
}

function comparisonText(report: DiffReport): string {
  const { a, b, paired } = report;
  const { title, text } = headline(report);
  const said = paired === null ? [hintText(report)] : [`${restsOn(paired)}. ${judgedText(report)}`];
  return [
    `### ${safe(a.name)} → ${safe(b.name)}`,
    '',
    `**${title}** ${safe(text)}`,
    ...said.filter((line) => line !== '').flatMap((line) => ['', safe(line)]),
    ...guardLines(report),
    ...metricTable(report),
    ...(cellsText(report) === '' ? [] : ['', safe(cellsText(report))]),
    ...knobTable(report),
    ...recallTable(report),
    ...pathTable(report),
    '',
    ...moreDetails(report),
  ].join('\n');
}

function guardLines({ paired }: DiffReport): string[] {
  const guards = paired?.guards ?? [];
  if (guards.length === 0) return [];
  return ['', ...guards.map(({ name, state, text }) => `- guard ${code(name)} ${state}: ${safe(text)}`)];
}

function metricTable(report: DiffReport): string[] {
  const lines = shownMetrics(report.metrics);
  if (lines.length === 0) return [];
  const isPaired = report.paired !== null;
  const rows = lines.map((line) => {
    const { metric, a, b, change, floorPct, judgement } = line;
    const floor = floorPct === null ? '' : pctText(floorPct).replace('+', '');
    return [
      directedLabel(line),
      valueText(metric, a),
      valueText(metric, b),
      change === null ? '-' : pctText(change.pct),
      ...(isPaired ? [change === null ? '' : intervalText(change), floor] : []),
      judgement,
    ];
  });
  const paired = isPaired ? ['95 % interval', 'floor'] : [];
  return [
    '',
    ...table(['metric', 'A', 'B', 'Δ %', ...paired, ''], rows, [1, 2, 3, 4, 5].slice(0, 3 + paired.length)),
  ];
}

function knobTable({ knobs }: DiffReport): string[] {
  if (knobs === null) return ['', 'Knobs: not known, an experiment is not recorded.'];
  if (knobs.length === 0) return ['', 'Knobs: none differs.'];
  const leaves = knobs.flatMap(({ leaves: members }) => members);
  const rows = leaves.map(({ name, before, after }) => [
    code(name),
    code(knobValue(before)),
    code(knobValue(after)),
  ]);
  return ['', ...table(['knob', 'A', 'B'], rows, [])];
}

function recallTable({ recall }: DiffReport): string[] {
  return recall === null ? [] : ['', ...table(recallHead, recallCells(recall), [1, 2, 3, 4])];
}

function pathTable({ path }: DiffReport): string[] {
  if (path === null || path.length < 2) return [];
  const rows = path
    .slice(-mostRows)
    .map(({ to, knobs, description, measured, status }) => [
      safe(to),
      knobs === null ? safe(description ?? '') : knobs.map(knobText).map(code).join(', '),
      stepText(measured),
      status ?? '',
    ]);
  return ['', ...table(['step', 'change', 'measured', 'status'], rows, [])];
}

function moreDetails(report: DiffReport): string[] {
  const { a, b, comparable, labels, others, queries, outputs } = report;
  const told = [comparableText(report), ...comparable.differences.map(({ text }) => text), ...labels];
  const changes = others?.changes ?? [];
  const moved = queries === null ? null : movedQueries(queries);
  const queryTexts =
    queries === null || moved === null
      ? []
      : [
          countsText(queries),
          spreadText(queries),
          moved.better.length === 0 ? '' : `better: ${namesText(moved.better)}`,
          moved.worse.length === 0 ? '' : `worse: ${namesText(moved.worse)}`,
        ];
  const answers = outputs === null ? [] : outputLines(outputs, false);
  return [
    details('runs', [...sideList('A', a), ...sideList('B', b)]),
    ...(a.row === null || b.row === null ? [] : [details('comparable', list(told))]),
    ...(changes.length === 0
      ? []
      : [
          details(
            `what else changed (${changes.length})`,
            list(changes.slice(0, mostRows).map(({ title, text }) => `${title}: ${text}`)),
          ),
        ]),
    ...(queryTexts.length + answers.length === 0
      ? []
      : [details('queries', list([...queryTexts, ...answers].filter((text) => text !== '')))]),
  ];
}

function sideList(label: string, side: DiffSide): string[] {
  return [
    `- ${label}: ${safe(sideText(side))}`,
    ...[aboutText(side), subjectText(side), ...side.notes]
      .filter((text) => text !== '')
      .map((text) => `  - ${safe(text)}`),
  ];
}
