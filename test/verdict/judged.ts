import { type MetricName, metricNames } from '../../src/stats/metric.ts';
import type { PairEffects } from '../../src/verdict/comparison.ts';
import { type Decision, decide, type PairsSoFar, type Rule } from '../../src/verdict/decide.ts';
import type { ArmFailures, Failures } from '../../src/verdict/guards.ts';

/** Judged by decode rate, without a guard but errors; `over` says what differs. */
export function rule(over: Partial<Rule> = {}): Rule {
  return {
    metric: 'decode_tok_s',
    minEffect: 0.01,
    addedDeviations: 0,
    maxPairs: 8,
    tolerances: {},
    allowedErrors: 0,
    outputs: 'report',
    ...over,
  };
}

/** One pair's effects in log units; null for the metrics that are not named. */
export function pair(effects: Partial<PairEffects>): PairEffects {
  const none = Object.fromEntries(metricNames.map((name) => [name, null])) as { [Name in MetricName]: null };
  return { ...none, ...effects };
}

/** Failures of one arm: none of 100 requests, unless told. */
export function arm(over: Partial<ArmFailures> = {}): ArmFailures {
  return { requests: 100, failed: 0, launchesByQuery: {}, ...over };
}

/** Failures of both arms. */
export function failures(
  baseline: Partial<ArmFailures> = {},
  candidate: Partial<ArmFailures> = {},
): Failures {
  return { baseline: arm(baseline), candidate: arm(candidate) };
}

/** Pairs of which the decode rate's effects are these. */
export function seen(decode: readonly number[], over: Partial<PairsSoFar> = {}): PairsSoFar {
  return {
    effects: decode.map((effect) => pair({ decode_tok_s: effect })),
    calibrations: {},
    failures: failures(),
    answers: [],
    recall: null,
    measurable: new Set<string>(),
    isSpent: false,
    ...over,
  };
}

/** What the rule says of these pairs. */
export function judge(
  decode: readonly number[],
  { of = {}, ...over }: Partial<PairsSoFar> & { readonly of?: Partial<Rule> } = {},
): Decision {
  return decide(rule(of), seen(decode, over));
}
