/** `npm run bench:mde`: the factors of `src/verdict/mde.ts`, by simulation of the rule that they are about. */
import { fewestPairs } from '../../src/verdict/decide.ts';
import { type Calibration, interval, weigh } from '../../src/verdict/evidence.ts';
import { randomStream } from '../../src/workload/random.ts';
import { calibrate, launches } from './campaign.ts';

const campaigns = 20_000;
const calibrationPairs = 8;
const mostPairs = 16;
/** A pair's SD is 1. */
const world = { launchSd: Math.SQRT1_2, growth: 1, effect: 0 };
/** More than the 80 % that are promised, by 3.5 standard errors of the simulation. */
const power = 0.81;

/** A look at a campaign in which nothing differs: an effect is seen when its sum with `mean` is beyond `half`. */
interface Look {
  readonly mean: number;
  readonly half: number;
}

/** One campaign: its looks from 1 pair on, and the SD of its calibration. */
interface Campaign {
  readonly sd: number;
  readonly looks: readonly Look[];
}

main();

function main(): void {
  for (const isCalibrated of [true, false]) {
    const all = simulate(isCalibrated);
    const factors = Array.from({ length: mostPairs - 1 }, (_, index) => factor(all, index + 2));
    const name = isCalibrated ? 'calibrated' : 'not calibrated';
    process.stdout.write(`${name}, 2 to ${mostPairs} pairs:\n${JSON.stringify(factors)}\n`);
  }
}

function simulate(isCalibrated: boolean): Campaign[] {
  const random = randomStream(`mde ${isCalibrated}`);
  return Array.from({ length: campaigns }, () => {
    const calibration = calibrate(world, calibrationPairs, random);
    const [baseline, candidate] = launches(world, mostPairs, random);
    const effects = candidate.map((value, index) => value - (baseline[index] ?? 0));
    return { sd: Math.sqrt(calibration.variance), looks: looks(effects, isCalibrated ? calibration : null) };
  });
}

/** What the rule knows after each pair; before it may keep, nothing is beyond. A calibration once outgrown stays dropped. */
function looks(effects: readonly number[], calibration: Calibration | null): Look[] {
  let held = calibration;
  return effects.map((_, index) => {
    const evidence = weigh(effects.slice(0, index + 1), held);
    if (!evidence.isCalibrated) held = null;
    const fewest = evidence.isCalibrated ? fewestPairs.calibrated : fewestPairs.uncalibrated;
    const half = evidence.mean - interval(evidence).lower;
    return { mean: evidence.mean, half: evidence.pairs < fewest ? Number.POSITIVE_INFINITY : half };
  });
}

/** The smallest effect, in SDs of the calibration, that enough campaigns keep: bisected, then rounded up; null: none do. */
function factor(all: readonly Campaign[], pairs: number): number | null {
  const isFound = (effect: number): boolean =>
    all.filter((one) => isKept(one, pairs, effect * one.sd)).length >= power * all.length;
  let [low, high] = [0, 64];
  if (!isFound(high)) return null;
  while (high - low > 1e-4) {
    const middle = (low + high) / 2;
    if (isFound(middle)) high = middle;
    else low = middle;
  }
  return Math.ceil(high * 100) / 100;
}

/** Whether the first look that is sure, of so many, is sure of a gain. */
function isKept({ looks }: Campaign, pairs: number, effect: number): boolean {
  const sure = looks.slice(0, pairs).find(({ mean, half }) => Math.abs(mean + effect) > half);
  return sure !== undefined && sure.mean + effect > 0;
}
