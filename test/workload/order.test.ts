import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultOrderSeed, order } from '../../src/workload/order.ts';
import type { Query } from '../../src/workload/query.ts';

const make = (count: number): Query[] =>
  Array.from({ length: count }, (_, index) => ({
    id: String(index),
    messages: [{ role: 'user', content: 'x' }],
    maxTokens: null,
    fields: {},
    tags: {},
  }));
const ids = (queries: readonly Query[]): string => queries.map((query) => query.id).join(' ');

describe('order', () => {
  it('never changes for the same seed and round: the workload hash names it by its seed', () => {
    expect(ids(order(make(10), 1, defaultOrderSeed))).toBe('8 9 7 0 4 3 1 5 2 6');
    expect(ids(order(make(10), 2, defaultOrderSeed))).toBe('0 3 9 7 5 1 6 2 4 8');
    expect(ids(order(make(10), 1, 7))).toBe('0 8 5 3 6 1 4 9 7 2');
  });

  it('is the order of the file without a seed', () => {
    expect(order(make(9), 3, null)).toEqual(make(9));
  });

  it('asks each query once, the same way each time, and leaves its input alone', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(20), fc.integer(), (count, round, seed) => {
        const queries = make(count);
        const result = order(queries, round, seed);
        expect(new Set(result)).toEqual(new Set(queries));
        expect(result).toHaveLength(count);
        expect(order(queries, round, seed)).toEqual(result);
        expect(queries).toEqual(make(count));
      }),
    );
  });

  it('puts every query about equally often in every place', () => {
    const places = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
    for (let round = 0; round < 5000; round += 1) {
      order(make(5), round, defaultOrderSeed).forEach((query, place) => {
        (places[place] as number[])[Number(query.id)] = (places[place]?.[Number(query.id)] ?? 0) + 1;
      });
    }
    // 1000 expected, standard deviation 28: five of them.
    for (const count of places.flat()) expect(Math.abs(count - 1000)).toBeLessThan(140);
  });
});
