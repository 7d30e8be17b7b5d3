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
 */
export function order(queries: readonly Query[], round: number, seed: number | null): readonly Query[] {
  return seed === null ? [...queries] : shuffled(queries, `order ${seed} ${round}`);
}

/** Items in an order that a name has for ever: Fisher-Yates as in Knuth, TAOCP vol. 2, algorithm 3.4.2P. */
export function shuffled<Item>(items: readonly Item[], name: string): Item[] {
  const mixed = [...items];
  const random = randomStream(name);
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const pick = Math.floor(random() * (last + 1));
    [mixed[last], mixed[pick]] = [mixed[pick] as Item, mixed[last] as Item];
  }
  return mixed;
}
