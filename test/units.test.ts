import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decimalsFor,
  formatBytes,
  formatDuration,
  formatMs,
  formatPercent,
  formatTokS,
  plural,
  significant,
} from '../src/units.ts';

test.each([
  [0, '0'],
  [0.00812, '0.00812'],
  [9.996, '10.0'],
  [9.994, '9.99'],
  [91.26, '91.3'],
  [99.96, '100'],
  [999.6, '1000'],
  [12345.6, '12346'],
  [-91.26, '-91.3'],
])('%d is %s', (value, text) => {
  expect(significant(value)).toBe(text);
});

test.each([
  [null, '-'],
  [0, '0 ms'],
  [0.0432, '43.2 µs'],
  [0.99949, '999 µs'],
  [0.9996, '1.00 ms'],
  [14.13, '14.1 ms'],
  [999.4, '999 ms'],
  [999.6, '1.00 s'],
  [8123, '8.12 s'],
  [59_940, '59.9 s'],
  [59_960, '1m 00s'],
  [-14.13, '-14.1 ms'],
])('%d ms is %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});

test.each([
  [null, '-'],
  [0, '0.0 s'],
  [3210, '3.2 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1m 00s'],
  [125_000, '2m 05s'],
  [3_599_600, '1h 00m'],
  [3_720_000, '1h 02m'],
])('%d ms of wall time is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [null, '-'],
  [0, '0 B'],
  [512, '512 B'],
  [1023, '1023 B'],
  [1024, '1.00 KiB'],
  [1_048_570, '1.00 MiB'],
  [98_000_000, '93.5 MiB'],
  [3 * 1024 ** 5, '3072 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('rates, shares and plurals', () => {
  expect(formatTokS(91.26)).toBe('91.3 tok/s');
  expect(formatTokS(null)).toBe('-');
  expect(formatPercent(0.0312)).toBe('3.1 %');
  expect(formatPercent(null)).toBe('-');
  expect(plural(1, 'query', 'queries')).toBe('1 query');
  expect(plural(0, 'launch', 'launches')).toBe('0 launches');
  expect(plural(2, 'round')).toBe('2 rounds');
});

test('significant digits stay within half a unit of the last digit shown', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
      fc.integer({ min: 1, max: 6 }),
      (value, digits) => {
        const shown = significant(value, digits);
        expect(shown).not.toContain('e');
        const step = 10 ** -decimalsFor(value, digits);
        expect(Math.abs(Number(shown) - value)).toBeLessThanOrEqual(step / 2 + value * 1e-12);
        expect(shown.replace(/^0\.0*|\./g, '').length).toBeGreaterThanOrEqual(Math.min(digits, 1));
      },
    ),
  );
});
