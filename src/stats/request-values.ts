import type { MetricName } from './metric.ts';
import type { MeasuredRequest } from './summarize.ts';

/** Below so many output tokens a speculating engine's decode rate is its draft's luck. */
const shortestSpeculated = 16;

const decodeMetrics: ReadonlySet<MetricName> = new Set(['decode_tok_s', 'tpot_ms', 'itl_ms']);

/** What a request says of a metric: one value, many gaps (itl_ms), or none. */
export function requestValues(name: MetricName, { observation }: MeasuredRequest): readonly number[] {
  if (name === 'itl_ms') return observation.itlMs;
  const value = {
    decode_tok_s: observation.decodeTokS,
    ttft_ms: observation.ttftMs,
    ttfat_ms: observation.ttfatMs,
    tpot_ms: observation.tpotMs,
    e2e_ms: observation.e2eMs,
    e2e_tok_s: observation.e2eTokS,
  }[name];
  return value === null ? [] : [value];
}

/**
 * Whether a request that ended well counts for a metric.
 * @param isSpeculative a draft method runs in either arm: outputs under 16 tokens stay out of decode metrics.
 */
export function countsFor(name: MetricName, request: MeasuredRequest, isSpeculative: boolean): boolean {
  return !(isSpeculative && decodeMetrics.has(name) && isShort(request));
}

/** Whether a request's output is too short to tell a speculating engine's rate. */
export function isShort({ observation }: MeasuredRequest): boolean {
  return observation.tokens !== null && observation.tokens < shortestSpeculated;
}
