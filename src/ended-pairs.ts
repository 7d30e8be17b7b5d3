import type { KeptLaunch } from './pair-arms.ts';
import { type ArmName, counting } from './pair-loop.ts';
import type { EndedPairs } from './pair-session.ts';
import { metricOf } from './stats/summarize.ts';

/** Launches of an arm in the pairs that count, and the one that failed, if it is of this arm. */
export function launchesOf({ ended }: EndedPairs, name: ArmName): KeptLaunch[] {
  return [
    ...counting(ended.pairs).flatMap(({ launches }) => launches[name] ?? []),
    ...(ended.failed?.arm === name ? [ended.failed] : []),
  ];
}

/** An arm's value of the judged metric; null: no request had one. */
export function armValue(pairs: EndedPairs, name: ArmName): number | null {
  const { rule, isSpeculative } = pairs.session.plan;
  const requests = launchesOf(pairs, name).flatMap((launch) => launch.requests);
  return metricOf(rule.metric, requests, isSpeculative)?.value ?? null;
}
