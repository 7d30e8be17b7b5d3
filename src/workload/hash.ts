import { canonicalJson, type Json, sha256Hex } from '../canonical.ts';
import type { Query } from './query.ts';

/** Everything that decides what is asked, how, and in which order. */
export interface WorkloadMeaning {
  readonly queries: readonly Query[];
  readonly sampling: { readonly [key: string]: Json };
  readonly maxTokens: number | null;
  /** As the file writes it, not as speculation may change it. */
  readonly ignoreEos: boolean;
  readonly rounds: number;
  readonly limit: number | null;
  /** null: the order of the file. */
  readonly orderSeed: number | null;
  readonly cache: 'cold' | 'warm';
}

/**
 * 12 hex that name a workload: the start of the sha256 of its canonical JSON. Two runs with the same hash asked
 * the same questions, in the same way and order, so their queries pair by id. Ids are therefore part of it: with
 * swapped ids the pairs would be wrong while the hash said nothing. Tags are not: they group results and reach
 * no engine, so a new column does not orphan the history of a file.
 */
export function workloadHash(workload: WorkloadMeaning): string {
  const { queries, sampling, maxTokens, ignoreEos, rounds, limit, orderSeed, cache } = workload;
  const meaning: Json = {
    queries: queries.map(({ id, messages, maxTokens: own, fields }) => ({
      id,
      messages,
      maxTokens: own,
      fields,
    })),
    sampling,
    maxTokens,
    ignoreEos,
    rounds,
    limit,
    orderSeed,
    cache,
  };
  return sha256Hex(canonicalJson(meaning)).slice(0, 12);
}
