import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segments } from '../../src/stats/change-points.ts';
import { type WarmUpClass, warmUpClass } from '../../src/stats/warm-up-class.ts';
import expected from '../fixtures/stats/warm-up-class/expected.json' with { type: 'json' };

describe.each(expected.cases)('$name', (wanted) => {
  it('falls into the segments that numpy finds among all partitions', () => {
    const found = segments(wanted.values, 15 * Math.log(wanted.values.length));
    expect(found.map(({ start, end }) => [start, end])).toEqual(wanted.segments);
  });

  it(`is ${wanted.word}`, () => {
    expect(warmUpClass(wanted.values, wanted.better as 'higher' | 'lower')).toEqual({
      word: wanted.word,
      steadyFrom: wanted.steadyFrom,
      outliers: wanted.outliers,
    });
  });
});

const value = fc.double({ min: 0.5, max: 1.5, noNaN: true });
const steps = fc
  .array(fc.record({ level: fc.constantFrom(0.6, 0.9, 1, 1.2), noise: fc.array(value, { maxLength: 12 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.flatMap(({ level, noise }) => noise.map((one) => level + 0.02 * (one - 1))));
const penalty = fc.double({ min: 0, max: 60, noNaN: true });

describe('segments', () => {
  it('cost the least of all partitions, whatever PELT leaves untried', () => {
    fc.assert(
      fc.property(steps, penalty, (values, each) => {
        const found = segments(values, each);
        const sum = found.reduce(
          (total, one) => total + cost(values.slice(one.start, one.end)) + each,
          -each,
        );
        if (values.length > 1) expect(sum).toBeCloseTo(leastCost(values, each), 6);
      }),
    );
  });

  it('follow each other from the first value to the last, and tell what they hold', () => {
    fc.assert(
      fc.property(steps, penalty, (values, each) => {
        const found = segments(values, each);
        expect(found.flatMap(({ start, end }) => values.slice(start, end))).toEqual(values);
        for (const { start, end, mean, variance } of found) {
          const part = values.slice(start, end);
          const center = part.reduce((sum, one) => sum + one, 0) / part.length;
          expect(mean).toBeCloseTo(center, 12);
          expect(variance).toBeCloseTo(
            part.reduce((sum, one) => sum + (one - center) ** 2, 0) / part.length,
            12,
          );
          if (values.length > 1) expect(end - start).toBeGreaterThan(1);
        }
      }),
    );
  });

  it('are none of nothing, and one of what is too short', () => {
    expect(segments([], 1)).toEqual([]);
    expect(segments([7], 1)).toEqual([{ start: 0, end: 1, mean: 7, variance: 0 }]);
    expect(segments([1, 9, 1], 0)).toHaveLength(1);
  });
});

describe('the word for a launch', () => {
  const of = (levels: readonly (readonly [level: number, n: number])[]): number[] =>
    levels.flatMap(([level, n]) =>
      Array.from({ length: n }, (_, index) => level + 0.002 * Math.sin(7 * index)),
    );
  const word = (values: readonly number[], better: 'higher' | 'lower' = 'higher'): WarmUpClass | undefined =>
    warmUpClass(values, better)?.word;

  it('is missing for fewer than ten requests', () => {
    expect(warmUpClass(of([[1, 9]]), 'higher')).toBeNull();
    expect(warmUpClass(of([[1, 10]]), 'higher')).not.toBeNull();
  });

  it('turns with the side that is better', () => {
    fc.assert(
      fc.property(steps, (values) => {
        const mirrored = values.map((one) => 2 - one);
        expect(warmUpClass(mirrored, 'lower')).toEqual(warmUpClass(values, 'higher'));
      }),
    );
    const early = of([
      [0.8, 20],
      [1, 60],
    ]);
    expect([word(early), word(early, 'lower')]).toEqual(['warm-up', 'slowdown']);
  });

  it('depends on where the last quarter begins, to the request', () => {
    const changesAt = (at: number): WarmUpClass | undefined =>
      word(
        of([
          [0.8, at],
          [1, 80 - at],
        ]),
      );
    expect([changesAt(59), changesAt(60), changesAt(61)]).toEqual(['warm-up', 'warm-up', 'no steady state']);
  });

  it('is flat within delta, and not beyond', () => {
    const steps = of([
      [1.02, 40],
      [1, 40],
    ]);
    expect(word(steps)).toBe('slowdown');
    expect(warmUpClass(steps, 'higher', { delta: 0.03 })?.word).toBe('flat');
  });

  it('is not moved by a lone request far off, unless it is the first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 79 }), fc.constantFrom(0.2, 0.6, 1.5, 4), (at, far) => {
        const values = of([[1, 80]]);
        values[at] = far;
        expect(warmUpClass(values, 'higher')).toEqual({ word: 'flat', steadyFrom: 0, outliers: 1 });
      }),
    );
    expect(warmUpClass([0.6, ...of([[1, 79]])], 'higher')?.word).toBe('warm-up');
  });
});

function cost(part: readonly number[]): number {
  const center = part.reduce((sum, one) => sum + one, 0) / part.length;
  const variance = part.reduce((sum, one) => sum + (one - center) ** 2, 0) / part.length;
  const held = Math.max(variance, 1e-11);
  return part.length * (Math.log(2 * Math.PI * held) + variance / held);
}

/** By trying every start of every last segment. */
function leastCost(values: readonly number[], penalty: number): number {
  const least = [-penalty];
  for (let end = 1; end <= values.length; end += 1) {
    const sums = [...Array(Math.max(0, end - 1)).keys()].map(
      (start) => (least[start] ?? Number.POSITIVE_INFINITY) + cost(values.slice(start, end)) + penalty,
    );
    least.push(Math.min(...sums));
  }
  return least.at(-1) ?? Number.NaN;
}
