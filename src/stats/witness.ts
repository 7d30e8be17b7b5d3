import type { Observation } from '../measure/timeline.ts';
import type { Usage } from '../measure/trace.ts';
import { median } from './describe.ts';
import type { WitnessComparison } from './summary.ts';

/** One request by the engine's own clock; null where the engine does not say. */
export interface EngineTimes {
  /** From the start of prompt processing to the first token (llama.cpp `timings.prompt_ms`). */
  readonly promptMs: number | null;
  /** From the first token to the last (llama.cpp `timings.predicted_ms`). */
  readonly decodeMs: number | null;
}

/** One launch by the engine's own histograms: means over the requests that ended while it was measured. */
export interface EngineHistogram {
  readonly launch: number;
  readonly ttftMs: number | null;
  /** Between one output step and the next. */
  readonly itlMs: number | null;
  readonly requests: number;
}

interface Pair {
  readonly clientMs: number;
  readonly engineMs: number;
}

/** Reading and templating the request and tokenising the prompt: in the client's TTFT, not in the engine's. */
const beforePromptMs = 20;
/** Scheduling between the engine's stamp and its write, as a share of the span. */
const slack = 0.02;

/**
 * The client's stopwatch beside the engine's, request by request; empty when the engine told no times. They
 * agree when the median difference is within two stamps' error plus 2 % of the span; a client's TTFT may
 * also exceed the engine's by what happens before its clock starts (20 ms).
 */
export function compareWitness(
  requests: readonly { readonly observation: Observation; readonly engineTimes: EngineTimes | null }[],
  clientErrorMs: number,
): WitnessComparison[] {
  const ttft = requests.flatMap(({ observation, engineTimes }) =>
    pair(observation.ttftMs, engineTimes?.promptMs ?? null),
  );
  const decode = requests.flatMap(({ observation, engineTimes }) =>
    pair(observation.decodeMs, engineTimes?.decodeMs ?? null),
  );
  return [
    ...compare('ttft_ms', ttft, clientErrorMs, beforePromptMs),
    ...compare('decode_ms', decode, clientErrorMs, 0),
  ];
}

/** A request as far as histograms are compared with it. */
interface Timed {
  readonly trace: { readonly launch: number; readonly usage: Usage | null };
  readonly observation: Observation;
}

/**
 * The client's means beside those of the engine's histograms, launch by launch, then over launches weighted by their
 * requests. A launch counts only when the histogram is over just the requests that the client measured.
 * Tolerances are those of `compareWitness`. Gaps are compared per token: sum of decode spans over sum of tokens - 1.
 */
export function compareHistograms(
  requests: readonly Timed[],
  histograms: readonly EngineHistogram[],
  clientErrorMs: number,
): WitnessComparison[] {
  const whole = histograms.flatMap((histogram) => {
    const own = requests.filter(({ trace }) => trace.launch === histogram.launch);
    return own.length > 0 && own.length === histogram.requests ? [{ histogram, own }] : [];
  });
  const ttft = whole.flatMap(({ histogram, own }) =>
    weighted(mean(own.map(({ observation }) => observation.ttftMs)), histogram.ttftMs, own.length),
  );
  const gaps = whole.flatMap(({ histogram, own }) => weighted(meanGapMs(own), histogram.itlMs, own.length));
  return [
    ...compareMeans('ttft_ms', ttft, clientErrorMs, beforePromptMs),
    ...compareMeans('itl_ms', gaps, clientErrorMs, 0),
  ];
}

interface Weighted extends Pair {
  readonly n: number;
}

function weighted(clientMs: number | null, engineMs: number | null, n: number): Weighted[] {
  return clientMs === null || engineMs === null ? [] : [{ clientMs, engineMs, n }];
}

function compareMeans(
  metric: WitnessComparison['metric'],
  launches: readonly Weighted[],
  clientErrorMs: number,
  excessMs: number,
): WitnessComparison[] {
  if (launches.length === 0) return [];
  const n = launches.reduce((sum, launch) => sum + launch.n, 0);
  const over = (of: (launch: Weighted) => number): number =>
    launches.reduce((sum, launch) => sum + of(launch) * launch.n, 0) / n;
  const [clientMs, engineMs] = [over((launch) => launch.clientMs), over((launch) => launch.engineMs)];
  const differenceMs = clientMs - engineMs;
  const toleranceMs = 2 * clientErrorMs + slack * engineMs;
  const agrees = differenceMs >= -toleranceMs && differenceMs <= toleranceMs + excessMs;
  return [{ metric, statistic: 'mean', n, clientMs, engineMs, differenceMs, toleranceMs, agrees }];
}

/** Null unless every request has a value: a mean over others would be of other requests than the engine's. */
function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 || known.length < values.length
    ? null
    : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function meanGapMs(requests: readonly Timed[]): number | null {
  const spans = requests.map(({ observation }) => observation.decodeMs);
  const tokens = requests.map(({ trace }) => trace.usage?.completionTokens ?? null);
  const [span, token] = [mean(spans), mean(tokens)];
  return span === null || token === null || token <= 1 ? null : span / (token - 1);
}

function compare(
  metric: WitnessComparison['metric'],
  pairs: readonly Pair[],
  clientErrorMs: number,
  excessMs: number,
): WitnessComparison[] {
  if (pairs.length === 0) return [];
  const engineMs = median(pairs.map((both) => both.engineMs));
  const differenceMs = median(pairs.map((both) => both.clientMs - both.engineMs));
  const toleranceMs = 2 * clientErrorMs + slack * engineMs;
  return [
    {
      metric,
      n: pairs.length,
      clientMs: median(pairs.map((both) => both.clientMs)),
      engineMs,
      differenceMs,
      toleranceMs,
      agrees: differenceMs >= -toleranceMs && differenceMs <= toleranceMs + excessMs,
    },
  ];
}

function pair(clientMs: number | null, engineMs: number | null): Pair[] {
  return clientMs === null || engineMs === null ? [] : [{ clientMs, engineMs }];
}
