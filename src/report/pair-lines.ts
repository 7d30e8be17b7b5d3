import { formatDuration, nothing, plural, significant } from '../units.ts';
import type { Comparison, GuardResult, PairResult } from '../verdict/comparison.ts';
import { recallJudgedLines } from './recall-judged-lines.ts';
import type { Paint, ReportOptions } from './style.ts';
import { paintWith } from './style.ts';
import { drawTable } from './table.ts';
import { labelled, printable, wrap } from './text.ts';
import { bounds, signed } from './verdict-sentence.ts';

/** Where a run stands after a pair, for its line on the live screen. */
export interface PairStanding {
  readonly pair: PairResult;
  /** Of the judged metric, %; null where the pair does not count or has no value. */
  readonly effectPct: number | null;
  readonly meanPct: number | null;
  readonly lowerPct: number | null;
  readonly upperPct: number | null;
  readonly eValue: number | null;
  /** `going-on`, `better`, `worse` ... */
  readonly kind: string;
  /** While going on: what is known so far (`open`, `better, but ttft_ms is open`); empty: nothing to say. */
  readonly soFar?: string;
  readonly left: { readonly pairs: number; readonly ms: number };
}

/** Largest E that its column holds; beyond it the digits mean nothing. */
const largestE = 999_999;

/** The head over the lines of {@link pairLine}. */
export const pairHead = cellsOf(['pair', 'effect %', 'mean %', 'interval', 'E', 'so far']);

/** One pair on the live screen: its effect, the running mean and interval, E, the verdict so far and what is left. */
export function pairLine(standing: PairStanding): string {
  const { pair, effectPct, meanPct, eValue, kind, left, soFar = '' } = standing;
  if (pair.invalid !== null)
    return `${String(pair.pair).padStart(4)}  does not count (${pair.invalid.code}): ${printable(pair.invalid.text)}`;
  return cellsOf([
    String(pair.pair),
    effectPct === null ? '-' : signed(effectPct),
    meanPct === null ? '-' : signed(meanPct),
    bounds(standing),
    eValue === null ? '-' : significant(Math.min(eValue, largestE), 2),
    kind === 'going-on' ? [soFar, remaining(left)].filter((part) => part !== '').join(', ') : kind,
  ]);
}

/** Cells of the live lines, each as wide as its column. */
function cellsOf([number, effect, mean, interval, e, soFar]: [
  string,
  string,
  string,
  string,
  string,
  string,
]): string {
  const cells = [
    number.padStart(4),
    effect.padStart(8),
    mean.padStart(9),
    interval.padEnd(15),
    e.padStart(6),
    soFar,
  ];
  return cells.join('  ');
}

function remaining({ pairs, ms }: PairStanding['left']): string {
  if (pairs === 0) return 'no pair is left';
  const time = Number.isFinite(ms) ? `, ${formatDuration(ms)}` : '';
  return `${plural(pairs, 'pair')} left${time}`;
}

/** The part of a screen that tells of the pairs: sentence, guards and metrics, knobs, outputs. */
export function comparisonLines(comparison: Comparison, options: ReportOptions): string[] {
  const paint = paintWith(options.color);
  const { columns } = options;
  return [
    '',
    ...wrap(printable(comparison.sentence), columns).map(paint.strong),
    '',
    ...labelled('against', against(comparison), columns),
    ...labelled('knobs', knobsText(comparison), columns),
    ...labelled('noise', noiseText(comparison), columns),
    ...labelled('outputs', outputsText(comparison), columns),
    ...dropped(comparison, columns),
    '',
    ...evidenceTable(comparison, columns - 2, paint).map((line) => `  ${line}`.trimEnd()),
    ...recallJudgedLines(comparison.recall, options),
  ];
}

function against({ baseline, pairs, metric, candidate }: Comparison): string {
  const counted = pairs.filter(({ invalid }) => invalid === null).length;
  const value = (one: number | null): string => (one === null ? nothing : significant(one, 4));
  return `${baseline.config}: ${value(baseline.value)} -> ${value(candidate.value)} ${metric}, ${plural(counted, 'pair')} of launches, A B B A`;
}

