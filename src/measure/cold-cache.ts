import type { RequestTrace } from './trace.ts';

/**
 * What the answers say about a cache that was to be cold: `reused` when any engine count shows prompt tokens
 * taken from it, `cold` when every answer, or the counter over all of them, states none were, else `unknown`.
 * @param ownCached the engine's second count of reused tokens for a trace (llama.cpp `cache_n`), null without.
 * @param counted tokens its counters say were reused over all these requests, null when they do not say.
 */
export function coldCacheEvidence(
  traces: readonly RequestTrace[],
  ownCached: (trace: RequestTrace) => number | null,
  counted: number | null = null,
): 'cold' | 'reused' | 'unknown' {
  const counts = traces
    .filter((trace) => trace.outcome === 'ok')
    .map((trace) => ownCached(trace) ?? trace.usage?.cachedTokens ?? null);
  if ([...counts, counted].some((count) => count !== null && count > 0)) return 'reused';
  if (counts.length === 0) return 'unknown';
  return counted === 0 || counts.every((count) => count === 0) ? 'cold' : 'unknown';
}
