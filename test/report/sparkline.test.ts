import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histogramOf, sparkline } from '../../src/report/sparkline.ts';

test('values fall into bins of equal width, the largest into the last', () => {
  expect(histogramOf([0, 1, 2, 3, 4], 4)).toEqual({ from: 0, to: 4, counts: [1, 1, 1, 2] });
  expect(histogramOf([], 4)).toBeNull();
  expect(histogramOf([2, 2], 4)).toEqual({ from: 2, to: 2, counts: [2] });
});

test('every value is counted', () => {
  const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(values, (all) => {
      const counts = histogramOf(all, 12)?.counts ?? [];
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(all.length);
    }),
  );
});

test('an empty bin is a space, one value is never nothing', () => {
  expect(sparkline([0, 1, 100])).toBe(' ▁█');
  expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8])).toBe('▁▂▃▄▅▆▇█');
});
