import type { Observation } from '../measure/timeline.ts';
import { median } from './describe.ts';
import type { WitnessComparison } from './summary.ts';

/** One request by the engine's own clock; null where the engine does not say. */
export interface EngineTimes {
  /** From the start of prompt processing to the first token (llama.cpp `timings.prompt_ms`). */
  readonly promptMs: number | null;
  /** From the first token to the last (llama.cpp `timings.predicted_ms`). */
  readonly decodeMs: number | null;
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
