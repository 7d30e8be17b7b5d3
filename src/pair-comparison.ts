import { type Calibrated, calibrationOf } from './calibrated.ts';
import type { Arm, KeptLaunch } from './pair-arms.ts';
import { counting, type MeasuredPair } from './pair-loop.ts';
import { compareOutputs, sameOutputs } from './pair-outputs.ts';
import type { PairPlan } from './pair-plan.ts';
import { verdictSentence } from './report/verdict-sentence.ts';
import { median } from './stats/describe.ts';
import type { MetricName } from './stats/metric.ts';
import { queryEffects } from './stats/pair-effects.ts';
import type { Comparison, MetricEvidence, QueryEffect } from './verdict/comparison.ts';
import { type Decision, rentOf } from './verdict/decide.ts';
import { type Evidence, interval } from './verdict/evidence.ts';
import { asPct, ownFloor } from './verdict/floor.ts';
import { mdePct } from './verdict/mde.ts';
import type { RecallGate } from './verdict/recall-gate.ts';

/** Largest E that is written: beyond it the digits mean nothing. */
const largestE = 1e12;

/** Everything the comparison of a paired run is made of. */
export interface CompareInput {
  readonly plan: PairPlan;
  readonly arms: { readonly baseline: Arm; readonly candidate: Arm };
  readonly pairs: readonly MeasuredPair<KeptLaunch>[];
  readonly decision: Decision;
  readonly calibrated: Calibrated;
  /** What it came to, in the words that the sentence ends with. */
  readonly verdict: { readonly status: string; readonly reason: string };
  /** Where the recall gate stood in the end; null: there was none. */
  readonly recall: RecallGate | null;
  /** run_id of the baseline's row. */
  readonly baselineRunId: string | null;
  /** Each arm's value of the judged metric. */
  readonly values: { readonly baseline: number | null; readonly candidate: number | null };
}

/** What a paired run found out, for its record and its screen. */
export function comparisonOf(input: CompareInput): Comparison {
  const { plan, arms, pairs, decision, calibrated, values } = input;
  const { rule, kind } = plan;
  const { evidence } = decision;
  const noise = noiseOf(plan, evidence, calibrated);
  const evidences: [MetricName, Evidence][] = [
    ...(evidence === null ? [] : [[rule.metric, evidence] as [MetricName, Evidence]]),
    ...(Object.entries(decision.guardEvidence) as [MetricName, Evidence][]).filter(
      ([name]) => name !== rule.metric,
    ),
  ];
  const judged = evidences.map(([metric, one]) => evidenceOf(metric, one));
  const [main] = evidence === null ? [] : judged;
  const facts = {
    ...decision,
    ...input.verdict,
    metric: rule.metric,
    effectPct: main?.effectPct ?? null,
    lowerPct: main?.lowerPct ?? null,
    upperPct: main?.upperPct ?? null,
    pairs: counting(pairs).length,
    ...noise,
    minEffectPct: rule.minEffect * 100,
    marginPct: rule.margin === undefined ? null : rule.margin * 100,
    addedDeviations: rule.addedDeviations,
    maxPairs: rule.maxPairs,
  };
  return {
    kind: kind === 'calibrate' ? 'run' : kind,
    metric: rule.metric,
    minEffectPct: facts.minEffectPct,
    rentPct: asPct(rentOf(rule.addedDeviations)),
    addedDeviations: rule.addedDeviations,
    maxPairs: rule.maxPairs,
    baseline: {
      runId: input.baselineRunId,
      expId: arms.baseline.facts.expId,
      config: arms.baseline.plan.loaded.configPath,
      artifact: arms.baseline.facts.row.artifact,
      value: values.baseline,
    },
    candidate: { value: values.candidate },
    ...noise,
    calibration: calibrated[rule.metric]?.path ?? null,
    calibrationDropped: whyDropped(calibrated, rule.metric, evidence),
    pairs: pairs.map(({ result }) => result),
    evidence: judged,
    ...recallJudged(rule, input.recall),
    eValue: decision.eValue === null ? null : Math.min(decision.eValue, largestE),
    guards: decision.guards,
    outputs: compareOutputs(counting(pairs)),
    queries: effectsOfQueries(plan, counting(pairs)),
    knobs: plan.knobs.flatMap(({ leaves }) => leaves),
    sentence: verdictSentence(facts),
  };
}

