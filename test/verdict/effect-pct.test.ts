import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeOf, pctOf, turned, turnedPct } from '../../src/verdict/effect-pct.ts';

const pct = fc.double({ min: -99, max: 1000, noNaN: true });

test('a change turned is the change back: 25 % up is 20 % down', () => {
  expect(turnedPct(25)).toBeCloseTo(-20, 12);
  expect(turnedPct(0)).toBe(0);
  expect(turnedPct(-100)).toBeNull();
});

test('turned twice is as before, and ends stay in order', () => {
  fc.assert(
    fc.property(pct, pct, pct, (...values) => {
      const [lower = 0, middle = 0, upper = 0] = values.sort((a, b) => a - b);
      const once = turned({ pct: middle, lower, upper });
      expect(once.lower).toBeLessThanOrEqual(once.pct + 1e-9);
      expect(once.pct).toBeLessThanOrEqual((once.upper ?? Number.NaN) + 1e-9);
      const twice = turned(once);
      expect(twice.pct).toBeCloseTo(middle, 6);
      expect(twice.lower).toBeCloseTo(lower, 6);
    }),
  );
});

test('turning is a change of sign in logs', () => {
  fc.assert(
    fc.property(fc.double({ min: -3, max: 3, noNaN: true }), (log) => {
      expect(turnedPct(pctOf(log))).toBeCloseTo(pctOf(-log), 6);
    }),
  );
});

test('a time that is better is shorter, a rate that is better is higher', () => {
  const effect = { pct: 25, lower: 10, upper: null };
  expect(changeOf('decode_tok_s', effect)).toEqual(effect);
  const change = changeOf('ttft_ms', effect);
  expect(change.pct).toBeCloseTo(-20, 12);
  expect(change.lower).toBeNull();
  expect(change.upper).toBeCloseTo(-9.0909, 4);
});