function knobsText({ knobs, addedDeviations, rentPct }: Comparison): string {
  if (knobs.length === 0) return 'none differs';
  const changes = knobs.map(
    ({ name, before, after }) =>
      `${printable(name)} ${printable(before ?? 'none')} -> ${printable(after ?? 'none')}`,
  );
  const rent =
    addedDeviations > 0
      ? `; must bring more than ${significant(rentPct, 2)} %`
      : addedDeviations < 0
        ? `; may cost ${significant(-rentPct, 2)} %`
        : '';
  return `${changes.join(', ')}${rent}`;
}

function noiseText({
  floorPct,
  floorFrom,
  mdePct,
  maxPairs,
  calibration,
  calibrationDropped,
}: Comparison): string {
  const floor = floorPct === null ? 'floor not known' : `floor ${significant(floorPct, 2)} %`;
  const found =
    mdePct === null ? '' : `, ${plural(maxPairs, 'pair')} find ${significant(mdePct, 2)} % in 8 of 10 runs`;
  const from =
    floorFrom === 'calibration'
      ? `, from ${calibration}`
      : calibrationDropped !== null
        ? `; the calibration does not count: ${calibrationDropped}`
        : '; not calibrated: `bench calibrate` makes later verdicts cheaper';
  return `${floor}${found}${from}`;
}

function outputsText({ outputs }: Comparison): string {
  const { compared, same, diverged, repetition, unstable } = outputs;
  if (compared === 0) return '';
  const places = diverged.flatMap(({ query, atChar }) =>
    atChar === null ? [] : [`${printable(query)} at character ${atChar}`],
  );
  const shown =
    places.length === 0
      ? ''
      : ` (they part: ${places.slice(0, 3).join(', ')}${places.length > 3 ? ' ...' : ''})`;
  const repeated =
    repetition.baseline === null || repetition.candidate === null
      ? ''
      : `; repetition ${percent(repetition.baseline)} -> ${percent(repetition.candidate)}`;
  const varying = unstable.length === 0 ? '' : `; the baseline itself varies in ${unstable.length}`;
  return `${same} of ${compared} queries answered as the baseline did${shown}${repeated}${varying}`;
}

function percent(share: number): string {
  return `${significant(100 * share, 2)} %`;
}

function dropped({ pairs }: Comparison, columns: number): string[] {
  const invalid = pairs.flatMap(({ pair, invalid: why }) =>
    why === null ? [] : [`pair ${pair}: ${why.text}`],
  );
  const failed = [...new Set(pairs.flatMap((pair) => (pair.invalid === null ? pair.failed : [])))];
  return [
    ...invalid.flatMap((text) => labelled('dropped', printable(text), columns)),
    ...labelled(
      'left out',
      failed.length === 0 ? '' : `queries that failed in an arm: ${printable(failed.join(', '))}`,
      columns,
    ),
  ];
}

function evidenceTable({ evidence, guards, metric }: Comparison, width: number, paint: Paint): string[] {
  const guardOf = (name: string): GuardResult | undefined => guards.find((guard) => guard.name === name);
  const others = guards.filter(
    ({ name, state }) =>
      !evidence.some((one) => one.metric === name) && !(name === 'outputs' && state === 'reported'),
  );
  const rows = [
    ...evidence.map((one) => [
      one.metric,
      signed(one.effectPct),
      bounds(one),
      String(one.pairs),
      one.metric === metric ? 'judged' : '',
      stateOf(guardOf(one.metric), paint),
    ]),
    ...others.map((guard) => [guard.name, '', '', '', '', stateOf(guard, paint)]),
  ];
  const column = (at: number, head: string, align: 'left' | 'right') => ({
    head,
    align,
    cells: rows.map((row) => row[at] ?? ''),
  });
  return drawTable(
    [
      column(0, 'metric', 'left'),
      column(1, 'effect %', 'right'),
      column(2, 'interval', 'left'),
      { ...column(3, 'pairs', 'right'), drop: 2 },
      { ...column(4, '', 'left'), drop: 1 },
      column(5, 'guard', 'left'),
    ],
    width,
    paint.faint,
  );
}

function stateOf(guard: GuardResult | undefined, paint: Paint): string {
  if (guard === undefined) return '';
  if (guard.state === 'failed') return paint.bad('failed');
  return guard.state === 'undecided' ? paint.warn('undecided') : guard.state;
}
