import { plural, significant } from '../units.ts';
import type { RecallDifference } from '../verdict/recall-compare.ts';
import type { Inversion, SweepResult, TimeDifference } from '../verdict/sweep.ts';
import { plainPct } from './diff-words.ts';
import { metricLabel } from './metric-table.ts';
import { percent, timeText } from './sweep-words.ts';
import { printable } from './text.ts';

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

/** A host that drifts from cell to cell makes equal arms differ. */
const notInTurn =
  'The launches of a cell ran one after another, so a drift of the machine between cells is in these differences: pairs, launched in turn, decide (bench run B --against A).';

/** Times that differ, a sentence for every two arms: `b has a better TTFT than a: at 8k by 12.3 % [8.1, 16.7], p 0.003`. */
export function timesFound({ timeDifferences }: Pick<SweepResult, 'timeDifferences'>): string[] {
  const found = new Map<string, string[]>();
  for (const one of timeDifferences.filter(({ state }) => state === 'differ')) {
    const { a, b, context, metric, effectPct } = one;
    const order = `${b} has a ${effectPct < 0 ? 'worse' : 'better'} ${metricLabel(metric)} than ${a}`;
    found.set(order, [...(found.get(order) ?? []), `at ${context} by ${effectText(one)}`]);
  }
  const told = [...found].map(([order, effects]) => printable(`${order}: ${effects.join('; ')}`));
  return told.length === 0 ? [] : [...told, notInTurn];
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

function pText(p: number): string {
  return p < 0.0001 ? 'p < 0.0001' : `p ${significant(p, 2)}`;
}

function ofAll(count: number, all: number, noun: string): string {
  return `${count} of ${plural(all, noun)}`;
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}
