import type { RecallCounts } from '../../src/verdict/recall-counts.ts';

/** What is true of both arms; shares of items. */
export interface World {
  /** The parent's share of right answers, by context. */
  readonly parents: readonly number[];
  /** What the child loses of it, in each context. */
  readonly drop: number;
  /** Items that turn right by chance; as many, beyond the drop, turn wrong. */
  readonly noise: number;
  /** Answers that lose their label by chance; as many gain one. */
  readonly formatNoise: number;
}

/** Whether a parent can lose and gain so much. */
export function isPossible({ parents, drop, noise }: World): boolean {
  return parents.every((share) => drop + noise <= share + 1e-12 && noise <= 1 - share + 1e-12);
}

/** Draws from Binomial(n, p), by the inverse of its distribution function. */
type Draw = (n: number) => number;

/**
 * What both arms make of the items of one campaign, counted at each look. Counts are multinomial, as of items drawn at
 * random; items whose difficulty is fixed and differs spread their counts less (W. Hoeffding, Ann. Math. Stat. 27 (1956)).
 */
export function campaigns(
  { parents, drop, noise, formatNoise }: World,
  looks: readonly number[],
  random: () => number,
): () => RecallCounts[][] {
  const lost = binomial(drop + noise, random);
  const gained = binomial(noise / (1 - drop - noise), random);
  const others = 1 - drop - 2 * noise;
  const right = parents.map((share) => binomial(others > 0 ? (share - drop - noise) / others : 0, random));
  const formatLost = binomial(formatNoise, random);
  const formatGained = binomial(formatNoise / (1 - formatNoise), random);
  return () => {
    let counts = parents.map((_, index) => nothing(index));
    return looks.map((seen) => {
      counts = counts.map((before, index) => {
        const n = seen - before.n;
        const [b, f] = [lost(n), formatLost(n)];
        const c = gained(n - b);
        const both = right[index]?.(n - b - c) ?? 0;
        return {
          ...before,
          seen,
          n: seen,
          parentRight: before.parentRight + both + b,
          childRight: before.childRight + both + c,
          lost: before.lost + b,
          gained: before.gained + c,
          formatLost: before.formatLost + f,
          formatGained: before.formatGained + formatGained(n - f),
          changed: before.changed + b + c,
        };
      });
      return counts;
    });
  };
}

function nothing(index: number): RecallCounts {
  return {
    context: `${index}`,
    seen: 0,
    invalid: 0,
    parentInvalid: 0,
    childInvalid: 0,
    n: 0,
    parentRight: 0,
    childRight: 0,
    lost: 0,
    gained: 0,
    formatLost: 0,
    formatGained: 0,
    changed: 0,
  };
}

function binomial(p: number, random: () => number): Draw {
  const tables = new Map<number, number[]>();
  return (n) => {
    if (p <= 0 || n === 0) return 0;
    if (p >= 1) return n;
    let table = tables.get(n);
    if (table === undefined) {
      table = distribution(n, p);
      tables.set(n, table);
    }
    const u = random();
    let k = 0;
    while (k < n && u >= (table[k] as number)) k += 1;
    return k;
  };
}

/** P(B <= k), k = 0..n - 1, for the n of a batch: thousands would underflow. */
function distribution(n: number, p: number): number[] {
  let term = (1 - p) ** n;
  let sum = 0;
  return Array.from({ length: n }, (_, k) => {
    if (k > 0) term *= (((n - k + 1) / k) * p) / (1 - p);
    sum += term;
    return sum;
  });
}
