import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ascending, describe, mean, median, sampleSd } from '../../src/stats/describe.ts';
import { effectiveN } from '../../src/stats/effective-n.ts';
import { quantileType7 } from '../../src/stats/quantile.ts';
import { quantileInterval } from '../../src/stats/quantile-interval.ts';
import { trimmedMean } from '../../src/stats/trimmed-mean.ts';

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const sample = fc.array(value, { minLength: 1, maxLength: 60 });
const inside = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const slack = 1e-6;

test('statistics do not depend on the order of the values, nor change them', () => {
  fc.assert(
    fc.property(sample, (values) => {
      const before = [...values];
      const reversed = describe([...values].reverse());
      expect(describe(values)).toEqual(reversed);
      expect(values).toEqual(before);
    }),
  );
});

test('median, mean, trimmed mean and every quantile lie between min and max', () => {
  fc.assert(
    fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
      const { min, max } = describe(values) ?? { min: Number.NaN, max: Number.NaN };
      for (const center of [
        median(values),
        mean(values),
        trimmedMean(values),
        quantileType7(ascending(values), p),
      ]) {
        expect(center).toBeGreaterThanOrEqual(min - slack);
        expect(center).toBeLessThanOrEqual(max + slack);
      }
    }),
  );
});

test('shifting moves the centres and leaves the spread', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 60 }), value, (values, shift) => {
      const moved = values.map((one) => one + shift);
      expect(Math.abs(mean(moved) - mean(values) - shift)).toBeLessThan(slack);
      expect(Math.abs(median(moved) - median(values) - shift)).toBeLessThan(slack);
      expect(Math.abs((sampleSd(moved) as number) - (sampleSd(values) as number))).toBeLessThan(slack);
    }),
  );
});

test('a higher p never gives a lower quantile, and the median is the quantile at one half', () => {
  fc.assert(
    fc.property(sample, inside, inside, (values, one, other) => {
      const sorted = ascending(values);
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      expect(quantileType7(sorted, low)).toBeLessThanOrEqual(quantileType7(sorted, high) + slack);
      expect(quantileType7(sorted, 0.5)).toBeCloseTo(median(values), 6);
    }),
  );
});

test('an interval is in order, made of the values, at least as sure as asked, and opens rather than lies', () => {
  fc.assert(
    fc.property(sample, inside, fc.double({ min: 0.5, max: 0.99, noNaN: true }), (values, p, level) => {
      const sorted = ascending(values);
      const { lower, upper, coverage } = quantileInterval(sorted, p, { level });
      for (const bound of [lower, upper]) if (bound !== null) expect(sorted).toContain(bound);
      if (lower !== null && upper !== null) expect(lower).toBeLessThanOrEqual(upper);
      expect(coverage).toBeGreaterThanOrEqual(level - 1e-9);
      expect(coverage).toBeLessThanOrEqual(1 + 1e-9);
      // x(1) is above the quantile with probability (1-p)^n: it bounds it only when that is small enough.
      expect(lower === null).toBe((1 - p) ** values.length > (1 - level) / 2 + 1e-12);
    }),
  );
});

test('the interval of fewer independent values is never narrower', () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 20, maxLength: 60 }),
      fc.integer({ min: 1, max: 19 }),
      (values, few) => {
        const sorted = ascending(values);
        const all = quantileInterval(sorted, 0.5);
        const less = quantileInterval(sorted, 0.5, { independent: few });
        expect(less.lower ?? Number.NEGATIVE_INFINITY).toBeLessThanOrEqual(all.lower as number);
        expect(less.upper ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(all.upper as number);
      },
    ),
  );
});

test('clusters are worth between one value each and all their values', () => {
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 12 }), inside, (clusters, p) => {
      const sorted = ascending(clusters.flat());
      const worth = effectiveN(clusters, p, quantileType7(sorted, p));
      expect(worth).toBeGreaterThanOrEqual(clusters.length);
      expect(worth).toBeLessThanOrEqual(sorted.length);
    }),
  );
});

test('clusters that repeat one value are worth one value each; alike clusters are worth all of theirs', () => {
  const copies = Array.from({ length: 10 }, (_, index) => Array.from({ length: 50 }, () => index));
  expect(effectiveN(copies, 0.5, 4.5)).toBe(10);
  const alike = Array.from({ length: 10 }, () => Array.from({ length: 50 }, (_, index) => index));
  expect(effectiveN(alike, 0.5, 24.5)).toBe(500);
});

test('the interval of the median holds the median about as often as its coverage says', () => {
  let state = 12345;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  let held = 0;
  let promised = 0;
  const trials = 4000;
  for (let trial = 0; trial < trials; trial += 1) {
    const { lower, upper, coverage } = quantileInterval(ascending(Array.from({ length: 15 }, uniform)), 0.5);
    promised = coverage;
    if ((lower as number) <= 0.5 && 0.5 <= (upper as number)) held += 1;
  }
  expect(Math.abs(held / trials - promised)).toBeLessThan(0.015);
});

test('the trimmed mean cuts floor(share n) values from each tail', () => {
  const outlier = (n: number): number[] => [...Array.from({ length: n - 1 }, () => 1), 1e9];
  expect(trimmedMean(outlier(9))).toBeGreaterThan(1e8);
  expect(trimmedMean(outlier(10))).toBe(1);
  expect(trimmedMean([0, 0, 0, ...Array.from({ length: 24 }, () => 1), 5, 5, 5], 0.1)).toBe(1);
  expect(trimmedMean([0, ...Array.from({ length: 28 }, () => 1), 9], 0.1)).toBe(1);
});

test('what has no answer throws or is null', () => {
  expect(describe([])).toBeNull();
  expect(sampleSd([4])).toBeNull();
  for (const ask of [
    () => mean([]),
    () => median([]),
    () => quantileType7([], 0.5),
    () => quantileInterval([], 0.5),
    () => trimmedMean([]),
  ]) {
    expect(ask).toThrow(RangeError);
  }
  expect(() => quantileType7([1], 1.1)).toThrow(RangeError);
  expect(() => trimmedMean([1], 0.5)).toThrow(RangeError);
});
