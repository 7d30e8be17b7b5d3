import type { Query } from './query.ts';
import { randomStream } from './random.ts';

/** The seed of a workload that names none. */
export const defaultOrderSeed = 0;

/**
 * The order in which a round asks its queries: shuffled anew in each round, the same for the same (queries, round,
 * seed), so that both arms and all launches ask alike. Shuffled by default, since files are sorted by kind or
 * length and a host drifts within a launch: in file order that drift always falls on the same queries, shuffled
 * it falls on other ones each round and the median over rounds of a query sheds it; the difference of a pair is
 * free of it either way. `seed` null keeps the order of the file (for warm caches whose reuse is the subject).
 * Fisher-Yates as in Knuth, TAOCP vol. 2, algorithm 3.4.2P.
 */
export function order(queries: readonly Query[], round: number, seed: number | null): readonly Query[] {
  const shuffled = [...queries];
  if (seed === null) return shuffled;
  const random = randomStream(`order ${seed} ${round}`);
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const pick = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[pick]] = [shuffled[pick] as Query, shuffled[last] as Query];
  }
  return shuffled;
}
