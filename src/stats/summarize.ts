import type { Observation } from '../measure/timeline.ts';
import type { RequestTrace } from '../measure/trace.ts';
import { groupErrors, summarizeTokens, tally } from './counts.ts';
import { noticed, sayOnce } from './findings.ts';
import { type MetricName, metricNames, metrics, metricVersion } from './metric.ts';
import { type MetricSample, summarizePerQuery, summarizePooled } from './metric-summary.ts';
import { countsFor, isShort, requestValues } from './request-values.ts';
import type { Finding, MetricSummary, Summary, WarmUpSummary } from './summary.ts';
import { summarizeWarmUp, type WarmUpRequests } from './warm-up.ts';
import { compareHistograms, compareWitness, type EngineHistogram, type EngineTimes } from './witness.ts';

/** One request: what became of it, what the client's stopwatch says, and what the engine's says, if it has one. */
export interface MeasuredRequest {
  readonly trace: Pick<
    RequestTrace,
    'launch' | 'arm' | 'round' | 'query' | 'outcome' | 'error' | 'finishReason' | 'usage' | 'textSha256'
  >;
  readonly observation: Observation;
  readonly engineTimes: EngineTimes | null;
}

/** Everything a summary is computed from; requests of the other arm are passed over. */
export interface SummaryInput {
  readonly arm: RequestTrace['arm'];
  readonly requests: readonly MeasuredRequest[];
  /** How many requests this arm was to be asked, over all launches. */
  readonly planned: number;
  readonly warmUps: readonly WarmUpRequests[];
  /** Whether a draft method runs in either arm: then outputs under 16 tokens stay out of decode metrics. */
  readonly speculative: boolean;
  /** The engine's own histograms of each launch, where it keeps any. */
  readonly histograms?: readonly EngineHistogram[];
  /** The client's known error on one stamp, for judging the second witness. */
  readonly clientErrorMs: number;
  /** What others noticed; the summary's own findings come after, and nothing is said twice. */
  readonly findings: readonly Finding[];
}

/** Requests -> the numbers of one arm, as plain JSON. Pure; the same input gives the same text. */
export function summarize(input: SummaryInput): Summary {
  const requests = input.requests.filter((request) => request.trace.arm === input.arm);
  const ok = requests.filter((request) => request.trace.outcome === 'ok');
  const counted = {
    launches: distinct(requests.map((request) => request.trace.launch)),
    rounds: distinct(requests.map((request) => request.trace.round)),
    queries: distinct(requests.map((request) => request.trace.query)),
    answered: distinct(ok.map((request) => request.trace.query)),
    requests: requests.length,
    planned: input.planned,
    failed: requests.length - ok.length,
    errors: groupErrors(requests.map((request) => request.trace)),
    tokens: summarizeTokens(ok),
    finishReasons: tally(ok.map((request) => request.trace.finishReason ?? 'none')),
    shortOutputs: input.speculative ? ok.filter(isShort).length : 0,
    warmUp: input.warmUps.map(summarizeWarmUp),
    witness: [
      ...compareWitness(ok, input.clientErrorMs),
      ...compareHistograms(ok, histogramsOf(input), input.clientErrorMs),
    ],
  };
  return {
    schemaVersion: 1,
    metricVersion,
    arm: input.arm,
    ...counted,
    metrics: byMetric((name) =>
      summarizeMetric(
        name,
        ok.filter((request) => countsFor(name, request, input.speculative)),
      ),
    ),
    findings: sayOnce([
      ...input.findings,
      ...noticed({ ...counted, unsteady: unsteady(input.warmUps), usageMismatches: mismatched(ok) }),
    ]),
    definitions: byMetric((name) => metrics[name].definition),
  };
}

/** With a draft method an output step brings several tokens, so its gaps are not gaps between tokens. */
function histogramsOf({ histograms = [], speculative }: SummaryInput): readonly EngineHistogram[] {
  return speculative ? histograms.map((histogram) => ({ ...histogram, itlMs: null })) : histograms;
}

/** One metric over requests of one arm; those that failed are left out. Null when none had a value. */
export function metricOf(
  name: MetricName,
  requests: readonly MeasuredRequest[],
  isSpeculative: boolean,
): MetricSummary | null {
  const ok = requests.filter((request) => request.trace.outcome === 'ok');
  return summarizeMetric(
    name,
    ok.filter((request) => countsFor(name, request, isSpeculative)),
  );
}

function summarizeMetric(name: MetricName, requests: readonly MeasuredRequest[]): MetricSummary | null {
  const samples: MetricSample[] = requests.map((request) => ({
    launch: request.trace.launch,
    query: request.trace.query,
    values: requestValues(name, request),
  }));
  return name === 'itl_ms' ? summarizePooled(samples) : summarizePerQuery(samples);
}

function unsteady(warmUps: readonly WarmUpRequests[]): WarmUpSummary[] {
  return warmUps.filter((warmUp) => !warmUp.isSteady && warmUp.isGivenUp !== true).map(summarizeWarmUp);
}

function mismatched(requests: readonly MeasuredRequest[]): number {
  return requests.filter(({ observation }) => observation.findings.includes('usage-mismatch')).length;
}

function byMetric<Value>(value: (name: MetricName) => Value): { readonly [Name in MetricName]: Value } {
  return Object.fromEntries(metricNames.map((name) => [name, value(name)])) as {
    [Name in MetricName]: Value;
  };
}

function distinct(values: readonly (string | number)[]): number {
  return new Set(values).size;
}
