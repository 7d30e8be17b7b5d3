/** `npm run bench:recall-gate`: how often the recall gate, and simpler rules, pass a loss and fail none; simulated. */
import { parseArgs } from 'node:util';
import { recallChance, recallThresholds } from '../../src/verdict/recall-rule.ts';
import { type Outcome, type Parent, type Plan, simulate } from './simulate.ts';
import { falsePass } from './size.ts';
import { percent, planName, powerTable, worstTable } from './tables.ts';

const marginPt = 5;
const batch = 50;
/** Both kinds of error that are still right, as a share. */
const mostErrors = 0.05;
const plans: readonly Plan[] = [1, 2, 3, 4].flatMap((contexts) =>
  [50, 100, 200].map((n) => ({ contexts, n })),
);
const uniform = (share: number): Parent => [String(share), [share, share, share, share]];
/** From just above the floor, where who is lucky gets in, to nearly perfect; and one that falls with the length. */
const parents: readonly Parent[] = [
  ...[0.22, 0.26, 0.3, 0.6, 0.9, 0.98].map(uniform),
  ['falling', [0.95, 0.8, 0.5, 0.25]],
];
/** Shares of items that change by chance, each way. Failing is promised up to 5 %, passing up to 10 %. */
const noises = [0, 0.02, 0.05, 0.1];
const mostNoiseToFail = 0.05;
/** The world in which power is shown. */
const usual = { parent: uniform(0.9), noise: 0.02, dropsPt: [0, 10, 15] };

process.exitCode = main();

function main(): number {
  const { values } = parseArgs({
    options: {
      campaigns: { type: 'string', default: '20000' },
      json: { type: 'boolean', default: false },
    },
  });
  const size = Number(values.campaigns);
  if (!Number.isInteger(size) || size < 100) {
    process.stderr.write('usage: npm run bench:recall-gate -- [--campaigns 20000] [--json]\n');
    return 2;
  }
  const outcomes = plans.flatMap((plan) => {
    process.stderr.write(`${planName(plan)}\n`);
    return worlds(plan, size);
  });
  const exact = exactSizes();
  const missed = goalsMissed(outcomes, exact);
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ campaigns: size, outcomes, exact, missed })}\n`
      : text(outcomes, exact, size, missed),
  );
  return missed.length === 0 ? 0 : 1;
}

function worlds(plan: Plan, size: number): Outcome[] {
  const rule = { marginPt, n: plan.n, batch, chance: recallChance('qa1') };
  const at = (parent: Parent, dropPt: number, noise: number): Outcome[] =>
    simulate(plan, parent, dropPt, noise, rule, size);
  return [
    ...parents.flatMap((parent) =>
      [0, marginPt].flatMap((dropPt) => noises.flatMap((noise) => at(parent, dropPt, noise))),
    ),
    ...usual.dropsPt
      .filter((dropPt) => dropPt > 0)
      .flatMap((dropPt) => at(usual.parent, dropPt, usual.noise)),
  ];
}

/** The worst that the looks of a plan may pass together, by exact sums; `looks` of them. */
interface ExactSize {
  readonly looks: number;
  readonly most: number;
  readonly n: number;
  readonly marginPt: number;
  readonly noise: number;
}

/** Over items of one look (50 to 400; all to 160, then every 10th), margins and noises; times the number of looks. */
function exactSizes(): ExactSize[] {
  const items = Array.from({ length: 351 }, (_, index) => 50 + index).filter((n) => n <= 160 || n % 10 === 0);
  return [1, 2, 4].map((looks) => {
    const { boundConfidence } = recallThresholds({ n: looks * batch, batch }, 1);
    const all = [2, 3, 5, 10, 15].flatMap((margin) =>
      noises.flatMap((noise) =>
        items.map((n) => {
          const most = looks * falsePass(n, margin / 100, noise, boundConfidence);
          return { looks, most, n, marginPt: margin, noise };
        }),
      ),
    );
    return all.reduce((worst, one) => (one.most > worst.most ? one : worst));
  });
}

function falsePasses(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.filter(({ dropPt }) => dropPt === marginPt);
}

function falseFails(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.filter(({ dropPt, noise }) => dropPt === 0 && noise <= mostNoiseToFail);
}

function goalsMissed(outcomes: readonly Outcome[], exact: readonly ExactSize[]): string[] {
  const ours = outcomes.filter(({ rule }) => rule === 'bench');
  const said = (one: Outcome, what: string): string =>
    `${planName(one)}, parent ${one.parent}, noise ${one.noise}: ${what}`;
  return [
    ...falsePasses(ours)
      .filter(({ pass }) => pass > mostErrors)
      .map((one) => said(one, `${percent(one.pass)} false passes`)),
    ...falseFails(ours)
      .filter(({ fail }) => fail > mostErrors)
      .map((one) => said(one, `${percent(one.fail)} false fails`)),
    ...exact.filter(({ most }) => most > mostErrors).map((one) => `exact: ${JSON.stringify(one)}`),
  ];
}

function text(
  outcomes: readonly Outcome[],
  exact: readonly ExactSize[],
  size: number,
  missed: readonly string[],
): string {
  const shown = (dropPt: number): string =>
    powerTable(
      outcomes.filter(
        (one) => one.dropPt === dropPt && one.parent === usual.parent[0] && one.noise === usual.noise,
      ),
    );
  const [at0, at10, at15] = usual.dropsPt.map(shown);
  return [
    `Margin ${marginPt} points, ${size} campaigns a cell, noise ${noises.join(', ')}, parents ${parents.map(([name]) => name).join(', ')}.`,
    'False passes, the child loses the margin; worst over parents and noises:',
    worstTable(falsePasses(outcomes), 'pass'),
    `False fails, the child loses nothing; worst over parents, and noises to ${mostNoiseToFail}:`,
    worstTable(falseFails(outcomes), 'fail'),
    'Passed / failed (items of each context), nothing lost, parent 0.9, noise 0.02:',
    at0,
    '10 points lost:',
    at10,
    '15 points lost:',
    at15,
    'False passes of the bound alone, summed exactly, at the worst number of items, margin and noise:',
    ...exact.map(
      (one) =>
        `${one.looks} looks: ${percent(one.most)} (${one.n} items, ${one.marginPt} points, noise ${one.noise})`,
    ),
    missed.length === 0 ? 'Goals: met.\n' : `Goals missed:\n${missed.join('\n')}\n`,
  ].join('\n\n');
}
