import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cliff, type CliffBounds, nextProbe, type Tried } from '../../src/search/cliff.ts';

/** Follows the search to its end against a truth, which is given how often the length was tried before. */
function search(
  bounds: CliffBounds,
  truth: (length: number, before: number) => Tried['outcome'],
): { answer: Cliff; tried: readonly Tried[] } {
  const tried: Tried[] = [];
  for (;;) {
    const step = nextProbe(tried, bounds);
    if ('answer' in step) return { answer: step.answer, tried };
    if (tried.length > 200) throw new Error('the search does not end');
    const length = step.probe;
    tried.push({ length, outcome: truth(length, tried.filter((one) => one.length === length).length) });
  }
}

const lengthsOf = (tried: readonly Tried[]): number[] => tried.map(({ length }) => length);
const bounds = fc
  .record({ max: fc.integer({ min: 1, max: 1000 }), resolution: fc.integer({ min: 1, max: 64 }) })
  .map((some) => ({ from: 1, ...some }));
const failure = fc.constantFrom('refused' as const, 'failed' as const);

describe('the search for a cliff', () => {
  it('doubles, then halves', () => {
    const { answer, tried } = search({ from: 1, max: 128, resolution: 1 }, (length) =>
      length <= 11 ? 'works' : 'refused',
    );
    expect(lengthsOf(tried)).toEqual([1, 2, 4, 8, 16, 12, 10, 11]);
    expect(answer).toEqual({ largest: 11, firstFailed: 12, beyond: [], unsteady: [] });
  });

  it('tries again what may have been chance, and looks once beyond it', () => {
    const { answer, tried } = search({ from: 1, max: 8, resolution: 1 }, (length) =>
      length <= 2 ? 'works' : 'failed',
    );
    expect(lengthsOf(tried)).toEqual([1, 2, 4, 4, 8, 3, 3]);
    expect(answer).toMatchObject({ largest: 2, firstFailed: 3 });
  });

  it('finds the largest that works at the resolution, whatever the cliff', () => {
    fc.assert(
      fc.property(bounds, fc.nat(1100), failure, (within, truth, how) => {
        const { answer, tried } = search(within, (length) => (length <= truth ? 'works' : how));
        const { max, resolution } = within;
        expect(answer.beyond).toEqual([]);
        if (truth >= max) expect(answer).toMatchObject({ largest: max, firstFailed: null });
        else if (truth < 1) expect(answer).toMatchObject({ largest: null, firstFailed: 1 });
        else {
          expect(answer.largest).toBeLessThanOrEqual(truth);
          expect(answer.firstFailed).toBeGreaterThan(truth);
          expect((answer.firstFailed ?? 0) - (answer.largest ?? 0)).toBeLessThanOrEqual(resolution);
        }
        const distinct = new Set(lengthsOf(tried)).size;
        expect(distinct).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(max)) + 3);
        expect(tried.length).toBeLessThanOrEqual(how === 'refused' ? distinct : 2 * distinct);
        expect(Math.max(...lengthsOf(tried))).toBeLessThanOrEqual(max);
      }),
    );
  });

  it('takes one chance failure of any length for what it is', () => {
    fc.assert(
      fc.property(
        bounds,
        fc.integer({ min: 1, max: 1100 }),
        fc.integer({ min: 1, max: 1000 }),
        (within, truth, unlucky) => {
          const flaky = (length: number, before: number) => {
            if (length > truth) return 'refused' as const;
            return length === unlucky && before === 0 ? ('failed' as const) : ('works' as const);
          };
          const { answer, tried } = search(within, flaky);
          const steady = search(within, (length) => (length <= truth ? 'works' : 'refused'));
          expect(answer.largest).toBe(steady.answer.largest);
          expect(answer.unsteady).toEqual(
            lengthsOf(tried).includes(unlucky) && unlucky <= truth ? [unlucky] : [],
          );
        },
      ),
    );
  });

  it('tells of a longer one that works, and answers below the first failure', () => {
    const { answer } = search({ from: 1, max: 64, resolution: 1 }, (length) =>
      length >= 12 && length <= 20 ? 'failed' : 'works',
    );
    expect(answer).toMatchObject({ largest: 11, firstFailed: 12, beyond: [32] });
  });

  it.each([
    ['works', { largest: 50, firstFailed: null }, 1],
    ['refused', { largest: null, firstFailed: 50 }, 1],
    ['failed', { largest: null, firstFailed: 50 }, 2],
  ] as const)('is a single check where it begins at its end: %s', (outcome, answer, probes) => {
    const ended = search({ from: 50, max: 50, resolution: 1 }, () => outcome);
    expect(ended.answer).toMatchObject(answer);
    expect(ended.tried).toHaveLength(probes);
  });
});
