import type { MdeOutcome, Outcome } from './simulate.ts';

/** What each rule kept, a table for each launch SD: A/A worlds first, then gains. */
export function keepTables(outcomes: readonly Outcome[]): string {
  return each(outcomes, ({ launchSd }) => launchSd)
    .map((of) => {
      const shown = of.filter(({ effect }) => effect >= 0);
      const rows = each(shown, ({ rule }) => rule).map((cells) => [
        cells[0]?.rule ?? '',
        ...cells.map(({ better, meanLaunches }) => cell(better, meanLaunches)),
      ]);
      const head = firstOf(shown).map(({ growth, effect }) => worldName(growth, effect, 'effect'));
      return `Launch SD ${percent(of[0]?.launchSd ?? 0)}:\n\n${table(['rule', ...head], rows)}`;
    })
    .join('\n\n');
}

/** What some rules called worse: A/A worlds first, then losses, then the smallest gain. */
export function worseTable(outcomes: readonly Outcome[], rules: readonly string[]): string {
  const shown = outcomes.filter(({ rule, effect }) => rules.includes(rule) && effect <= 1);
  const order = ({ effect }: Outcome): number => (effect <= 0 ? -effect : Number.POSITIVE_INFINITY);
  const rows = each(shown, ({ rule, launchSd }) => `${launchSd} ${rule}`).map((cells) => [
    percent(cells[0]?.launchSd ?? 0),
    cells[0]?.rule ?? '',
    ...sorted(cells, order).map(({ worse, meanLaunches }) => cell(worse, meanLaunches)),
  ]);
  const head = sorted(firstOf(shown), order).map(({ growth, effect }) =>
    worldName(growth, Math.abs(effect), effect < 0 ? 'loss' : 'gain'),
  );
  return table(['launch SD', 'rule', ...head], rows);
}

/** Power at the stated MDE: a row for each launch SD with and without a calibration, a column for each number of pairs. */
export function mdeTable(outcomes: readonly MdeOutcome[]): string {
  const groups = each(outcomes, ({ launchSd, isCalibrated }) => `${launchSd} ${isCalibrated}`);
  const rows = groups.map((cells) => [
    percent(cells[0]?.launchSd ?? 0),
    cells[0]?.isCalibrated ? 'bench, calibrated' : 'bench, not calibrated',
    ...cells.map((one) => `${cell(one.better, one.meanLaunches)} of ${one.meanMdePct.toFixed(1)} %`),
  ]);
  const head = (groups[0] ?? []).map(({ pairs }) => `${pairs} pairs`);
  return table(['launch SD', 'rule', ...head], rows);
}

/** 0.0123 -> `1.23 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

function cell(share: number, meanLaunches: number): string {
  return `${percent(share)} (${meanLaunches.toFixed(1)})`;
}

function worldName(growth: number, effect: number, word: string): string {
  return effect === 0 ? `A/A, noise x ${growth}` : `${word} ${effect} SD`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`);
  return lines.join('').trimEnd();
}

/** The outcomes of the first rule and launch SD: one for each world. */
function firstOf(outcomes: readonly Outcome[]): readonly Outcome[] {
  return each(outcomes, ({ rule, launchSd }) => `${launchSd} ${rule}`)[0] ?? [];
}

/** Groups that share a key, in the order in which keys first occur. */
function each<T>(items: readonly T[], key: (item: T) => string | number): T[][] {
  const groups = new Map<string | number, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}

/** Stable, so that A/A worlds stay in the order of their noise. */
function sorted(outcomes: readonly Outcome[], order: (outcome: Outcome) => number): Outcome[] {
  return [...outcomes].sort((one, other) => order(one) - order(other));
}
