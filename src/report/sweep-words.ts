import { formatMs, nothing, plural, significant } from '../units.ts';
import type { RecallDifference } from '../verdict/recall-compare.ts';
import type { Inversion, SweepCell, SweepMetric, SweepResult, TimeDifference } from '../verdict/sweep.ts';
import { plainPct } from './diff-words.ts';
import { metricLabel } from './metric-table.ts';
import { printable } from './text.ts';

/** The times of a sweep, in the order in which they are shown. */
const timeNames: readonly SweepMetric[] = ['ttft_ms', 'decode_tok_s', 'e2e_ms'];

/** Those of them that a cell has. */
export function timesOf({ cells }: Pick<SweepResult, 'cells'>): readonly SweepMetric[] {
  return timeNames.filter((metric) => cells.some((cell) => timeOf(cell, metric) !== null));
}

/** The mean over the launches of a cell that ended well; null without one. */
export function timeOf(cell: SweepCell | null, metric: SweepMetric): number | null {
  if (cell === null || cell.state !== 'done') return null;
  const values = cell.launchValues[metric];
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The cell of an arm at a context; null: the sweep has none. */
export function cellAt(cells: readonly SweepCell[], arm: string, context: string): SweepCell | null {
  return cells.find((cell) => cell.arm === arm && cell.context === context) ?? null;
}

/** What became of a cell that failed in a word, and the rest of what is known. */
export function failureOf(why: string | null): { readonly word: string; readonly detail: string } {
  const text = printable(why ?? '');
  const known = /^(invalid|host-failure|interrupted|crash)(?::\s*(.*))?$/.exec(text);
  if (known !== null) return { word: known[1] ?? '', detail: known[2] ?? '' };
  return { word: /^[a-z]+(?:-[a-z]+)*(?::\S*)?$/.test(text) ? 'crash' : 'failed', detail: text };
}

/** A cell of the recall matrix in lines, the most telling first: `72 %`, `[58, 83]`, `3 cut`. */
export function recallParts(cell: SweepCell | null): string[] {
  const failure = failureParts(cell);
  if (failure !== null || cell === null) return failure ?? [nothing];
  const { recall } = cell;
  if (recall === null) return [nothing];
  return [
    ...(recall.n === 0
      ? ['none scored']
      : [percent(recall.accuracy), `[${share(recall.lower)}, ${share(recall.upper)}]`]),
    ...(recall.cut === 0 ? [] : [`${recall.cut} cut`]),
    ...(recall.failed === 0 ? [] : [`${recall.failed} failed`]),
  ];
}

/** A cell of a matrix of times in lines: the mean over launches, then from where to where they lie when there are several. */
export function timeParts(cell: SweepCell | null, metric: SweepMetric): string[] {
  const failure = failureParts(cell);
  if (failure !== null || cell === null) return failure ?? [nothing];
  const mean = timeOf(cell, metric);
  if (mean === null) return [nothing];
  const values = cell.launchValues[metric];
  if (values.length < 2) return [timeText(metric, mean)];
  const low = timeText(metric, Math.min(...values));
  const high = timeText(metric, Math.max(...values));
  const [number, unit] = low.split(' ');
  return [timeText(metric, mean), `${high.endsWith(` ${unit}`) ? number : low} … ${high}`];
}

function failureParts(cell: SweepCell | null): string[] | null {
  if (cell === null || cell.state === 'waiting' || cell.state === 'running') return [nothing];
  if (cell.state === 'done') return null;
  const { word, detail } = failureOf(cell.why);
  return [word, ...(detail === '' || / /.test(detail) ? [] : [detail])];
}

/** `decode tok/s, mean of 3 launches` */
export function timeTitle(metric: SweepMetric, { launches }: Pick<SweepResult, 'launches'>): string {
  const name = metric === 'decode_tok_s' ? `${metricLabel(metric)} tok/s` : metricLabel(metric);
  return launches < 2 ? name : `${name}, mean of ${launches} launches`;
}

/** What was asked and what guessing would give. */
export function taskText(result: SweepResult): string {
  const { task, n, scorer, thinking, seed, chance } = result;
  const thought = thinking === 'off' ? '' : `, thinking ${thinking}`;
  return printable(
    `${task}, ${n} items a cell, ${scorer} scorer${thought}, seed ${seed}; guessing gives ${percent(chance)}.`,
  );
}

/** What the items were, where they are not BABILong's own, and what their scores are not. */
export function itemsText({ set }: Pick<SweepResult, 'set'>): string {
  const own = set.deviations.length === 0;
  const differ = own ? '' : ` They differ from BABILong's own: ${set.deviations.join('; ')}.`;
  return printable(
    `Items: ${own ? '' : 'BABILong-style, '}${set.source}.${differ} These are not leaderboard numbers: compare them within this sweep.`,
  );
}

/** `b recalls less than a at 8k: 12 lost, 1 gained of 50, p 0.003` */
export function recallSentence({ a, b, context, n, lost, gained, pHolm }: RecallDifference): string {
  const order = lost > gained ? 'less' : 'more';
  return printable(
    `${b} recalls ${order} than ${a} at ${context}: ${lost} lost, ${gained} gained of ${n}, ${pText(pHolm)}`,
  );
}

/** Recall that differs, a sentence each, the surest first. */
export function recallFound({ recallDifferences }: SweepResult): string[] {
  return recallDifferences
    .filter(({ differ }) => differ)
    .sort((one, other) => one.pHolm - other.pHolm)
    .map(recallSentence);
}

/** Times that differ, a sentence for every two arms: `b has a better TTFT than a: at 8k by 12.3 % [8.1, 16.7], p 0.003`. */
export function timesFound({ timeDifferences }: Pick<SweepResult, 'timeDifferences'>): string[] {
  const found = new Map<string, string[]>();
  for (const one of timeDifferences.filter(({ state }) => state === 'differ')) {
    const { a, b, context, metric, effectPct } = one;
    const order = `${b} has a ${effectPct < 0 ? 'worse' : 'better'} ${metricLabel(metric)} than ${a}`;
    found.set(order, [...(found.get(order) ?? []), `at ${context} by ${effectText(one)}`]);
  }
  return [...found].map(([order, effects]) => printable(`${order}: ${effects.join('; ')}`));
}

function effectText({ effectPct, lowerPct, upperPct, pHolm }: TimeDifference): string {
  const ends = [lowerPct, upperPct].flatMap((end) => (end === null ? [] : [Math.abs(end)]));
  const bounds = ends.sort((one, other) => one - other).map(plainPct);
  return `${plainPct(Math.abs(effectPct))} % [${bounds.join(', ')}], ${pText(pHolm ?? 1)}`;
}

/** What is not known: comparisons that show nothing, and contexts where nobody is above chance. */
export function openSentences(result: SweepResult): string[] {
  const { recallDifferences, timeDifferences, launches } = result;
  const alike = recallDifferences.filter(({ differ }) => !differ).length;
  const noise = timeDifferences.filter(({ state }) => state === 'within-noise').length;
  const unjudged = timeDifferences.filter(({ state }) => state === 'not-judged').length;
  const several = launches < 2 ? 'of one launch each' : 'where an arm has fewer than two launches';
  return [
    ...floorSentences(result),
    ...cutSentences(result),
    ...(alike === 0
      ? []
      : [
          `${ofAll(alike, recallDifferences.length, 'comparison')} of recall ${are(alike)} not shown to differ, which is no evidence that the arms recall alike.`,
        ]),
    ...(noise === 0
      ? []
      : [
          `${ofAll(noise, timeDifferences.length, 'comparison')} of times ${are(noise)} within the noise of launches: not shown to differ, which is no evidence that they are equal.`,
        ]),
    ...(unjudged === 0
      ? []
      : [
          `Times ${several} are not judged: ${launches < 2 ? '`--launches 2` or more.' : plural(unjudged, 'comparison')}`,
        ]),
  ];
}

function floorSentences({ contexts, cells, chance }: SweepResult): string[] {
  return contexts.flatMap((context) => {
    const scored = cells.flatMap((cell) =>
      cell.context === context && cell.recall !== null && cell.recall.n > 0 ? [cell.recall] : [],
    );
    if (scored.length === 0 || scored.some(({ lower }) => lower > chance)) return [];
    return [
      `Floor at ${printable(context)}: no arm's interval lies above guessing (${percent(chance)}), so recall there is no evidence for or against any arm.`,
    ];
  });
}

function cutSentences({ cells }: SweepResult): string[] {
  const cut = cells.reduce((sum, { recall }) => sum + (recall?.cut ?? 0), 0);
  if (cut === 0) return [];
  return [
    `${plural(cut, 'prompt')} reached the model cut (\`cut\`): what it answered to them does not count.`,
  ];
}

/** Each failed cell with all that is known of it. */
export function failures({ cells }: Pick<SweepResult, 'cells'>): string[] {
  return cells
    .filter(({ state }) => state === 'failed')
    .map(({ arm, context, why, row }) =>
      printable(`${arm} at ${context}: ${why ?? 'failed'}${row === null ? '' : ` (iter-${row.iter})`}`),
    );
}

/** `recall at 8k: b was ahead of a, now a is` */
export function inversionTitle({ a, b, context, metric, now }: Inversion): string {
  const isAAhead = metric === 'recall' ? now.a > now.b : now.a < now.b;
  const [ahead, behind] = isAAhead ? [a, b] : [b, a];
  return printable(
    `${metric === 'recall' ? 'recall' : metricLabel(metric)} at ${context}: ${behind} was ahead of ${ahead}, now ${ahead} is`,
  );
}

/** An inversion as a table of then and now: each arm's number with its row, and whether their order is more than noise. */
export function inversionTable(inversion: Inversion): { readonly head: string[]; readonly rows: string[][] } {
  const { a, b, metric, now, earlier } = inversion;
  const sides = [earlier, now];
  const value = (one: number, row: string): string =>
    `${metric === 'recall' ? percent(one) : timeText(metric, one)} (${printable(row)})`;
  const noise = ({ isShown }: Inversion['now']): string =>
    isShown === null ? 'not judged' : isShown ? 'shown to differ' : 'within noise';
  return {
    head: ['', `then (${earlier.at.slice(0, 10)})`, `now (${now.at.slice(0, 10)})`],
    rows: [
      [printable(a), ...sides.map((side) => value(side.a, side.aRow))],
      [printable(b), ...sides.map((side) => value(side.b, side.bRow))],
      ['', ...sides.map(noise)],
    ],
  };
}

/** A share in whole percent. */
export function percent(of: number): string {
  return `${share(of)} %`;
}

function share(of: number): string {
  return (of * 100).toFixed(0);
}

/** A time in its unit; decode is in tok/s, which {@link timeTitle} says. */
export function timeText(metric: SweepMetric, value: number): string {
  return metric === 'decode_tok_s' ? significant(value) : formatMs(value);
}

function pText(p: number): string {
  return p < 0.0001 ? 'p < 0.0001' : `p ${significant(p, 2)}`;
}

function ofAll(count: number, all: number, noun: string): string {
  return `${count} of ${plural(all, noun)}`;
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}
