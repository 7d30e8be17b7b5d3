import { expect, describe as group, test } from 'vitest';
import { ascending, describe } from '../../src/stats/describe.ts';
import { quantileType7 } from '../../src/stats/quantile.ts';
import { quantileInterval } from '../../src/stats/quantile-interval.ts';
import { trimmedMean } from '../../src/stats/trimmed-mean.ts';
import expected from '../fixtures/stats/expected.json' with { type: 'json' };

const relative = 1e-12;

function close(actual: number | null, wanted: number | null): void {
  if (wanted === null || actual === null) expect(actual).toBe(wanted);
  else expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(wanted)));
}

group.each(expected.cases)('$name', (wanted) => {
  test('median, mean, sd and trimmed mean are those of numpy and scipy', () => {
    const actual = describe(wanted.values);
    close(actual?.median ?? null, wanted.median);
    close(actual?.mean ?? null, wanted.mean);
    close(actual?.sd ?? null, wanted.sd);
    close(trimmedMean(wanted.values), wanted.trimmed);
  });

  test('quantiles, their intervals and coverage are those of numpy and scipy', () => {
    for (const percentile of wanted.percentiles) {
      const sorted = ascending(wanted.values);
      close(quantileType7(sorted, percentile.p), percentile.quantile);
      const interval = quantileInterval(sorted, percentile.p, { level: expected.level });
      expect(interval.lower).toBe(percentile.lower);
      expect(interval.upper).toBe(percentile.upper);
      expect(interval.coverage).toBeCloseTo(percentile.coverage, 10);
    }
  });
});
