import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holm } from '../../src/stats/holm.ts';
import { mcnemarLossP, mcnemarP } from '../../src/stats/mcnemar.ts';
import { upperNormalQuantile } from '../../src/stats/normal-quantile.ts';
import { tangoUpper } from '../../src/stats/tango.ts';
import { wilsonInterval, wilsonLower } from '../../src/stats/wilson.ts';
import expected from '../fixtures/stats/paired/expected.json' with { type: 'json' };

function close(actual: number, wanted: number, relative: number): void {
  expect(Math.abs(actual - wanted), `${actual} for ${wanted}`).toBeLessThanOrEqual(
    relative * Math.max(1e-300, Math.abs(wanted)),
  );
}

describe("scipy's and statsmodels' values", () => {
  it.each(expected.quantiles)('z above which $tail of a normal lies', ({ tail, z }) => {
    expect(upperNormalQuantile(tail)).toBeCloseTo(z, 12);
  });

  it.each(expected.wilson)('Wilson, $right of $n at $confidence', (wanted) => {
    const { lower, upper } = wilsonInterval(wanted.right, wanted.n, wanted.confidence);
    expect(lower).toBeCloseTo(wanted.lower, 12);
    expect(upper).toBeCloseTo(wanted.upper, 12);
    expect(wilsonLower(wanted.right, wanted.n, wanted.confidence)).toBeCloseTo(wanted.oneSided, 12);
  });

  it.each(expected.mcnemar)('McNemar, $lost lost and $gained gained', (wanted) => {
    close(mcnemarLossP(wanted.lost, wanted.gained), wanted.oneSided, 1e-11);
    close(mcnemarP(wanted.lost, wanted.gained), wanted.twoSided, 1e-11);
  });

  it.each(expected.tango)('Tango, $lost lost and $gained gained of $n at $confidence', (wanted) => {
    expect(tangoUpper(wanted, wanted.confidence)).toBeCloseTo(wanted.upper, 7);
  });

  it.each(expected.holm)('Holm, $p', ({ p, adjusted }) => {
    holm(p).forEach((value, index) => {
      expect(value).toBeCloseTo(adjusted[index] as number, 12);
    });
  });
});

describe('the tables that the gate was designed by', () => {
  it.each([
    [5, 50, 0.043, 0.214],
    [10, 50, 0.112, 0.33],
    [15, 50, 0.191, 0.438],
    [20, 50, 0.276, 0.538],
    [25, 50, 0.366, 0.634],
    [30, 50, 0.462, 0.724],
    [35, 50, 0.562, 0.809],
    [40, 50, 0.67, 0.888],
    [43, 50, 0.738, 0.93],
    [45, 50, 0.786, 0.957],
    [47, 50, 0.838, 0.979],
    [48, 50, 0.865, 0.989],
    [49, 50, 0.895, 0.996],
    [50, 50, 0.929, 1],
    [200, 250, 0.746, 0.845],
  ])('Wilson at 95 %%, %d of %d', (right, n, lower, upper) => {
    const interval = wilsonInterval(right, n);
    expect([interval.lower, interval.upper].map((value) => Number(value.toFixed(3)))).toEqual([lower, upper]);
  });

  it('the parent is above chance from 13 of 50 on', () => {
    expect(wilsonLower(12, 50)).toBeLessThan(1 / 6);
    expect(wilsonLower(13, 50)).toBeGreaterThan(1 / 6);
  });

  it.each([
    [0, 5, 7],
    [1, 7, 10],
    [2, 9, 12],
    [3, 10, 14],
    [4, 12, 15],
    [5, 13, 17],
  ])('with %d gained, %d lost reach p 0.05 and %d reach 0.01', (gained, at5, at1) => {
    expect([smallestLost(gained, 0.05), smallestLost(gained, 0.01)]).toEqual([at5, at1]);
  });

  it.each([
    [50, 0, 0, 5.1],
    [50, 1, 0, 8.5],
    [50, 1, 1, 6.8],
    [50, 2, 0, 11.4],
    [50, 3, 3, 9.2],
    [50, 5, 0, 19.2],
    [150, 0, 0, 1.8],
    [150, 3, 0, 4.9],
    [150, 3, 1, 4.3],
    [150, 3, 3, 3.2],
    [150, 5, 5, 3.8],
    [150, 4, 0, 5.8],
    [150, 6, 2, 6.4],
    [200, 0, 0, 1.3],
    [200, 4, 0, 4.4],
    [200, 6, 2, 4.8],
    [200, 8, 2, 6.1],
  ])("Tango's bound for %d items, %d lost, %d gained is %d points", (n, lost, gained, points) => {
    expect(Math.abs(100 * tangoUpper({ n, lost, gained }, 0.95) - points)).toBeLessThanOrEqual(0.0501);
  });

  it.each([
    [50, 0, [0.05, 0.18, 0.37, 0.57, 0.73, 0.89, 0.98, 1]],
    [50, 0.02, [0.08, 0.18, 0.31, 0.45, 0.57, 0.74, 0.9, 0.97]],
    [50, 0.05, [0.09, 0.16, 0.25, 0.35, 0.46, 0.61, 0.81, 0.92]],
    [150, 0.02, [0.43, 0.7, 0.88, 0.96, 0.99, 1, 1, 1]],
    [200, 0.02, [0.57, 0.83, 0.95, 0.99, 1, 1, 1, 1]],
    [200, 0.05, [0.38, 0.64, 0.83, 0.93, 0.98, 1, 1, 1]],
  ])('power of McNemar at 5 %%, %d items of which %d are gained by noise', (n, gain, wanted) => {
    const powers = [4, 6, 8, 10, 12, 15, 20, 25].map((drop) => power(n, drop / 100 + gain, gain));
    powers.forEach((value, index) => {
      expect(Math.abs(value - (wanted[index] as number))).toBeLessThanOrEqual(0.0051);
    });
  });

  it.each([
    [3, 0, 'accept', 'accept'],
    [4, 0, 'more', 'accept'],
    [5, 0, 'reject', 'reject'],
    [6, 2, 'more', 'accept'],
    [8, 2, 'more', 'more'],
    [10, 2, 'reject', 'reject'],
    [5, 5, 'accept', 'accept'],
  ])('at 5 %% and 5 points, %d lost and %d gained: %s of 150, %s of 200', (lost, gained, of150, of200) => {
    const told = [150, 200].map((n) => {
      if (mcnemarLossP(lost, gained) <= 0.05) return 'reject';
      return tangoUpper({ n, lost, gained }, 0.95) <= 0.05 ? 'accept' : 'more';
    });
    expect(told).toEqual([of150, of200]);
  });
});

