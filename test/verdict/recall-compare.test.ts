import { describe, expect, it } from 'vitest';
import { compareRecall, type RecallArm } from '../../src/verdict/recall-compare.ts';

const arm = (name: string, right: number, n = 50, context = '4k'): RecallArm => ({
  name,
  contexts: [
    { context, items: Array.from({ length: n }, (_, index) => ({ id: `${index}`, correct: index < right })) },
  ],
});

describe('every two arms of a sweep', () => {
  it('are compared on the same items, and p is adjusted for all of them', () => {
    const { scores, differences } = compareRecall([arm('a', 40), arm('b', 33), arm('c', 38)]);
    expect(differences.map(({ a, b, n, lost, gained, p }) => [a, b, n, lost, gained, p])).toEqual([
      ['a', 'b', 50, 7, 0, expect.closeTo(2 / 128, 12)],
      ['a', 'c', 50, 2, 0, expect.closeTo(0.5, 12)],
      ['b', 'c', 50, 0, 5, expect.closeTo(2 / 32, 12)],
    ]);
    expect(differences.map(({ pHolm, differ }) => [pHolm, differ])).toEqual([
      [expect.closeTo(6 / 128, 12), true],
      [expect.closeTo(0.5, 12), false],
      [expect.closeTo(4 / 32, 12), false],
    ]);
    expect(scores[0]).toMatchObject({ arm: 'a', context: '4k', right: 40, n: 50 });
    expect(scores[0]?.interval?.lower).toBeCloseTo(0.67, 3);
  });

  it('leave out items and contexts that one of them lacks', () => {
    const { differences } = compareRecall([arm('a', 40), arm('b', 10, 20), arm('c', 3, 50, '8k')]);
    expect(differences).toMatchObject([{ a: 'a', b: 'b', n: 20, lost: 10, gained: 0 }]);
  });

  it('are none for a single arm, whose score stands alone', () => {
    expect(compareRecall([arm('a', 0, 0)])).toEqual({
      scores: [{ arm: 'a', context: '4k', right: 0, n: 0, interval: null }],
      differences: [],
    });
  });
});
