import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fCdf, fQuantile } from '../../src/stats/f-quantile.ts';
import { enough, eValue, interval, weigh } from '../../src/verdict/evidence.ts';
import expected from '../fixtures/verdict/expected.json' with { type: 'json' };

function near(actual: number, wanted: number, relative: number): void {
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(relative * Math.abs(wanted));
}

describe.each(expected.cases)('$name, against scipy', (wanted) => {
  const evidence = weigh(wanted.effects, wanted.calibration);

  it('pools the variances, unless the calibration no longer holds', () => {
    expect(evidence.isCalibrated).toBe(wanted.held);
    near(evidence.mean, wanted.mean, 1e-12);
    near(evidence.sd ?? Number.NaN, wanted.sd, 1e-12);
  });

  it('E is the integral over the effects that might be', () => {
    for (const { mu0, value } of wanted.e) near(eValue(evidence, mu0), value, 1e-6);
  });

  it('the interval ends where E reaches what is enough', () => {
    const { lower, upper } = interval(evidence);
    if (wanted.half === null) {
      expect([lower, upper]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
      return;
    }
    near(upper - evidence.mean, wanted.half, 1e-6);
    near(evidence.mean - lower, wanted.half, 1e-6);
  });
});

it.each(expected.f)(
  'F quantile $p with $d1 and $d2 degrees of freedom, against scipy',
  ({ p, d1, d2, value }) => {
    near(fQuantile(p, d1, d2), value, 1e-9);
  },
);

const effect = fc.double({ min: -0.5, max: 0.5, noNaN: true });
const effects = fc.array(effect, { minLength: 2, maxLength: 12 });
const calibration = fc.option(
  fc.record({
    variance: fc.double({ min: 1e-8, max: 1, noNaN: true }),
    degrees: fc.integer({ min: 1, max: 40 }),
  }),
);

describe('evidence', () => {
  it('rejects exactly what the interval leaves out', () => {
    fc.assert(
      fc.property(effects, calibration, effect, (some, known, mu0) => {
        const evidence = weigh(some, known);
        fc.pre((evidence.sd ?? 0) > 1e-9);
        const { lower, upper } = interval(evidence);
        const edge = 1e-9 * (1 + Math.abs(upper) + Math.abs(lower));
        fc.pre(!(Math.abs(mu0 - lower) < edge || Math.abs(mu0 - upper) < edge));
        expect(eValue(evidence, mu0) >= enough).toBe(mu0 < lower || mu0 > upper);
      }),
    );
  });

  it('is the same for better and worse, and moves with what is asked', () => {
    fc.assert(
      fc.property(effects, calibration, effect, (some, known, mu0) => {
        const turned = weigh(
          some.map((one) => -one),
          known,
        );
        const straight = eValue(weigh(some, known), mu0);
        expect(eValue(turned, -mu0)).toBeCloseTo(straight, 6 - Math.ceil(Math.log10(1 + straight)));
      }),
    );
  });

  it('from one pair without a calibration, and from equal pairs, knows what it can', () => {
    const one = weigh([0.3], null);
    expect([one.sd, eValue(one, 0)]).toEqual([null, 1]);
    expect(interval(one)).toEqual({ lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY });
    const equal = weigh([0, 0, 0, 0], null);
    expect(eValue(equal, 0)).toBeCloseTo(1 / 3, 12);
    expect(() => weigh([], null)).toThrow(RangeError);
  });
});

describe('the F distribution', () => {
  it('its quantile is the inverse of its distribution function', () => {
    const degrees = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), degrees, degrees, (p, d1, d2) => {
        near(fCdf(fQuantile(p, d1, d2), d1, d2), p, 1e-8);
        near(1 / fQuantile(p, d1, d2), fQuantile(1 - p, d2, d1), 1e-8);
      }),
    );
  });

  it('refuses what is no probability and no degree of freedom', () => {
    expect(() => fQuantile(1, 2, 3)).toThrow(RangeError);
    expect(() => fCdf(1, 0, 3)).toThrow(RangeError);
    expect(fCdf(0, 2, 3)).toBe(0);
  });
});
