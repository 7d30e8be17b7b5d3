import { describe, expect, it } from 'vitest';
import {
  isPromptCut,
  type RecallAnswer,
  recallCell,
  summarizeRecall,
  withCuts,
} from '../../src/stats/recall.ts';
import { recallFindings } from '../../src/stats/recall-findings.ts';

function answer(over: Partial<RecallAnswer> = {}): RecallAnswer {
  const isCorrect = over.isCorrect ?? true;
  return {
    id: 'x-qa1-4k-0',
    context: '4k',
    index: 0,
    promptSha256: 'a',
    question: 'Where is Mary? ',
    target: 'garden',
    answer: 'The most recent location of Mary is garden.',
    textSha256: 't',
    outcome: 'ok',
    finishReason: 'stop',
    isCorrect,
    scores: { strict: isCorrect, lax: isCorrect, substring: isCorrect },
    format: 'one-label',
    contextTokens: 3700,
    promptTokens: 3900,
    expectedTokens: 3900,
    isCut: false,
    startsTwice: false,
    hasThought: false,
    ttftMs: 10,
    e2eMs: 20,
    ...over,
  };
}

function many(count: number, over: (index: number) => Partial<RecallAnswer>): RecallAnswer[] {
  return Array.from({ length: count }, (_, index) => answer({ index, id: `x-${index}`, ...over(index) }));
}

const summary = (answers: readonly RecallAnswer[], over = {}) => ({
  task: 'qa1',
  scorer: 'strict' as const,
  thinking: 'off' as const,
  maxTokens: 20,
  chance: 1 / 6,
  set: { id: 'i', source: 's', deviations: [] },
  cells: summarizeRecall(answers),
  ...over,
});
const codes = (answers: readonly RecallAnswer[], over = {}) =>
  recallFindings(summary(answers, over), answers).map(({ code }) => code);

describe('recall of one context', () => {
  it('counts right answers among those that saw the whole prompt', () => {
    const [cell] = summarizeRecall([
      ...many(40, () => ({})),
      ...many(6, () => ({ isCorrect: false, format: 'no-label' as const })),
      answer({ isCorrect: false, format: 'several-labels', finishReason: 'length' }),
      answer({ isCut: true, promptTokens: 2000 }),
      answer({ outcome: 'http-error', isCorrect: false, promptTokens: null, ttftMs: null, e2eMs: null }),
    ]);
    expect(cell).toMatchObject({
      context: '4k',
      asked: 49,
      n: 47,
      correct: 40,
      noLabel: 6,
      severalLabels: 1,
      capped: 1,
      cut: 1,
      failed: 1,
      promptTokens: { min: 2000, median: 3900, max: 3900 },
      ttftMs: 10,
      e2eMs: 20,
    });
    expect(cell?.accuracy).toBeCloseTo(40 / 47);
    expect(cell?.lower).toBeGreaterThan(0.7);
  });

  it('has no accuracy when nothing was answered', () => {
    const cells = summarizeRecall(many(3, () => ({ outcome: 'timeout' as const })));
    expect(cells[0]).toMatchObject({ n: 0, accuracy: null, lower: null, failed: 3 });
    expect(recallCell('qa1', cells)).toBeNull();
  });

  it('stands in the ledger as task, context and share', () => {
    const cells = summarizeRecall([
      answer(),
      answer({ isCorrect: false }),
      answer({ isCorrect: false }),
      answer({ context: '8k' }),
    ]);
    expect(recallCell('qa1', cells)).toBe('qa1@4k=0.333;qa1@8k=1');
  });
});

describe('a prompt is cut', () => {
  it.each([
    [3900, 3900, false],
    [3901, 3900, false],
    [3800, 3900, true],
    [2000, 3900, true],
    [null, 3900, false],
  ])('by the engine count %s of %s: %s', (read, expected, cut) => {
    expect(isPromptCut(read, expected, 3700)).toBe(cut);
  });

  it('by GPT-2 tokens where the engine cannot be asked', () => {
    expect(isPromptCut(3700, null, 3700)).toBe(false);
    expect(isPromptCut(2500, null, 3700)).toBe(true);
  });
});

describe('cuts that show beside other answers', () => {
  const cutOf = (answers: readonly RecallAnswer[]) => withCuts(answers).map(({ isCut }) => isCut);

  it('are a few tokens less than the engine usually counts', () => {
    const read = [3900, 3899, 3896, 3890].map((promptTokens) =>
      answer({ promptTokens, expectedTokens: 3899 }),
    );
    expect(cutOf(read)).toEqual([false, false, true, true]);
    // One that always counts ten less has cut nothing.
    expect(cutOf(many(5, () => ({ promptTokens: 3890 })))).toEqual([false, false, false, false, false]);
  });

  it('are many prompts read to the very same length, where nobody can count them', () => {
    const tokens = [6300, 6300, 6300, 6300, 6120];
    const uncounted = tokens.map((promptTokens) => answer({ promptTokens, expectedTokens: null }));
    expect(cutOf(uncounted)).toEqual([true, true, true, true, false]);
    const other = [6300, 6300, 6280, 6270, 6120].map((promptTokens) =>
      answer({ promptTokens, expectedTokens: null }),
    );
    expect(cutOf(other)).toEqual([false, false, false, false, false]);
    // Short prompts are often equally long.
    expect(cutOf(many(5, () => ({ expectedTokens: null, contextTokens: 20 })))).not.toContain(true);
  });
});

describe('what a reader must know', () => {
  it('is nothing of good answers', () => expect(codes(many(50, () => ({})))).toEqual([]));

  it('is that answers are no better than chance', () => {
    const low = many(50, (index) => ({ isCorrect: index < 12 }));
    expect(codes(low)).toEqual(['recall-floor']);
    expect(codes(many(50, (index) => ({ isCorrect: index < 13 })))).toEqual([]);
  });

  it('is that prompts were cut, doubled or not counted', () => {
    expect(codes([...many(50, () => ({})), answer({ isCut: true, promptTokens: 2000 })])).toEqual([
      'prompt-cut',
    ]);
    expect(codes(many(50, () => ({ startsTwice: true })))).toEqual(['bos-doubled']);
    const [differ] = recallFindings(summary(many(50, () => ({ promptTokens: 3901 }))), [
      answer({ promptTokens: 3901 }),
    ]);
    expect(differ).toMatchObject({ code: 'prompt-tokens-differ' });
    expect(differ?.text).toMatch(/one more is most often a second BOS/);
    expect(codes(many(50, () => ({ promptTokens: null })))).toEqual(['prompt-unchecked']);
  });

  it('is that it thought, though asked not to', () => {
    expect(codes(many(50, () => ({ hasThought: true })))).toEqual(['recall-thought']);
    expect(
      codes(
        many(50, () => ({ hasThought: true })),
        { thinking: 'low' },
      ),
    ).toEqual(['recall-not-official']);
  });

  it('is that the model did not answer in form, or was asked otherwise', () => {
    expect(codes(many(50, (index) => ({ format: index < 11 ? 'no-label' : 'one-label' })))).toEqual([
      'recall-format',
    ]);
    expect(
      codes(
        many(50, () => ({})),
        { thinking: 'low' },
      ),
    ).toEqual(['recall-not-official']);
  });
});
