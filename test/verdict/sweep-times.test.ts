import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twoSidedTP, twoSidedTQuantile } from '../../src/stats/student-t.ts';
import type { SweepCell, TimeDifference } from '../../src/verdict/sweep.ts';
import { timeDifferences } from '../../src/verdict/sweep-times.ts';
import { randomStream } from '../../src/workload/random.ts';
import expected from '../fixtures/verdict/sweep-times/expected.json' with { type: 'json' };

type Measured = Pick<SweepCell, 'arm' | 'context' | 'launchValues'>;

function cell({ arm, context, launchValues }: Measured): SweepCell {
  return { arm, context, state: 'done', why: null, row: null, recall: null, launchValues };
}

function differences(cells: readonly Measured[], arms: readonly string[], contexts: readonly string[]) {
  return timeDifferences(
    cells.map(cell),
    arms.map((label) => ({ label })),
    contexts,
  );
}

function ttft(arm: string, values: readonly number[]): Measured {
  return { arm, context: '1k', launchValues: { ttft_ms: values, decode_tok_s: [], e2e_ms: [] } };
}

function close(actual: number | null, wanted: number | undefined, relative = 1e-9): void {
  if (wanted === undefined || actual === null) expect(actual).toBe(wanted ?? null);
  else
    expect(Math.abs(actual - wanted), `${actual} for ${wanted}`).toBeLessThanOrEqual(
      relative * Math.abs(wanted),
    );
}

it.each(expected.tails)("scipy's t, $t with $df degrees of freedom", ({ t, df, p, quantile }) => {
  close(twoSidedTP(t, df), p);
  close(twoSidedTQuantile(0.95, df), quantile);
});

describe.each(expected.cases)('statsmodels: $name', (wanted) => {
  it('effects, intervals and adjusted p are those of its linear model', () => {
    const actual = differences(wanted.cells, wanted.arms, expected.contexts);
    expect(actual).toHaveLength(wanted.differences.length);
    wanted.differences.forEach((row, index) => {
      const found = actual[index] as TimeDifference;
      expect(found).toMatchObject({ a: row.a, b: row.b, context: row.context, metric: row.metric });
      close(found.effectPct, row.effectPct);
      close(found.lowerPct, row.interval?.[0]);
      close(found.upperPct, row.interval?.[1]);
      close(found.pHolm, row.pHolm);
      const state = row.pHolm === undefined ? 'not-judged' : row.pHolm <= 0.05 ? 'differ' : 'within-noise';
      expect(found.state).toBe(state);
    });
  });
});

describe('what a difference means', () => {
  it('is positive where b is better: a shorter time, a higher rate', () => {
    const values = (ms: number, rate: number) => ({ ttft_ms: [ms], e2e_ms: [ms], decode_tok_s: [rate] });
    const cells = [
      { arm: 'slow', context: '1k', launchValues: values(200, 50) },
      { arm: 'fast', context: '1k', launchValues: values(100, 100) },
    ];
    for (const one of differences(cells, ['slow', 'fast'], ['1k'])) {
      expect(one.effectPct).toBeCloseTo(100, 10);
      expect(one).toMatchObject({ state: 'not-judged', lowerPct: null, upperPct: null, pHolm: null });
    }
  });

  it('is not told where an arm has no time', () => {
    expect(differences([ttft('a', [1, 2]), ttft('b', [])], ['a', 'b', 'c'], ['1k', '2k'])).toEqual([]);
    expect(differences([ttft('a', [1, 2]), ttft('b', [0, Number.NaN])], ['a', 'b'], ['1k'])).toEqual([]);
  });

  it('of launches without scatter is whatever parts them', () => {
    const [same] = differences([ttft('a', [0.1, 0.1]), ttft('b', [0.1, 0.1, 0.1])], ['a', 'b'], ['1k']);
    expect(same).toMatchObject({ effectPct: 0, lowerPct: 0, upperPct: 0, pHolm: 1, state: 'within-noise' });
    const [other] = differences([ttft('a', [0.1, 0.1]), ttft('b', [0.2, 0.2])], ['a', 'b'], ['1k']);
    expect(other).toMatchObject({ pHolm: 0, state: 'differ' });
  });
});

