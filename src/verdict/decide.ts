import { fQuantile } from '../stats/f-quantile.ts';
import type { MetricName } from '../stats/metric.ts';
import type { GuardResult, PairEffects } from './comparison.ts';
import { type Calibration, type Evidence, eValue, interval, weigh } from './evidence.ts';
import {
  type Calibrations,
  errorsGuard,
  type Failures,
  isBaselineFailing,
  latencyGuard,
  outputsGuard,
  type QueryAnswers,
  recallGuard,
} from './guards.ts';
import type { RecallGate } from './recall-gate.ts';
import type { RecallRule } from './recall-rule.ts';

/** By what a candidate is judged. Shares, not percent: 0.01 is 1 %. */
export interface Rule {
  readonly metric: MetricName;
  readonly minEffect: number;
  /** Deviations from the engine's defaults that the candidate has more than the baseline; negative: fewer. */
  readonly addedDeviations: number;
  readonly maxPairs: number;
  /** Latencies that may get worse by so much. */
  readonly tolerances: { readonly [metric: string]: number };
  /** In so many more launches than in the baseline a query may fail. */
  readonly allowedErrors: number;
  readonly outputs: 'report' | 'same';
  /** Absent: no recall is judged. */
  readonly recall?: RecallRule & { readonly unmeasurable: 'discard' | 'allow' };
  /** Of a regression gate: a candidate that is not worse by so much passes. Absent: it must be better to be kept. */
  readonly margin?: number;
}

/** What is known after some pairs. */
export interface PairsSoFar {
  /** Of the pairs that count, in order. */
  readonly effects: readonly PairEffects[];
  readonly calibrations: Calibrations;
  readonly failures: Failures;
  readonly answers: readonly QueryAnswers[];
  /** Null: there is no gate, or no item has been asked of both arms. */
  readonly recall: RecallGate | null;
  /** Metrics of which the baseline has values. */
  readonly measurable: ReadonlySet<string>;
  /** No pair is left, or no time. */
  readonly isSpent: boolean;
}

/** The verdicts that pairs can come to, and `going-on` while they have not. */
export type VerdictKind =
  | 'going-on'
  | 'guard'
  | 'better'
  | 'simpler'
  | 'worse'
  | 'equivalent'
  | 'inconclusive'
  | 'invalid';

/** Where the pairs stand. */
export interface Decision {
  readonly kind: VerdictKind;
  /** As the ledger says it; null while going on. */
  readonly status: 'keep' | 'discard' | null;
  readonly reason: string;
  /** Of the judged metric; null: no pair counts yet, or no query has a value. */
  readonly evidence: Evidence | null;
  /** Of the judged metric, log units; infinite ends are still unbounded. */
  readonly bounds: { readonly lower: number; readonly upper: number };
  /** E against the bound that a keep, or a `worse`, must beat. */
  readonly eValue: number | null;
  readonly guards: readonly GuardResult[];
  /** Of the metrics with a tolerance. */
  readonly guardEvidence: { readonly [metric: string]: Evidence };
}

/** What a deviation from the engine's defaults must bring, as a share. */
export const rentPerDeviation = 0.005;

/** Fewest pairs before a keep. */
export const fewestPairs = { calibrated: 3, uncalibrated: 4 } as const;

/** The effect, in log units, that a keep must beat: added deviations pay rent, fewer may cost as much. */
export function rentOf(addedDeviations: number): number {
  return Math.sign(addedDeviations) * Math.log1p(rentPerDeviation * Math.abs(addedDeviations));
}

/**
 * Weighs a series pair by pair, as it came: a calibration that the pairs outgrew stays dropped.
 * @throws RangeError when there is no effect.
 */
export function weighSeries(effects: readonly number[], calibration: Calibration | null): Evidence {
  let held = calibration;
  let evidence = weigh(effects.slice(0, 1), held);
  for (let count = 2; count <= effects.length; count += 1) {
    evidence = weigh(effects.slice(0, count), held);
    if (!evidence.isCalibrated) held = null;
  }
  return evidence;
}

/** The first verdict that holds, in the order of precedence; `going-on` when more pairs may bring one. */
export function decide(rule: Rule, seen: PairsSoFar): Decision {
  const series = seriesOf(seen.effects, rule.metric);
  const evidence = series.length === 0 ? null : weighSeries(series, seen.calibrations[rule.metric] ?? null);
  const { guards, guardEvidence } = judgeGuards(rule, seen);
  const rent = rentOf(rule.addedDeviations);
  const bounds = evidence === null ? unbounded : interval(evidence);
  const worst = Math.min(0, rent);
  const threshold = evidence !== null && evidence.mean < worst ? worst : rent;
  const state = {
    evidence,
    bounds,
    guards,
    guardEvidence,
    eValue: evidence === null ? null : eValue(evidence, threshold),
  };
  const verdict = firstThatHolds(rule, seen, { ...state, rent, first: series[0] ?? null });
  return { ...state, ...verdict };
}

const unbounded = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };

type Verdict = Pick<Decision, 'kind' | 'status' | 'reason'>;

const goingOn: Verdict = { kind: 'going-on', status: null, reason: '' };

function discard(kind: VerdictKind, reason: string = kind): Verdict {
  return { kind, status: 'discard', reason };
}

