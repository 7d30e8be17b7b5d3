/** `npm run bench:verdict`: how often each rule keeps what is no better, and finds what is, in simulated campaigns. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bench, fixedT, looksT, mannWhitney } from './campaign.ts';
import { chart } from './chart.ts';
import {
  effectOf,
  type MdeOutcome,
  type NamedRule,
  type Outcome,
  simulate,
  simulateMde,
} from './simulate.ts';
import { keepTables, mdeTable, percent, worseTable } from './tables.ts';

const launchSds = [0.006, 0.012, 0.03];
/** Growth of the noise since the calibration -> false keeps that are still right, as a share. */
const limits: readonly (readonly [growth: number, most: number])[] = [
  [1, 0.01],
  [1.5, 0.02],
  [2, 0.03],
];
/** Effects in SDs of a pair. */
const gains = [1, 1.5, 2, 3];
const losses = [-1, -2, -3, -5];
const curve = Array.from({ length: 15 }, (_, step) => step / 4);
/** Most pairs of the campaigns whose effect is the stated MDE, and the power that it must have. */
const mdePairs = [4, 6, 8];
const power = 0.8;

const ours: readonly NamedRule[] = [
  ['bench, calibrated', bench({ isCalibrated: true })],
  ['bench, calibrated, no early abort', bench({ isCalibrated: true, givesUpEarly: false })],
];
const others: readonly NamedRule[] = [
  ['bench, not calibrated', bench({ isCalibrated: false })],
  ['t test, 8 pairs', fixedT],
  ['Mann-Whitney, 8 and 8', mannWhitney],
  ['95 % interval, looked at', looksT],
];

process.exitCode = main();

function main(): number {
  const { values } = parseArgs({
    options: {
      campaigns: { type: 'string', default: '20000' },
      json: { type: 'boolean', default: false },
      svg: { type: 'string' },
    },
  });
  const campaigns = Number(values.campaigns);
  if (!Number.isInteger(campaigns) || campaigns < 100) {
    process.stderr.write('usage: npm run bench:verdict -- [--campaigns 20000] [--json] [--svg FILE]\n');
    return 2;
  }
  const outcomes = launchSds.flatMap((launchSd) => {
    process.stderr.write(`launch SD ${percent(launchSd)}\n`);
    return worlds(launchSd, campaigns);
  });
  const atMde = launchSds.flatMap((launchSd) =>
    [true, false].flatMap((isCalibrated) =>
      mdePairs.map((pairs) => simulateMde(launchSd, pairs, isCalibrated, campaigns)),
    ),
  );
  if (values.svg !== undefined) writeFileSync(values.svg, chart(curves(campaigns)));
  const failures = [...falseKeeps(outcomes), ...weak(atMde)];
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ campaigns, outcomes, atMde, failures })}\n`
      : text(outcomes, atMde, campaigns, failures),
  );
  return failures.length === 0 ? 0 : 1;
}

/** Every rule where nothing differs and on gains, bench's calibrated ones on losses. */
function worlds(launchSd: number, campaigns: number): Outcome[] {
  const all = [...ours, ...others];
  const at = (effect: number, rules: readonly NamedRule[]): Outcome[] =>
    simulate({ launchSd, growth: 1, effect: effectOf(launchSd, effect) }, rules, campaigns);
  return [
    ...limits.flatMap(([growth]) => simulate({ launchSd, growth, effect: 0 }, all, campaigns)),
    ...gains.flatMap((effect) => at(effect, all)),
    ...losses.flatMap((effect) => at(effect, ours)),
  ];
}

/** What the chart shows; in SDs of a pair it is the same for each launch SD. */
function curves(campaigns: number): Outcome[] {
  const launchSd = 0.012;
  const rules = [...ours.slice(0, 1), ...others];
  return curve.flatMap((effect) =>
    simulate({ launchSd, growth: 1, effect: effectOf(launchSd, effect) }, rules, campaigns),
  );
}

/** Goals for false keeps that bench's own rules do not meet. */
function falseKeeps(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ rule, effect }) => rule.startsWith('bench') && effect === 0)
    .map((one) => ({ ...one, most: limits.find(([at]) => at === one.growth)?.[1] ?? 0 }))
    .filter(({ better, most }) => better > most)
    .map(
      ({ rule, launchSd, growth, better, most }) =>
        `${rule}, launch SD ${percent(launchSd)}, noise x ${growth}: ${percent(better)} above ${percent(most)}`,
    );
}

/** MDEs that are found too rarely. */
function weak(outcomes: readonly MdeOutcome[]): string[] {
  return outcomes
    .filter(({ better }) => better < power)
    .map(
      ({ isCalibrated, launchSd, pairs, better }) =>
        `${isCalibrated ? 'calibrated' : 'not calibrated'}, launch SD ${percent(launchSd)}, MDE of ${pairs} pairs: found in ${percent(better)}`,
    );
}

function text(
  outcomes: readonly Outcome[],
  atMde: readonly MdeOutcome[],
  campaigns: number,
  failures: readonly string[],
): string {
  return [
    `${campaigns} campaigns a cell: share kept (launches spent, mean). SD: of a pair.`,
    keepTables(outcomes),
    'Share kept (launches) of effects as large as the MDE, its mean beside it:',
    mdeTable(atMde),
    'Share called worse (launches):',
    worseTable(
      outcomes,
      ours.map(([name]) => name),
    ),
    failures.length === 0 ? 'Goals: met.\n' : `Goals missed:\n${failures.join('\n')}\n`,
  ].join('\n\n');
}
