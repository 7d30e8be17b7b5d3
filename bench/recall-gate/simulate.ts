import { type RecallRule, recallThresholds } from '../../src/verdict/recall-rule.ts';
import { randomStream } from '../../src/workload/random.ts';
import { rules } from './rules.ts';
import { campaigns, isPossible, type World } from './world.ts';

/** Contexts, and the most items of each. */
export interface Plan {
  readonly contexts: number;
  readonly n: number;
}

/** A parent: what tables call it, and its share of right answers, by context. */
export type Parent = readonly [name: string, shares: readonly [number, number, number, number]];

/** What one rule made of the campaigns of one world. */
export interface Outcome extends Plan {
  readonly rule: string;
  readonly parent: string;
  readonly dropPt: number;
  readonly noise: number;
  /** Shares of the campaigns. */
  readonly pass: number;
  readonly fail: number;
  /** Items of each context, mean. */
  readonly meanN: number;
}

/** Every rule on the same campaigns of one world; none when the parent cannot lose or gain so much. */
export function simulate(
  plan: Plan,
  [parent, shares]: Parent,
  dropPt: number,
  noise: number,
  rule: RecallRule,
  size: number,
): Outcome[] {
  const parents = shares.slice(0, plan.contexts);
  const world: World = { parents, drop: dropPt / 100, noise, formatNoise: dropPt === 0 ? noise : 0 };
  if (!isPossible(world)) return [];
  const random = randomStream(JSON.stringify([plan, world]));
  const next = campaigns(world, recallThresholds(rule, plan.contexts).looks, random);
  const tallies = rules.map(() => ({ pass: 0, fail: 0, open: 0, n: 0 }));
  for (let campaign = 0; campaign < size; campaign += 1) {
    const looks = next();
    rules.forEach(([, decide], index) => {
      const { state, n } = decide(looks, rule);
      const tally = tallies[index] as (typeof tallies)[number];
      tally[state] += 1;
      tally.n += n;
    });
  }
  return tallies.map(({ pass, fail, n }, index) => ({
    ...plan,
    rule: rules[index]?.[0] ?? '',
    parent,
    dropPt,
    noise,
    pass: pass / size,
    fail: fail / size,
    meanN: n / size,
  }));
}