function firstThatHolds(
  rule: Rule,
  seen: PairsSoFar,
  state: Pick<Decision, 'evidence' | 'bounds' | 'guards'> & { rent: number; first: number | null },
): Verdict {
  const { evidence, bounds, guards, rent } = state;
  if (isBaselineFailing(seen.failures)) return discard('invalid', 'invalid:errors');
  const failed = guards.find((guard) => guard.state === 'failed');
  if (failed !== undefined) return discard('guard', `guard:${failed.name}`);
  if (evidence === null) return seen.isSpent ? discard('inconclusive') : goingOn;
  const open = guards.find((guard) => guard.state === 'undecided');
  if (rule.margin !== undefined) return gate(rule.margin, seen, { evidence, bounds, open });
  const isSure = bounds.lower > rent;
  if (isSure && isEnoughToKeep(evidence)) {
    if (open === undefined) return keep(bounds.lower);
    return seen.isSpent || isRecallSpent(seen)
      ? discard('inconclusive', `inconclusive:guard-${open.name}`)
      : goingOn;
  }
  if (isSure && !seen.isSpent) return goingOn;
  if (bounds.upper < Math.min(0, rent)) return discard('worse');
  if (isHopeless(rule, seen, state)) return discard('worse', 'worse:early');
  const isSimpler = rule.addedDeviations < 0;
  if (bounds.upper < Math.log1p(rule.minEffect) && (seen.isSpent || !isSimpler)) return discard('equivalent');
  return seen.isSpent ? discard('inconclusive') : goingOn;
}

/** A gate passes what is surely not worse by its margin, also when it is surely worse by less; else `worse` is enough. */
function gate(
  margin: number,
  seen: PairsSoFar,
  {
    evidence,
    bounds,
    open,
  }: Pick<Decision, 'bounds'> & { evidence: Evidence; open: GuardResult | undefined },
): Verdict {
  const { isSpent } = seen;
  const isSure = bounds.lower > -Math.log1p(margin);
  if (isSure && isEnoughToKeep(evidence)) {
    if (open === undefined) return bounds.lower > 0 ? keep(bounds.lower) : discard('equivalent');
    return isSpent || isRecallSpent(seen)
      ? discard('inconclusive', `inconclusive:guard-${open.name}`)
      : goingOn;
  }
  if (!isSure && bounds.upper < 0) return discard('worse');
  return isSpent ? discard('inconclusive') : goingOn;
}

/** More pairs bring no more items: what the gate left open stays open. */
function isRecallSpent({ recall }: PairsSoFar): boolean {
  return recall?.state === 'inconclusive';
}

function keep(lower: number): Verdict {
  const kind = lower > 0 ? 'better' : 'simpler';
  return { kind, status: 'keep', reason: kind };
}

function isEnoughToKeep({ pairs, isCalibrated }: Evidence): boolean {
  return pairs >= (isCalibrated ? fewestPairs.calibrated : fewestPairs.uncalibrated);
}

/** One-sided: 4 sigma, were the calibration's variance known exactly. */
const hopelessTail = 3.17e-5;

/**
 * The early abort: the first pair alone lies delta + t sigma_cal below what is worse, t being Student's quantile for the
 * calibration's degrees of freedom at the tail of 4 sigma (t^2 is F(1, nu)): a variance from few pairs says little. Twice sigma
 * would call up to 3 % of equal candidates worse, and 15 % once the noise has doubled (docs/verdict.md).
 */
function isHopeless(
  { metric, minEffect }: Rule,
  { effects, calibrations }: PairsSoFar,
  { rent, first }: { readonly rent: number; readonly first: number | null },
): boolean {
  const calibration = calibrations[metric] ?? null;
  if (calibration === null || first === null || effects.length > 1) return false;
  const { variance, degrees } = calibration;
  const quantile = Math.sqrt(fQuantile(1 - 2 * hopelessTail, 1, degrees));
  return first < Math.min(0, rent) - Math.log1p(minEffect) - quantile * Math.sqrt(variance);
}

function judgeGuards(rule: Rule, seen: PairsSoFar): Pick<Decision, 'guards' | 'guardEvidence'> {
  const evidences = Object.keys(rule.tolerances).flatMap((metric): [string, Evidence][] => {
    const series = seriesOf(seen.effects, metric as MetricName);
    return series.length === 0 ? [] : [[metric, weighSeries(series, seen.calibrations[metric] ?? null)]];
  });
  const guardEvidence = Object.fromEntries(evidences);
  const latencies = Object.entries(rule.tolerances).map(([metric, tolerance]) =>
    latencyGuard(metric, tolerance, guardEvidence[metric] ?? null, seen.measurable.has(metric)),
  );
  const launches = seen.effects.length;
  const guards = [
    errorsGuard(seen.failures, rule.allowedErrors),
    outputsGuard(seen.answers, rule.outputs, launches),
    ...(rule.recall === undefined ? [] : [recallGuard(seen.recall, rule.recall.unmeasurable)]),
    ...latencies,
  ];
  return { guards, guardEvidence };
}

function seriesOf(effects: readonly PairEffects[], metric: MetricName): number[] {
  return effects.map((pair) => pair[metric]).filter((effect) => effect !== null);
}
