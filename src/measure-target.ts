import type { CountedBetween, Engine, HistogramTimes } from './engines/engine.ts';
import type { Answer } from './measure/ask.ts';
import type { Clock } from './measure/clock.ts';
import { coldCacheEvidence } from './measure/cold-cache.ts';
import { connect } from './measure/connection.ts';
import { judgeLoopDelay, type LoopDelay } from './measure/loop-delay.ts';
import { type LaunchContext, replay } from './measure/replay.ts';
import { type Observation, observe } from './measure/timeline.ts';
import type { RequestTrace } from './measure/trace.ts';
import { type WarmUpResult, warmUp } from './measure/warm-up.ts';
import { type AskSettings, type Target, wireMaker } from './session.ts';
import { median } from './stats/describe.ts';
import { findingFrom } from './stats/findings.ts';
import type { MeasuredRequest } from './stats/summarize.ts';
import type { Finding } from './stats/summary.ts';
import type { WarmUpRequests } from './stats/warm-up.ts';
import { type RecallAsking, type TimedPart, timedPart } from './timed-part.ts';
import { defaultOrderSeed } from './workload/order.ts';
import type { Query } from './workload/query.ts';
import { warmupPrompts } from './workload/warm-up-prompts.ts';

/** One engine to measure, and how. */
export interface TargetInput {
  readonly target: Target;
  readonly engine: Engine;
  readonly settings: AskSettings;
  readonly queries: readonly Query[];
  readonly rounds: number;
  /** Null: no recall is measured. */
  readonly recall: RecallAsking | null;
  readonly warmup: number;
  readonly requestTimeoutMs: number;
  /** Of the launch, on every request. */
  readonly identity: LaunchContext['identity'];
  readonly clock: Clock;
  /** Takes secrets out of what an error quotes. */
  redact(text: string): string;
  /** Aborts when the user stops the run or the engine dies. */
  readonly signal: AbortSignal;
  readonly observer: TargetObserver;
  /** Whether so many warm-up or measured requests are enough, before all are done; default: never. */
  readonly isEnough?: (asked: number, part: 'warm-up' | 'measured') => boolean;
}

/** Who is told what happens, as it happens. */
export interface TargetObserver {
  onWarmUp(answer: Answer): void;
  /** The next request waits for it. */
  onRequest(answer: Answer): void | Promise<void>;
  /** The engine is warm: take the snapshot now; it is warmed again afterwards. False: it is not to be measured. */
  freeze(): Promise<boolean>;
  /** The engine's counters, once the last request is in them; null when it shows none. */
  metrics(): Promise<string | null>;
  /** The timed part is about to begin, or to end. */
  measuring(active: boolean): void;
  /** An answer of the recall that follows the timed part. */
  onRecall(answer: Answer): void;
}

/** What one engine's measuring came to. */
export interface TargetResult {
  readonly requests: readonly MeasuredRequest[];
  readonly warmUp: WarmUpRequests;
  readonly loopDelay: LoopDelay | null;
  readonly findings: readonly Finding[];
  /** A detail of `invalid:`; null when the measurement stands. */
  readonly invalid: 'cache-reused' | 'client-late' | 'compiling' | null;
  /** The engine's own clock over the measured part, from its histograms; null when it has none. */
  readonly histogram: HistogramTimes | null;
  /** What its counters rose by meanwhile; null when they could not be read. */
  readonly counted: CountedBetween | null;
  /** Whether it ended before every planned request was asked, because all failed: then nothing was measured. */
  readonly isGivenUp: boolean;
}

/** An engine that did not settle before the snapshot is given so many requests after it. */
const fewestAgain = 3;

/** Where nothing but recall is measured the warm-up is not for a steady speed. */
const enoughForRecall = 3;

/** So many measured requests, every one of them failed, end a measurement whose warm-up ended in failures. */
const fewestFailures = 3;

/**
 * Warm-up, snapshot, warm-up again, then every query of every round, one at a time. Null when the signal aborted before
 * the first of them, or when the snapshot shows that there is nothing to measure.
 */
export async function measureTarget(input: TargetInput): Promise<TargetResult | null> {
  const connection = connect(input.target.baseUrl, input.clock);
  const context: LaunchContext = {
    connection,
    clock: input.clock,
    identity: input.identity,
    timeoutMs: input.requestTimeoutMs,
    interpret: input.engine.interpret,
    redact: (text) => input.redact(text),
    signal: input.signal,
  };
  try {
    const timed = timedPart(input);
    const wire = wireMaker(input.target, input.engine, timed.settings);
    const warmed = await warmTwice(input, timed, context, wire);
    if (warmed === null || input.signal.aborted) return null;
    const answers: Answer[] = [];
    const before = await input.observer.metrics();
    input.observer.measuring(true);
    const replayed = await replay({
      ...context,
      rounds: timed.rounds,
      wireRequest: wire,
      isEnough: (asked) => isHopeless(warmed, answers) || (input.isEnough?.(asked, 'measured') ?? false),
      async onTrace(answer) {
        answers.push(answer);
        await input.observer.onRequest(answer);
        await timed.onAnswer?.(answer);
      },
    });
    input.observer.measuring(false);
    const after = before === null || input.signal.aborted ? null : await input.observer.metrics();
    const metrics = before === null || after === null ? null : { before, after };
    const traces = answers.map((answer) => answer.trace);
    const isShort = traces.length < timed.planned;
    const isGivenUp = isShort && !replayed.isStopped && isHopeless(warmed, answers);
    if (input.recall !== null && !timed.isRecall && !isGivenUp) await askRecall(input, context, input.recall);
    return resultOf(input, traces, warmed, { ...replayed, planned: timed.planned, isGivenUp, metrics });
  } finally {
    connection.close();
  }
}

