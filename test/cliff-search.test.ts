import { describe, expect, it } from 'vitest';
import { climb, gauge, nextLength, openSearch } from '../src/cliff-search.ts';
import type { RecallAnswer } from '../src/stats/recall.ts';

const scored = {
  outcome: 'ok',
  answer: 'a'.repeat(500),
  isCorrect: true,
  promptTokens: 3900,
  expectedTokens: 3900,
  contextTokens: 3700,
  ttftMs: 10,
  e2eMs: 20,
} as RecallAnswer;
const works = { result: 'works', detail: null } as const;
const tooLong = { result: 'too-long', detail: 'HTTP 400: too long' } as const;
const open = (by: 'requests' | 'launches' = 'launches') =>
  openSearch({ by, bounds: { from: 1, max: 8, resolution: 1 } }, { maxTokens: 20 });
const place = (servedTokens: number | null) => ({ context: '4k', launch: 1, servedTokens });

describe('a search under way', () => {
  it('asks next what its ladder leaves open', () => {
    const search = open();
    expect(nextLength(search)).toBe(1);
    for (const context of ['1k', '2k', '4k', '8k']) climb(search, { ...place(null), context }, works, scored);
    expect(nextLength(search)).toBeNull();
  });

  it('keeps the beginning of an answer, and of a refusal what the tokeniser counts', () => {
    const search = open();
    expect(climb(search, place(null), works, scored)).toMatchObject({
      ...{ promptTokens: 3900, answer: 'a'.repeat(160), correct: true, ttftMs: 10 },
    });
    const refused = { ...scored, outcome: 'http-error', promptTokens: null } as RecallAnswer;
    expect(climb(search, place(null), tooLong, refused)).toMatchObject({
      ...{ promptTokens: 3900, answer: null, correct: null, ttftMs: null, detail: tooLong.detail },
    });
    expect(climb(search, place(null), { result: 'oom', detail: null }, null)).toMatchObject({
      promptTokens: null,
    });
  });

  it('learns how the engine counts', () => {
    const search = open();
    gauge(search, { ...scored, promptTokens: 190, expectedTokens: 200, contextTokens: 30 });
    climb(search, place(null), works, scored);
    expect(search).toMatchObject({ usualLack: 10, counted: [{ promptTokens: 190 }, { promptTokens: 3900 }] });
  });

  it('does not blame an engine for a context that bench chose too short, and chooses the next rightly', () => {
    const search = open();
    const refused = { ...scored, outcome: 'http-error', promptTokens: null } as RecallAnswer;
    expect(climb(search, place(3900), tooLong, refused)).toBeNull();
    expect(search).toMatchObject({ ladder: [], counted: [{ promptTokens: 3900, contextTokens: 3700 }] });
    expect(climb(search, place(3936), tooLong, refused)).toMatchObject({ result: 'too-long' });
    expect(climb(open('requests'), place(null), tooLong, refused)).toMatchObject({ result: 'too-long' });
  });
});
