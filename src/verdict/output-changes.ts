import type { OutputsCompared } from './comparison.ts';
import type { RecordedRequest } from './query-moves.ts';

/** Which queries were answered otherwise. */
export interface OutputChanges {
  /** Queries whose answers of both sides are known. */
  readonly compared: number;
  /** How far into the text they part, in characters; null: the texts are not kept. */
  readonly changed: readonly { readonly query: string; readonly atChar: number | null }[];
  /** Queries that one side itself answered in more than one way: they are in neither count. */
  readonly unstable: readonly string[];
}

/** By the hashes of the answers that the requests have; null where one side has none. */
export function outputChanges(
  a: readonly RecordedRequest[],
  b: readonly RecordedRequest[],
): OutputChanges | null {
  const [one, other] = [answersOf(a), answersOf(b)];
  if (one.size === 0 || other.size === 0) return null;
  // By name: requests are asked in a shuffled order.
  const queries = [...one].sort(([name], [next]) => (name < next ? -1 : 1));
  const both = queries.flatMap(([query, hashes]) => {
    const others = other.get(query);
    return others === undefined ? [] : [{ query, hashes, others }];
  });
  const stable = both.filter(({ hashes, others }) => hashes.size === 1 && others.size === 1);
  const changed = stable.filter(({ hashes, others }) => [...hashes][0] !== [...others][0]);
  return {
    compared: stable.length,
    changed: changed.map(({ query }) => ({ query, atChar: null })),
    unstable: both.flatMap(({ query, hashes, others }) => (hashes.size > 1 || others.size > 1 ? query : [])),
  };
}

/** What a paired run found of its two arms; the direction does not matter. */
export function outputsOfPairs({ compared, diverged, unstable }: OutputsCompared): OutputChanges {
  return { compared, changed: diverged, unstable };
}

function answersOf(requests: readonly RecordedRequest[]): Map<string, Set<string>> {
  const answers = new Map<string, Set<string>>();
  for (const { query, outcome, textSha256 } of requests) {
    if (outcome !== 'ok' || typeof textSha256 !== 'string') continue;
    answers.set(query, (answers.get(query) ?? new Set<string>()).add(textSha256));
  }
  return answers;
}