async function askRecall(input: TargetInput, context: LaunchContext, recall: RecallAsking): Promise<void> {
  await replay({
    ...context,
    rounds: [recall.items],
    wireRequest: wireMaker(input.target, input.engine, recall.settings),
    onTrace(answer) {
      input.observer.onRecall(answer);
      return recall.onAnswer(answer);
    },
  });
}

/**
 * The last warm-up requests failed, and so did all that were measured, three at least: hours of timeouts would say
 * no more. Earlier warm-up requests may have succeeded.
 */
function isHopeless(warmed: Pick<WarmUpResult, 'findings'>, answers: readonly Answer[]): boolean {
  return (
    isFailing(warmed) &&
    answers.length >= fewestFailures &&
    answers.every((answer) => answer.trace.outcome !== 'ok')
  );
}

function isFailing(warmed: Pick<WarmUpResult, 'findings'>): boolean {
  return warmed.findings.includes('warm-up-errors');
}

async function warmTwice(
  input: TargetInput,
  timed: TimedPart,
  context: LaunchContext,
  wire: ReturnType<typeof wireMaker>,
): Promise<WarmUpResult | null> {
  const shared = {
    ...context,
    prompts: warmupPrompts(timed.samples, defaultOrderSeed),
    wireRequest: wire,
    isEnough: (asked: number) =>
      (timed.isRecall && asked >= Math.max(input.warmup, enoughForRecall)) ||
      (input.isEnough?.(asked, 'warm-up') ?? false),
    onTrace: (answer: Answer) => input.observer.onWarmUp(answer),
  };
  const first = await warmUp({ ...shared, minimum: input.warmup });
  if (!input.signal.aborted && !(await input.observer.freeze())) return null;
  if (isFailing(first)) return first;
  const again = await warmUp({
    ...shared,
    minimum: 1,
    earlier: first.times,
    isEnough: (asked) => (!first.isSteady && asked >= fewestAgain) || shared.isEnough(asked),
  });
  return {
    times: [...first.times, ...again.times],
    isSteady: again.isSteady,
    findings: [...first.findings, ...again.findings],
  };
}

function resultOf(
  input: TargetInput,
  traces: readonly RequestTrace[],
  warmed: WarmUpResult,
  replayed: Awaited<ReturnType<typeof replay>> & {
    planned: number;
    isGivenUp: boolean;
    metrics: { readonly before: string; readonly after: string } | null;
  },
): TargetResult {
  const { engine } = input;
  const { metrics } = replayed;
  const counted = metrics && engine.countedBetween(metrics.before, metrics.after);
  const requests = traces.map((trace) => ({
    trace,
    observation: observe(trace),
    engineTimes: input.engine.ownTimes(trace.engineTimings),
  }));
  const late = judgeLoopDelay(
    replayed.loopDelay,
    medianGapMs(requests.map((request) => request.observation)),
  );
  const cache = cacheFindings(input, traces, counted?.cachedTokens ?? null);
  const codes = [
    ...warmed.findings.filter((code) => code !== 'not-steady'),
    ...replayed.findings,
    ...(late === 'loop-delay' ? [late] : []),
  ];
  return {
    requests,
    warmUp: {
      launch: input.identity.launch,
      isSteady: warmed.isSteady,
      isGivenUp: isFailing(warmed),
      times: warmed.times,
    },
    loopDelay: replayed.loopDelay,
    findings: [
      ...(replayed.isGivenUp ? [givenUp(input, traces.length, replayed.planned)] : []),
      ...[...new Set(codes)].map(findingFrom),
      ...cache.findings,
      ...preempted(counted),
    ],
    histogram: metrics && engine.histogramTimes(metrics.before, metrics.after),
    counted,
    invalid: cache.isReused ? 'cache-reused' : late === 'client-late' ? late : null,
    isGivenUp: replayed.isGivenUp,
  };
}

function givenUp({ identity }: TargetInput, asked: number, planned: number): Finding {
  return {
    code: 'given-up',
    text: `Launch ${identity.launch}: ${asked} of ${planned} requests asked, gave up because all of them failed, as the last warm-up requests had.`,
  };
}

function cacheFindings(
  input: TargetInput,
  traces: readonly RequestTrace[],
  counted: number | null,
): { isReused: boolean; findings: Finding[] } {
  if (input.settings.cache === 'warm') return { isReused: false, findings: [] };
  const evidence = coldCacheEvidence(
    traces,
    (trace) => input.engine.ownTimes(trace.engineTimings)?.cachedTokens ?? null,
    counted,
  );
  const isVerified = evidence === 'cold' && input.engine.coldCache === 'enforced';
  const isUnverified = evidence !== 'reused' && !isVerified && traces.some((trace) => trace.outcome === 'ok');
  return { isReused: evidence === 'reused', findings: isUnverified ? [findingFrom('cache-unverified')] : [] };
}

function preempted(counted: CountedBetween | null): Finding[] {
  const count = counted?.preemptions ?? 0;
  return count === 0
    ? []
    : [{ code: 'preemptions', text: `${count} times a request was put back for want of cache.` }];
}

function medianGapMs(observations: readonly Observation[]): number | null {
  const gaps = observations.flatMap((observation) => observation.itlMs);
  return gaps.length === 0 ? null : median(gaps);
}
