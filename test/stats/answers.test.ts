import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstDivergence, repetition } from '../../src/stats/answers.ts';
import expected from '../fixtures/stats/answers/expected.json' with { type: 'json' };

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const word = fc.constantFrom('a', 'b', 'tok', 'é', '🙂');

describe('first divergence', () => {
  it.each(expected.pairs)('of $one and $other is where python sees it', ({ one, other, at }) => {
    expect(firstDivergence(one, other)).toBe(at);
    expect(firstDivergence(other, one)).toBe(at);
  });

  it('is after all that two texts begin with in common', () => {
    fc.assert(
      fc.property(text, text, text, (common, one, other) => {
        const at = firstDivergence(common + one, common + other);
        if (one === other) expect(at).toBeNull();
        else expect(at).toBeGreaterThanOrEqual([...common].length);
      }),
    );
  });

  it('has the same before it and not the same at it', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const at = firstDivergence(one, other);
        fc.pre(at !== null);
        const [left, right] = [[...one], [...other]];
        expect(left.slice(0, at)).toEqual(right.slice(0, at));
        expect(left[at]).not.toBe(right[at]);
      }),
    );
  });
});

describe('repetition', () => {
  it.each(expected.texts)('of $text is that of numpy', ({ text, score }) => {
    if (score === null) expect(repetition(text)).toBeNull();
    else expect(repetition(text)).toBeCloseTo(score, 12);
  });

  it('lies in [0, 1), is 0 when no word comes twice, and does not mind which white space', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 8, maxLength: 60 }), (words) => {
        const score = repetition(words.join(' ')) ?? Number.NaN;
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThan(1);
        expect(repetition(`\n${words.join('\t\n')} `)).toBe(score);
        expect(repetition(words.map((one, index) => `${one}${index}`).join(' '))).toBe(0);
      }),
    );
  });

  it('of a text said twice is near one half or more', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 8, maxLength: 60 }), (words) => {
        const twice = repetition([...words, ...words].join(' ')) ?? 0;
        expect(twice).toBeGreaterThanOrEqual((words.length - 3) / (2 * words.length - 3) - 1e-12);
      }),
    );
  });
});
