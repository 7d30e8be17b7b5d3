import type { Observation } from '../measure/timeline.ts';
import type { RequestTrace } from '../measure/trace.ts';
import { describe } from './describe.ts';
import type { ErrorGroup, Range, TokenSummary } from './summary.ts';

/** How often each text occurs; the most frequent first, then by name, so that the same counts give the same JSON. */
export function tally(texts: readonly string[]): { readonly [text: string]: number } {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const entries = [...counts].sort(([a, an], [b, bn]) => bn - an || (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

/** The requests that did not end `ok`, by outcome, the most frequent first. */
export function groupErrors(
  requests: readonly Pick<RequestTrace, 'outcome' | 'query' | 'error'>[],
): ErrorGroup[] {
  const failed = requests.filter((request) => request.outcome !== 'ok');
  return (
    Object.entries(tally(failed.map((request) => request.outcome))) as [ErrorGroup['outcome'], number][]
  ).map(([outcome, count]) => {
    const group = failed.filter((request) => request.outcome === outcome);
    return {
      outcome,
      count,
      queries: [...new Set(group.map((request) => request.query))],
      example: group.find((request) => request.error !== null)?.error ?? null,
    };
  });
}

/** Prompt and output tokens of requests that ended well, and where the counts came from. */
export function summarizeTokens(
  requests: readonly { readonly trace: Pick<RequestTrace, 'usage'>; readonly observation: Observation }[],
): TokenSummary {
  const counted = requests.filter(({ observation }) => observation.tokens !== null);
  return {
    prompt: rangeOf(requests.map(({ trace }) => trace.usage?.promptTokens ?? null)),
    completion: rangeOf(requests.map(({ observation }) => observation.tokens)),
    sources: tally(known(counted.map(({ observation }) => observation.tokensSource))),
    decodeSources: tally(known(counted.map(({ observation }) => observation.decodeSource))),
  };
}

function rangeOf(counts: readonly (number | null)[]): Range | null {
  const description = describe(known(counts));
  if (description === null) return null;
  return { min: description.min, median: description.median, max: description.max };
}

function known<Value>(values: readonly (Value | null)[]): Value[] {
  return values.filter((value): value is Value => value !== null);
}
