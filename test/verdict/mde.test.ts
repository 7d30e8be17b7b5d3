import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calibration, interval, weigh } from '../../src/verdict/evidence.ts';
import { type MdeFacts, mdePct } from '../../src/verdict/mde.ts';
import { randomStream } from '../../src/workload/random.ts';
import expected from '../fixtures/verdict/mde/expected.json' with { type: 'json' };

const facts = (changed: Partial<MdeFacts>): MdeFacts => ({
  pairSd: 0.012,
  pairs: 6,
  isCalibrated: true,
  rent: 0,
  ...changed,
});

describe('the minimum detectable effect', () => {
  it.each([
    { isCalibrated: true, wanted: expected.calibrated },
    { isCalibrated: false, wanted: expected.uncalibrated },
  ])('is what numpy simulates, or a little more; calibrated: $isCalibrated', ({ isCalibrated, wanted }) => {
    for (const [index, effect] of wanted.entries()) {
      const mde = mdePct(facts({ pairs: expected.first + index, pairSd: 0.01, isCalibrated }));
      if (mde === null || effect === null) expect(mde).toBe(effect);
      else expect((100 * Math.log1p(mde / 100)) / effect).toBeGreaterThan(1);
      if (mde !== null && effect !== null) expect((100 * Math.log1p(mde / 100)) / effect).toBeLessThan(1.04);
    }
  });

  it.each([
    { pairs: 3, isCalibrated: true },
    { pairs: 4, isCalibrated: true },
    { pairs: 8, isCalibrated: true },
    { pairs: 4, isCalibrated: false },
    { pairs: 8, isCalibrated: false },
    { pairs: 16, isCalibrated: false },
    { pairs: 24, isCalibrated: true },
  ])(
    'is found in 80 % of campaigns with $pairs pairs, calibrated: $isCalibrated',
    ({ pairs, isCalibrated }) => {
      const share = foundShare(pairs, isCalibrated, 1);
      expect(share).toBeGreaterThan(0.77);
      expect(share).toBeLessThan(pairs > 16 ? 0.89 : 0.85);
    },
  );

  it('is what it takes: half of it is rarely found', () => {
    expect(foundShare(6, true, 0.5)).toBeLessThan(0.4);
    expect(foundShare(6, false, 0.5)).toBeLessThan(0.4);
  });

  it('is unknown where so few pairs keep nothing', () => {
    for (const pairs of [0, 1, 2]) expect(mdePct(facts({ pairs }))).toBeNull();
    expect(mdePct(facts({ pairs: 3, isCalibrated: false }))).toBeNull();
    expect(mdePct(facts({ pairs: 3 }))).not.toBeNull();
    expect(mdePct(facts({ pairs: 4, isCalibrated: false }))).not.toBeNull();
  });

  it('is the factor times the SD and the rent, from log units to percent', () => {
    expect(mdePct(facts({ pairs: 6, pairSd: 0.01 }))).toBeCloseTo(100 * (Math.exp(0.0229) - 1), 12);
    expect(mdePct(facts({ pairs: 6, pairSd: 0.01, rent: 0.005 }))).toBeCloseTo(
      100 * (Math.exp(0.0279) - 1),
      12,
    );
    expect(mdePct(facts({ pairSd: 0 }))).toBe(0);
  });

  it('is no less than what is worth it', () => {
    expect(mdePct(facts({ pairSd: 0.001, minEffect: 0.01 }))).toBe(1);
    expect(mdePct(facts({ pairSd: 0.01, minEffect: 0.01 }))).toBe(mdePct(facts({ pairSd: 0.01 })));
    expect(mdePct(facts({ pairs: 2, minEffect: 0.01 }))).toBeNull();
  });

  it('falls with pairs, rises with noise and rent, and is never larger with a calibration', () => {
    const sd = fc.double({ min: 1e-4, max: 0.1, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 60 }),
        sd,
        sd,
        fc.boolean(),
        (pairs, pairSd, more, isCalibrated) => {
          const mde = (changed: Partial<MdeFacts>): number =>
            mdePct(facts({ pairs, pairSd, isCalibrated, ...changed })) ?? Number.NaN;
          expect(mde({ pairs: pairs + 1 })).toBeLessThan(mde({}));
          expect(mde({ pairSd: pairSd + more })).toBeGreaterThan(mde({}));
          expect(mde({ rent: more })).toBeGreaterThan(mde({}));
          expect(mde({ isCalibrated: true })).toBeLessThanOrEqual(mde({ isCalibrated: false }));
        },
      ),
    );
  });
});

/** Share of simulated campaigns that keep an effect of so many times the MDE that their own calibration states. */
function foundShare(pairs: number, isCalibrated: boolean, times: number): number {
  const random = randomStream(`mde test ${pairs} ${isCalibrated} ${times}`);
  const sd = 0.01;
  const normals = (count: number): number[] =>
    Array.from(
      { length: count },
      () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
    );
  const campaigns = 1500;
  let found = 0;
  for (let campaign = 0; campaign < campaigns; campaign += 1) {
    const known = normals(8).map((one) => one * sd);
    const center = known.reduce((sum, one) => sum + one, 0) / known.length;
    const variance = known.reduce((sum, one) => sum + (one - center) ** 2, 0) / (known.length - 1);
    const mde = mdePct({ pairSd: Math.sqrt(variance), pairs, isCalibrated, rent: 0 }) ?? Number.NaN;
    const effect = times * Math.log1p(mde / 100);
    const effects = normals(pairs).map((one) => effect + one * sd);
    found += isKept(effects, isCalibrated ? { variance, degrees: 7 } : null) ? 1 : 0;
  }
  return found / campaigns;
}

function isKept(effects: readonly number[], calibration: Calibration | null): boolean {
  let held = calibration;
  for (let pairs = 1; pairs <= effects.length; pairs += 1) {
    const evidence = weigh(effects.slice(0, pairs), held);
    if (!evidence.isCalibrated) held = null;
    if (pairs < (held === null ? 4 : 3)) continue;
    const { lower, upper } = interval(evidence);
    if (upper < 0) return false;
    if (lower > 0) return true;
  }
  return false;
}
