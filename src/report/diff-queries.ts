import type { DiffReport } from '../diff.ts';
import type { OutputChanges } from '../verdict/output-changes.ts';
import type { QueryMove, QueryMoves } from '../verdict/query-moves.ts';
import { pctText, valueText } from './diff-words.ts';
import { metricLabel } from './metric-table.ts';
import { histogramOf, sparkline } from './sparkline.ts';
import type { Paint, ReportOptions } from './style.ts';
import { drawTable } from './table.ts';
import { hanging, printable } from './text.ts';

const bins = 12;
const mostNamed = 3;
const mostChanged = 5;

/** The queries that moved most, and the answers that changed; no line where nothing is known of either. */
export function queryLines(
  report: DiffReport,
  options: ReportOptions & { readonly all: boolean },
  paint: Paint,
): string[] {
  const { queries, outputs, paired } = report;
  const { columns, all } = options;
  const mark = paired === null ? ', unpaired' : '';
  const told = queries === null ? [] : movesLines(queries, options, paint);
  const answers = outputs === null ? [] : outputLines(outputs, all).flatMap((line) => hanging(line, columns));
  if (told.length + answers.length === 0) return [];
  const name = queries === null ? '' : ` by ${metricLabel(queries.metric)}`;
  return ['', paint.strong(`queries${name}${mark}`), ...told, ...answers];
}

/** `41 better, 6 within 1 %, 3 worse`. */
export function countsText({ better, same, worse, leastPct }: QueryMoves): string {
  return `${better} better, ${same} within ${leastPct} %, ${worse} worse`;
}

/** `-8.0 % ▁▁▂▃▅█▇▅▃▂▁ +41.0 %`: how many queries moved how far, worse on the left; empty where there is but one. */
export function spreadText({ moves }: QueryMoves): string {
  const histogram = histogramOf(
    moves.map(({ effectPct }) => effectPct),
    bins,
  );
  const [best, worst] = [moves[0], moves.at(-1)];
  if (histogram === null || histogram.counts.length < 2 || best === undefined || worst === undefined)
    return '';
  return `${pctText(worst.changePct)} % ${sparkline(histogram.counts)} ${pctText(best.changePct)} %`;
}

/** The first of the moved queries by name with their change: `q17 +6.1 %, q03 +2.2 %`. */
export function namesText(moves: readonly QueryMove[], most = mostNamed): string {
  const left = moves.length - most;
  const named = moves
    .slice(0, most)
    .map(({ query, changePct }) => `${printable(query)} ${pctText(changePct)} %`);
  return `${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

/** Those that moved by more than the least, the most first. */
export function movedQueries({ moves, leastPct }: QueryMoves): {
  readonly better: readonly QueryMove[];
  readonly worse: readonly QueryMove[];
} {
  return {
    better: moves.filter(({ effectPct }) => effectPct > leastPct),
    worse: moves.filter(({ effectPct }) => effectPct < -leastPct).toReversed(),
  };
}

/** How many answers changed and which, a sentence each. */
export function outputLines({ compared, changed, unstable }: OutputChanges, all: boolean): string[] {
  const most = all ? changed.length : mostChanged;
  const named = changed.slice(0, most).map(({ query, atChar }) => {
    return `${printable(query)}${atChar === null ? '' : ` from character ${atChar}`}`;
  });
  const left = changed.length - named.length;
  const which = named.length === 0 ? '' : `: ${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
  return [
    `outputs: ${compared - changed.length} of ${compared} the same, ${changed.length} changed${which}`,
    ...(unstable.length === 0 ? [] : [`not stable within one side: ${unstable.map(printable).join(', ')}`]),
  ];
}

function movesLines(
  queries: QueryMoves,
  { columns, all }: ReportOptions & { readonly all: boolean },
  paint: Paint,
): string[] {
  const { better, worse } = movedQueries(queries);
  const spread = spreadText(queries);
  return [
    ...hanging(countsText(queries), columns),
    ...(spread === '' ? [] : [`  ${spread}`]),
    ...(better.length === 0 || all ? [] : hanging(`better: ${namesText(better)}`, columns)),
    ...(worse.length === 0 || all ? [] : hanging(`worse: ${namesText(worse)}`, columns)),
    ...onlyLine('A', queries.onlyA, columns),
    ...onlyLine('B', queries.onlyB, columns),
    ...(all ? moveTable(queries, columns, paint) : []),
  ];
}

function onlyLine(side: string, names: readonly string[], columns: number): string[] {
  return names.length === 0
    ? []
    : hanging(`only ${side} answered ${names.map(printable).join(', ')}`, columns);
}

function moveTable({ moves, metric }: QueryMoves, columns: number, paint: Paint): string[] {
  const table = drawTable(
    [
      { head: 'query', align: 'left', cells: moves.map(({ query }) => printable(query)), least: 12 },
      { head: 'A', align: 'right', cells: moves.map(({ a }) => valueText(metric, a)) },
      { head: 'B', align: 'right', cells: moves.map(({ b }) => valueText(metric, b)) },
      { head: 'Δ %', align: 'right', cells: moves.map(({ changePct }) => pctText(changePct)) },
    ],
    columns - 2,
    paint.faint,
  );
  return table.map((line) => `  ${line}`);
}