/** Floor and MDE in %: of the calibration while it counts, else of the pairs themselves. */
export function noiseOf(
  { rule }: Pick<PairPlan, 'rule'>,
  evidence: Evidence | null,
  calibrated: Calibrated,
): Pick<Comparison, 'floorPct' | 'floorFrom' | 'mdePct'> {
  const found = calibrated[rule.metric];
  const calibration = calibrationOf(found ?? null);
  const isCalibrated = calibration !== null && evidence?.isCalibrated !== false;
  const own = evidence === null || evidence.pairs < 2 ? null : ownFloor(evidence);
  const pairSd = isCalibrated
    ? Math.sqrt(calibration.variance)
    : own === null
      ? null
      : (evidence?.sd ?? null);
  const rent = Math.max(0, rentOf(rule.addedDeviations));
  return {
    floorPct: isCalibrated ? (found?.file.floorPct ?? null) : own === null ? null : asPct(own),
    floorFrom: isCalibrated ? 'calibration' : own === null ? null : 'pairs',
    mdePct:
      pairSd === null
        ? null
        : mdePct({
            pairSd,
            pairs: rule.maxPairs,
            isCalibrated,
            rent,
            minEffect: rule.margin === undefined ? rule.minEffect : 0,
          }),
  };
}

function whyDropped(calibrated: Calibrated, metric: MetricName, evidence: Evidence | null): string | null {
  const found = calibrated[metric] ?? null;
  if (found === null) return null;
  if (found.expired !== null) return found.expired;
  return evidence?.isCalibrated === false ? 'the pairs of this run spread more than it allows' : null;
}

function evidenceOf(metric: MetricName, evidence: Evidence): MetricEvidence {
  const { lower, upper } = interval(evidence);
  return {
    metric,
    pairs: evidence.pairs,
    effectPct: asPct(evidence.mean),
    lowerPct: Number.isFinite(lower) ? asPct(lower) : null,
    upperPct: Number.isFinite(upper) ? asPct(upper) : null,
    pairSdPct: evidence.sd === null ? null : asPct(evidence.sd),
    isCalibrated: evidence.isCalibrated,
  };
}

/** Of each query the median over pairs. */
function effectsOfQueries(plan: PairPlan, pairs: readonly MeasuredPair<KeptLaunch>[]): QueryEffect[] {
  const effects = new Map<string, number[]>();
  for (const { launches, result } of pairs) {
    const ratios = queryEffects(
      plan.rule.metric,
      launches.baseline?.requests ?? [],
      launches.candidate?.requests ?? [],
      plan.candidate.isSpeculative,
    );
    for (const [query, effect] of ratios)
      if (!result.failed.includes(query)) effects.set(query, [...(effects.get(query) ?? []), effect]);
  }
  const isSame = sameOutputs(pairs);
  return [...effects].map(([query, values]) => ({
    query,
    effectPct: asPct(median(values)),
    sameOutput: isSame.get(query) ?? null,
  }));
}

/** What a record keeps of the recall gate. */
function recallJudged(
  { recall: rule }: PairPlan['rule'],
  gate: RecallGate | null,
): Pick<Comparison, 'recall'> {
  if (rule === undefined || gate === null) return {};
  const { state, reason, why, pooled, contexts } = gate;
  return {
    recall: {
      ...{ state, reason, why, pooled, marginPt: rule.marginPt },
      contexts: contexts.map((one) => ({
        context: one.context,
        informative: one.informative,
        n: one.n,
        baselineRight: one.parentRight,
        candidateRight: one.childRight,
        lost: one.lost,
        gained: one.gained,
        baselineInvalid: one.parentInvalid,
        candidateInvalid: one.childInvalid,
      })),
    },
  };
}
