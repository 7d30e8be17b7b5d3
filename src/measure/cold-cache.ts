import type { RequestTrace } from './trace.ts';

/**
 * What the answers say about a cache that was to be cold: `reused` when any engine count shows prompt tokens
 * taken from it, `cold` when every answer states none were, `unknown` when some say nothing.
 * @param ownCached the engine's second count of reused tokens for a trace (llama.cpp `cache_n`), null without.
 */
export function coldCacheEvidence(
  traces: readonly RequestTrace[],
  ownCached: (trace: RequestTrace) => number | null,
): 'cold' | 'reused' | 'unknown' {
  const counts = traces
    .filter((trace) => trace.outcome === 'ok')
    .map((trace) => ownCached(trace) ?? trace.usage?.cachedTokens ?? null);
  if (counts.some((count) => count !== null && count > 0)) return 'reused';
  return counts.length > 0 && counts.every((count) => count === 0) ? 'cold' : 'unknown';
}
