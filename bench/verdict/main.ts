/** `npm run bench:verdict`: how often each rule keeps what is no better, and finds what is, in simulated campaigns. */
import { parseArgs } from 'node:util';
import { randomStream } from '../../src/workload/random.ts';
import {
  calibrate,
  fixedT,
  launches,
  looksT,
  mannWhitney,
  type Rule,
  sequential,
  type World,
} from './campaign.ts';

/** Pairs a campaign may spend, and A/A pairs of its calibration. */
const mostPairs = 8;
const calibrationPairs = 8;
const launchSds = [0.006, 0.012, 0.03];
/** Growth of the noise since the calibration -> false keeps that are still right, as a share. */
const limits: readonly (readonly [growth: number, most: number])[] = [
  [1, 0.01],
  [1.5, 0.02],
  [2, 0.03],
];
/** Effects in SDs of a pair. */
const effects = [1, 1.5, 2, 3];

const rules: readonly (readonly [name: string, rule: Rule])[] = [
  ['bench, calibrated', sequential(true)],
  ['bench, not calibrated', sequential(false)],
  ['t test, 8 pairs', fixedT],
  ['Mann-Whitney, 8 and 8', mannWhitney],
  ['95 % interval, looked at', looksT],
];

/** One rule in one world. */
interface Outcome {
  readonly rule: string;
  readonly launchSd: number;
  readonly growth: number;
  /** In SDs of a pair. */
  readonly effect: number;
  readonly keptShare: number;
  readonly meanLaunches: number;
}

process.exitCode = main();

function main(): number {
  const { values } = parseArgs({
    options: { campaigns: { type: 'string', default: '20000' }, json: { type: 'boolean', default: false } },
  });
  const campaigns = Number(values.campaigns);
  if (!Number.isInteger(campaigns) || campaigns < 100) {
    process.stderr.write('usage: npm run bench:verdict -- [--campaigns 20000] [--json]\n');
    return 2;
  }
  const outcomes = launchSds.flatMap((launchSd) => {
    process.stderr.write(`launch SD ${percent(launchSd)}\n`);
    const still = limits.flatMap(([growth]) => simulate({ launchSd, growth, effect: 0 }, campaigns));
    const moved = effects.flatMap((effect) => {
      const world = { launchSd, growth: 1, effect: effect * launchSd * Math.SQRT2 };
      return simulate(world, campaigns);
    });
    return [...still, ...moved];
  });
  const failures = missed(outcomes);
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ campaigns, outcomes, failures })}\n`
      : tables(outcomes, campaigns, failures),
  );
  return failures.length === 0 ? 0 : 1;
}

function simulate(world: World, campaigns: number): Outcome[] {
  const random = randomStream(JSON.stringify(world));
  const tally = rules.map(() => ({ kept: 0, pairs: 0 }));
  for (let campaign = 0; campaign < campaigns; campaign += 1) {
    const calibration = calibrate(world, calibrationPairs, random);
    const [baseline, candidate] = launches(world, mostPairs, random);
    for (const [index, [, rule]] of rules.entries()) {
      const { isKept, pairs } = rule(baseline, candidate, calibration);
      const sum = tally[index];
      if (sum === undefined) continue;
      sum.kept += isKept ? 1 : 0;
      sum.pairs += pairs;
    }
  }
  return rules.map(([rule], index) => ({
    rule,
    launchSd: world.launchSd,
    growth: world.growth,
    effect: Number((world.effect / (world.launchSd * Math.SQRT2)).toFixed(3)),
    keptShare: (tally[index]?.kept ?? 0) / campaigns,
    meanLaunches: (2 * (tally[index]?.pairs ?? 0)) / campaigns,
  }));
}

/** Goals that bench's own rules do not meet. */
function missed(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ rule, effect }) => rule.startsWith('bench') && effect === 0)
    .flatMap(({ rule, launchSd, growth, keptShare }) => {
      const most = limits.find(([at]) => at === growth)?.[1] ?? 0;
      return keptShare <= most
        ? []
        : [
            `${rule}, launch SD ${percent(launchSd)}, noise x ${growth}: ${percent(keptShare)} above ${percent(most)}`,
          ];
    });
}

function tables(outcomes: readonly Outcome[], campaigns: number, failures: readonly string[]): string {
  const head = [
    'rule',
    ...limits.map(([growth]) => `A/A, noise x ${growth}`),
    ...effects.map((effect) => `effect ${effect} SD`),
  ];
  const blocks = launchSds.map((launchSd) => {
    const rows = rules.map(([rule]) => {
      const of = outcomes.filter((one) => one.rule === rule && one.launchSd === launchSd);
      const cells = of.map(
        ({ keptShare, meanLaunches }) => `${percent(keptShare)} (${meanLaunches.toFixed(1)})`,
      );
      return `| ${[rule, ...cells].join(' | ')} |`;
    });
    return [
      `Launch SD ${percent(launchSd)}:`,
      '',
      `| ${head.join(' | ')} |`,
      `|${head.map(() => ' --- |').join('')}`,
      ...rows,
      '',
    ];
  });
  const verdict =
    failures.length === 0 ? 'Goals for false keeps: met.' : `Goals missed:\n${failures.join('\n')}`;
  return `${campaigns} campaigns a cell: share kept (launches spent, mean). SD: of a pair.\n\n${blocks.flat().join('\n')}\n${verdict}\n`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