describe('whatever the launches', () => {
  const value = fc.double({ min: 0.1, max: 1e5, noNaN: true });
  const launches = fc.array(value, { minLength: 1, maxLength: 4 });
  const three = fc.tuple(launches, launches, launches);

  it('b against a is a against b the other way round', () => {
    fc.assert(
      fc.property(three, ([a, b, c]) => {
        const cells = [ttft('a', a), ttft('b', b), ttft('c', c)];
        const back = differences(cells, ['c', 'b', 'a'], ['1k']);
        for (const one of differences(cells, ['a', 'b', 'c'], ['1k'])) {
          const other = back.find((each) => each.a === one.b && each.b === one.a) as TimeDifference;
          expect(Math.log1p(other.effectPct / 100)).toBeCloseTo(-Math.log1p(one.effectPct / 100), 8);
          expect(other.state).toBe(one.state);
          if (one.pHolm === null || one.lowerPct === null || one.upperPct === null) continue;
          expect(other.pHolm).toBeCloseTo(one.pHolm, 10);
          expect(one.lowerPct).toBeLessThanOrEqual(one.effectPct);
          expect(one.effectPct).toBeLessThanOrEqual(one.upperPct);
        }
      }),
    );
  });

  it('neither the order of launches nor of cells nor the unit changes it', () => {
    fc.assert(
      fc.property(three, fc.double({ min: 0.01, max: 100, noNaN: true }), ([a, b, c], unit) => {
        const cells = [ttft('a', a), ttft('b', b), ttft('c', c)];
        const turned = cells
          .map(({ arm, launchValues }) =>
            ttft(
              arm,
              launchValues.ttft_ms.map((ms) => ms * unit),
            ),
          )
          .map((one) => ttft(one.arm, one.launchValues.ttft_ms.toReversed()))
          .toReversed();
        const changed = differences(turned, ['a', 'b', 'c'], ['1k']);
        differences(cells, ['a', 'b', 'c'], ['1k']).forEach((one, index) => {
          const other = changed[index] as TimeDifference;
          close(other.effectPct + 100, one.effectPct + 100, 1e-8);
          if (one.pHolm !== null) expect(other.pHolm).toBeCloseTo(one.pHolm, 6);
        });
      }),
    );
  });
});

describe('of arms that are alike', () => {
  const arms = ['a', 'b', 'c'];
  const contexts = ['1k', '2k', '4k', '8k'];

  /** Share of sweeps with any `differ`, where an arm's launches scatter by its SD. */
  function falseShare(launches: number, sds: readonly number[]): number {
    const uniform = randomStream('sweep-times');
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    const draw = (sd: number): number[] =>
      Array.from({ length: launches }, () => Math.exp(5 + sd * normal()));
    const sweeps = Array.from({ length: 1000 }, () => {
      const cells = arms.flatMap((arm, at) =>
        contexts.map((context) => ({ ...ttft(arm, draw(sds[at] ?? 0)), context })),
      );
      return differences(cells, arms, contexts).some(({ state }) => state === 'differ');
    });
    return sweeps.filter(Boolean).length / sweeps.length;
  }

  it.each([2, 3])('any is told to differ in 5 %% of sweeps at most, with %d launches a cell', (launches) => {
    // The share of 1000 has a standard error of 0.7 points.
    expect(falseShare(launches, [0.03, 0.03, 0.03])).toBeLessThan(0.065);
  });

  it('one that scatters four times as much is told to differ more often', () => {
    const share = falseShare(3, [0.02, 0.02, 0.08]);
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.18);
  });
});
