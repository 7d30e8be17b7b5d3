import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drift } from '../../src/stats/drift.ts';
import { twoSidedNormalP } from '../../src/stats/normal-tail.ts';
import expected from '../fixtures/stats/drift/expected.json' with { type: 'json' };

type Points = readonly (readonly [x: number, y: number])[];

function near(actual: number | null, wanted: number | null, relative: number): void {
  if (actual === null || wanted === null) expect(actual).toBe(wanted);
  else expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(relative * Math.abs(wanted));
}

it.each(expected.cases)('$name: slope, S and p are those of scipy', (wanted) => {
  const found = drift(wanted.points as unknown as Points);
  expect([found.n, found.s]).toEqual([wanted.points.length, wanted.s]);
  near(found.slope, wanted.slope, 1e-12);
  near(found.change, wanted.change, 1e-12);
  near(found.variance, wanted.variance, 1e-9);
  near(found.z, wanted.z, 1e-9);
  near(found.p, wanted.p, 1e-7);
});

it.each(expected.tails)('the tail beyond $z is that of scipy', ({ z, p }) => {
  near(twoSidedNormalP(z), p, 1e-12);
  expect(twoSidedNormalP(-z)).toBe(twoSidedNormalP(z));
});

const whole = fc.integer({ min: -20, max: 20 });
const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), whole), { maxLength: 14 });

describe('drift', () => {
  it('is the same whatever the order of the points', () => {
    fc.assert(
      fc.property(points, (some) => {
        expect(drift([...some].reverse())).toEqual(drift(some));
      }),
    );
  });

  it('of a line is the line, and turns its sign with it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(whole, { minLength: 2, maxLength: 12 }), whole, whole, (xs, a, b) => {
        const line = drift(xs.map((x) => [x, a + b * x]));
        expect(line.slope).toBe(b);
        expect(line.change).toBeCloseTo(b * (Math.max(...xs) - Math.min(...xs)), 9);
        expect(line.s).toBe((Math.sign(b) * xs.length * (xs.length - 1)) / 2 + 0);
      }),
    );
  });

  it('does not mind where x and y begin, and grows with the unit of y', () => {
    fc.assert(
      fc.property(points, whole, whole, (some, right, up) => {
        const there = drift(some);
        const moved = drift(some.map(([x, y]) => [x + right, 4 * y + up]));
        expect(moved.slope).toBe(there.slope === null ? null : 4 * there.slope);
        expect([moved.s, moved.variance, moved.z]).toEqual([there.s, there.variance, there.z]);
      }),
    );
  });

  it('S has mean 0 and its variance over all orders of y', () => {
    const few = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), {
      minLength: 2,
      maxLength: 5,
    });
    fc.assert(
      fc.property(few, (some) => {
        const all = orders(some.map(([, y]) => y)).map(
          (ys) => drift(ys.map((y, index) => [some[index]?.[0] ?? 0, y])).s,
        );
        expect(all.reduce((sum, s) => sum + s, 0)).toBe(0);
        expect(drift(some).variance).toBeCloseTo(all.reduce((sum, s) => sum + s * s, 0) / all.length, 9);
      }),
      { numRuns: 40 },
    );
  });

  it('is unknown where there is nothing to compare', () => {
    expect(drift([])).toEqual({ n: 0, slope: null, change: null, s: 0, variance: 0, z: null, p: null });
    expect(drift([[1, 2]]).slope).toBeNull();
    const atOnce = drift([
      [1, 2],
      [1, 3],
    ]);
    expect([atOnce.slope, atOnce.change, atOnce.p]).toEqual([null, null, null]);
    const flat = drift([
      [1, 2],
      [2, 2],
    ]);
    expect([flat.slope, flat.p]).toEqual([0, null]);
  });
});

function orders(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value, index) =>
    orders(values.filter((_, at) => at !== index)).map((rest) => [value, ...rest]),
  );
}
