import { describe, expect, it } from 'vitest';
import { isMarginReachable, neededN, recallChance, recallThresholds } from '../../src/verdict/recall-rule.ts';

const rule = { marginPt: 5, n: 200, batch: 50 };

describe('looks and thresholds', () => {
  it('looks after each batch, and spends an equal part at each and on each context', () => {
    const { looks, boundConfidence, pooledP, contextP, formatP } = recallThresholds(rule, 3);
    expect(looks).toEqual([50, 100, 150, 200]);
    expect(boundConfidence).toBe(0.99);
    expect(pooledP + 3 * contextP + 3 * formatP).toBeCloseTo(0.05 / 4, 12);
    expect(recallThresholds({ n: 120, batch: 50 }, 1).looks).toEqual([50, 100, 120]);
    expect(recallThresholds({ n: 30, batch: 50 }, 1).looks).toEqual([30]);
    expect(() => recallThresholds({ n: 0, batch: 50 }, 1)).toThrow(RangeError);
    expect(() => recallThresholds({ n: 50, batch: 50 }, 0)).toThrow(RangeError);
  });
});

describe('the n that a margin needs', () => {
  it.each([
    [5, 1, 100],
    [5, 2, 50],
    [5, 3, 50],
    [1, 1, 800],
    [1, 4, 150],
    [2, 3, 100],
    [10, 1, 50],
  ])('%d points in %d contexts: %d', (marginPt, contexts, n) => {
    expect(neededN({ marginPt, batch: 50 }, contexts)).toBe(n);
    expect(isMarginReachable({ marginPt, n, batch: 50 }, contexts)).toBe(true);
    if (n > 50) expect(isMarginReachable({ marginPt, n: n - 50, batch: 50 }, contexts)).toBe(false);
  });

  it('refuses what is no margin', () => {
    expect(() => neededN({ marginPt: 0, batch: 50 }, 1)).toThrow(RangeError);
  });
});

it('guessing among three things is easier than among six rooms', () => {
  expect(recallChance('qa1')).toBe(1 / 6);
  expect(recallChance('qa5')).toBe(1 / 3);
});