function smallestLost(gained: number, p: number): number {
  let lost = 0;
  while (mcnemarLossP(lost, gained) > p) lost += 1;
  return lost;
}

/** P(one-sided p <= 0.05) when items are lost and gained with these probabilities. */
function power(n: number, loss: number, gain: number): number {
  let sum = 0;
  for (let gained = 0; gained <= (gain === 0 ? 0 : n); gained += 1) {
    const atGained = binomial(n, gained, gain);
    if (atGained < 1e-12) continue;
    for (let lost = smallestLost(gained, 0.05); lost <= n - gained; lost += 1) {
      sum += atGained * binomial(n - gained, lost, loss / (1 - gain));
    }
  }
  return sum;
}

function binomial(n: number, k: number, p: number): number {
  let chance = 1;
  for (let i = 1; i <= k; i += 1) chance *= ((n - k + i) / i) * p;
  return chance * (1 - p) ** (n - k);
}

const counts = fc
  .record({ n: fc.integer({ min: 1, max: 400 }), lost: fc.nat(400), gained: fc.nat(400) })
  .filter(({ n, lost, gained }) => lost + gained <= n);

describe('what holds for any counts', () => {
  it('a share lies in its interval, and the other answers have the mirrored one', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 300 }), (some, n) => {
        const right = Math.min(some, n);
        const { lower, upper } = wilsonInterval(right, n);
        const wrong = wilsonInterval(n - right, n);
        expect(lower).toBeLessThanOrEqual(right / n);
        expect(upper).toBeGreaterThanOrEqual(right / n);
        expect(1 - wrong.upper).toBeCloseTo(lower, 12);
        expect(wilsonLower(right, n)).toBeGreaterThanOrEqual(lower);
      }),
    );
  });

  it('losing one more item gives no larger p and no lower bound', () => {
    fc.assert(
      fc.property(counts, ({ n, lost, gained }) => {
        expect(mcnemarLossP(lost + 1, gained)).toBeLessThanOrEqual(mcnemarLossP(lost, gained));
        fc.pre(lost + gained < n);
        const more = tangoUpper({ n, lost: lost + 1, gained }, 0.99);
        expect(more).toBeGreaterThanOrEqual(tangoUpper({ n, lost, gained }, 0.99) - 1e-9);
      }),
    );
  });

  it('the two directions share the even split of McNemar only, and two-sided p has none', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (lost, gained) => {
        const shared = mcnemarLossP(lost, gained) + mcnemarLossP(gained, lost) - 1;
        expect(shared).toBeCloseTo(binomial(lost + gained, lost, 0.5), 10);
        expect(mcnemarP(lost, gained)).toBe(mcnemarP(gained, lost));
      }),
    );
  });

  it('the bound lies above the drop seen, and higher the surer it is', () => {
    fc.assert(
      fc.property(counts, ({ n, lost, gained }) => {
        const at95 = tangoUpper({ n, lost, gained }, 0.95);
        expect(at95).toBeGreaterThanOrEqual((lost - gained) / n);
        expect(tangoUpper({ n, lost, gained }, 0.99)).toBeGreaterThanOrEqual(at95 - 1e-9);
      }),
    );
  });

  it('without discordant items the bound is z^2 / (n + z^2)', () => {
    const z = upperNormalQuantile(0.01);
    expect(tangoUpper({ n: 150, lost: 0, gained: 0 }, 0.99)).toBeCloseTo((z * z) / (150 + z * z), 10);
  });

  it('an adjusted p is no smaller than the p, keeps its rank, and is at most 1', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (ps) => {
        const adjusted = holm(ps);
        const byP = ps.map((p, index) => [p, adjusted[index] as number] as const).sort(([a], [b]) => a - b);
        byP.forEach(([p, value], rank) => {
          expect(value).toBeGreaterThanOrEqual(p);
          expect(value).toBeLessThanOrEqual(1);
          expect(value).toBeGreaterThanOrEqual(byP[rank - 1]?.[1] ?? 0);
        });
      }),
    );
  });
});

describe('what is no proportion or count is refused', () => {
  it.each([
    () => wilsonInterval(1, 0),
    () => wilsonInterval(3, 2),
    () => wilsonLower(-1, 2),
    () => mcnemarLossP(-1, 0),
    () => mcnemarP(0.5, 0),
    () => tangoUpper({ n: 0, lost: 0, gained: 0 }, 0.95),
    () => tangoUpper({ n: 3, lost: 2, gained: 2 }, 0.95),
    () => upperNormalQuantile(0.6),
    () => upperNormalQuantile(0),
  ])('%s', (call) => {
    expect(call).toThrow(RangeError);
  });
});
