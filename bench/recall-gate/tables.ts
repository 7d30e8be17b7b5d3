import type { Outcome, Plan } from './simulate.ts';

/** The largest share over all parents and noises: a row for each plan, a column for each rule. */
export function worstTable(outcomes: readonly Outcome[], share: 'pass' | 'fail'): string {
  return planTable(outcomes, (cells) => percent(Math.max(...cells.map((one) => one[share]))));
}

/** What passed, what failed, and the items of each context that it took, in the mean; one world. */
export function powerTable(outcomes: readonly Outcome[]): string {
  return planTable(outcomes, ([one]) =>
    one === undefined ? '' : `${percent(one.pass)} / ${percent(one.fail)} (${Math.round(one.meanN)})`,
  );
}

/** 0.0123 -> `1.2 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

/** A plan as tables call it. */
export function planName({ contexts, n }: Plan): string {
  return `${contexts} x ${n}`;
}

function planTable(outcomes: readonly Outcome[], cell: (cells: readonly Outcome[]) => string): string {
  const rules = [...new Set(outcomes.map(({ rule }) => rule))];
  const plans = [...new Set(outcomes.map(planName))];
  const rows = plans.map((plan) => [
    plan,
    ...rules.map((rule) => cell(outcomes.filter((one) => planName(one) === plan && one.rule === rule))),
  ]);
  const lines = [['contexts x n', ...rules], ['---', ...rules.map(() => '---:')], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
