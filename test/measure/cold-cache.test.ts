import { expect, it } from 'vitest';
import { coldCacheEvidence } from '../../src/measure/cold-cache.ts';
import type { RequestTrace } from '../../src/measure/trace.ts';

/** Answers with so many reused tokens each; null: the answer does not say. */
function evidence(cached: readonly (number | null)[], counted: number | null = null): string {
  const traces = cached.map((cachedTokens) => ({
    outcome: 'ok',
    usage: { promptTokens: 9, completionTokens: 4, cachedTokens },
  }));
  return coldCacheEvidence(traces as unknown as RequestTrace[], () => null, counted);
}

it.each<[readonly (number | null)[], number | null, string]>([
  [[0, 0], null, 'cold'],
  [[0, 1], null, 'reused'],
  [[0, null], null, 'unknown'],
  [[null, null], 0, 'cold'],
  [[null, null], 16, 'reused'],
  [[0, 0], 16, 'reused'],
  [[], 0, 'unknown'],
])('answers %j, counters %j: %s', (cached, counted, expected) => {
  expect(evidence(cached, counted)).toBe(expected);
});
