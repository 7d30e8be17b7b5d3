import { mdePct } from '../../src/verdict/mde.ts';
import { randomStream } from '../../src/workload/random.ts';
import { bench, calibrate, type Decision, launches, minEffect, type Rule, type World } from './campaign.ts';

/** Pairs a campaign may spend, and A/A pairs of its calibration. */
export const mostPairs = 8;
const calibrationPairs = 8;

/** A rule and what tables call it. */
export type NamedRule = readonly [name: string, rule: Rule];

/** What one rule made of the campaigns of one world. */
export interface Outcome {
  readonly rule: string;
  readonly launchSd: number;
  readonly growth: number;
  /** In SDs of a pair. */
  readonly effect: number;
  /** Shares of the campaigns. */
  readonly better: number;
  readonly worse: number;
  readonly meanLaunches: number;
}

/** What bench's rule made of effects as large as the MDE that each campaign's own calibration states. */
export interface MdeOutcome {
  readonly launchSd: number;
  readonly isCalibrated: boolean;
  /** Most pairs of a campaign. */
  readonly pairs: number;
  readonly meanMdePct: number;
  readonly better: number;
  readonly meanLaunches: number;
}

/** The log effect in a world, of so many SDs of a pair: each pair has the noise of two launches. */
export function effectOf(launchSd: number, sds: number): number {
  return sds * launchSd * Math.SQRT2;
}

/** Campaigns of one world, the same ones for each rule. */
export function simulate(world: World, rules: readonly NamedRule[], campaigns: number): Outcome[] {
  const random = randomStream(JSON.stringify(world));
  const tallies = rules.map(() => new Tally());
  for (let campaign = 0; campaign < campaigns; campaign += 1) {
    const calibration = calibrate(world, calibrationPairs, random);
    const [baseline, candidate] = launches(world, mostPairs, random);
    for (const [index, [, rule]] of rules.entries()) {
      tallies[index]?.add(rule(baseline, candidate, calibration));
    }
  }
  return tallies.map((tally, index) => ({
    rule: rules[index]?.[0] ?? '',
    launchSd: world.launchSd,
    growth: world.growth,
    effect: Number((world.effect / effectOf(world.launchSd, 1)).toFixed(3)),
    ...tally.shares(),
  }));
}

/** Campaigns whose effect is the MDE. */
export function simulateMde(
  launchSd: number,
  pairs: number,
  isCalibrated: boolean,
  campaigns: number,
): MdeOutcome {
  const random = randomStream(`mde ${launchSd} ${pairs} ${isCalibrated}`);
  const world = { launchSd, growth: 1, effect: 0 };
  const rule = bench({ isCalibrated });
  const tally = new Tally();
  let sum = 0;
  for (let campaign = 0; campaign < campaigns; campaign += 1) {
    const calibration = calibrate(world, calibrationPairs, random);
    const pairSd = Math.sqrt(calibration.variance);
    const mde = mdePct({ pairSd, pairs, isCalibrated, rent: 0, minEffect }) ?? Number.NaN;
    const [baseline, candidate] = launches({ ...world, effect: Math.log1p(mde / 100) }, pairs, random);
    tally.add(rule(baseline, candidate, calibration));
    sum += mde;
  }
  const { better, meanLaunches } = tally.shares();
  return { launchSd, isCalibrated, pairs, meanMdePct: sum / campaigns, better, meanLaunches };
}

class Tally {
  #better = 0;
  #worse = 0;
  #pairs = 0;
  #campaigns = 0;

  add({ verdict, pairs }: Decision): void {
    this.#better += verdict === 'better' ? 1 : 0;
    this.#worse += verdict === 'worse' ? 1 : 0;
    this.#pairs += pairs;
    this.#campaigns += 1;
  }

  shares(): Pick<Outcome, 'better' | 'worse' | 'meanLaunches'> {
    return {
      better: this.#better / this.#campaigns,
      worse: this.#worse / this.#campaigns,
      meanLaunches: (2 * this.#pairs) / this.#campaigns,
    };
  }
}
