import { expect, test } from 'vitest';
import { perfectRecall, type Recall, recallAnswer } from '../scripted-engine/recall.ts';
import { countTokens, cutTo } from '../scripted-engine/tokens.ts';
import { babilongPrompt, noise } from './prompts.ts';

const fact = 'John went to the garden.';
/** Behind the fact: the noise, eleven tokens a sentence. The fact itself has six. */
const prompt = babilongPrompt(`${noise(20)} ${fact} ${noise(10)}`, 'Where is John? ');

function said(recall: Partial<Recall>, text = prompt, asked = {}): string | undefined {
  const request = { promptTokens: countTokens(text), thinkingOff: false, ...asked };
  return recallAnswer(text, request, { ...perfectRecall, ...recall })?.answer;
}

const right = 'The most recent location of John is garden.';
const wrong = 'The most recent location of John is bathroom.';

test('the window ends exactly where the fact begins', () => {
  const tokens = countTokens(`${fact} ${noise(10)}`);
  expect(tokens).toBe(6 + 110);
  expect(said({})).toBe(right);
  expect(said({ windowTokens: tokens })).toBe(right);
  expect(said({ windowTokens: tokens - 1 })).toBe(wrong);
  expect(said({ windowTokens: 0 })).toBe(wrong);
});

test('what is forgotten first is the oldest: the last known place stays', () => {
  const moves = babilongPrompt(
    `John went to the office. ${noise(10)} John went to the garden.`,
    'Where is John?',
  );
  expect(said({ windowTokens: 6 }, moves)).toBe(right);
});

/** Prompts with the same fact in different noise. */
const prompts = Array.from({ length: 400 }, (_, at) =>
  babilongPrompt(`Chapter ${at}. ${fact} ${noise(2)}`, 'Where is John? '),
);
const lost = (recall: Partial<Recall>) => prompts.filter((text) => said(recall, text) !== right);

test('a share of the prompts is lost, the same ones every time', () => {
  const some = lost({ forgetShare: 0.2 });
  expect(some.length / prompts.length).toBeCloseTo(0.2, 1);
  expect(lost({ forgetShare: 0.2 })).toEqual(some);
  expect(lost({ forgetShare: 0 })).toEqual([]);
  expect(lost({ forgetShare: 1 })).toEqual(prompts);
});

test('a smaller share loses some of the same prompts, another salt loses others', () => {
  const many = new Set(lost({ forgetShare: 0.2 }));
  const few = lost({ forgetShare: 0.1 });
  expect(few.length).toBeGreaterThan(20);
  expect(few.every((text) => many.has(text))).toBe(true);
  expect(lost({ forgetShare: 0.1, forgetSalt: 'b' }).every((text) => many.has(text))).toBe(false);
});

test('a share can begin to be lost at a length', () => {
  const tokens = countTokens(prompt);
  expect(said({ forgetShare: 1, forgetBeyondTokens: tokens })).toBe(right);
  expect(said({ forgetShare: 1, forgetBeyondTokens: tokens - 1 })).toBe(wrong);
});

test.each([
  ['official', right, ''],
  ['context', `<context> ${right}`, ''],
  ['two', 'The most recent location of John is garden or bathroom.', ''],
  ['doctor', `Answer: Dr. ${right}`, ''],
  ['think', `<think>\nThe facts have to be read in their order.\n</think>\n\n${right}`, ''],
  ['reasoning', right, 'The facts have to be read in their order.'],
] as const)('format %s', (format, answer, reasoning) => {
  const asked = { promptTokens: 1, thinkingOff: true };
  expect(recallAnswer(prompt, asked, { ...perfectRecall, format })).toEqual({
    task: 'qa1',
    truth: 'garden',
    said: 'garden',
    answer,
    reasoning,
  });
  expect(said({ format, obeysThinkingOff: true }, prompt, asked)).toBe(right);
});

test('one answer to everything', () => {
  expect(said({ always: 'kitchen' })).toBe('The most recent location of John is kitchen.');
});

test('a cut keeps exactly so many tokens, at the end or on both sides', () => {
  const text = 'one two, three-four five';
  expect(countTokens(text)).toBe(7);
  expect(cutTo(text, 7, 'left')).toBe(text);
  expect(cutTo(text, 2, 'left')).toBe('four five');
  expect(cutTo(text, 0, 'left')).toBe('');
  expect(cutTo(text, 3, 'middle')).toBe('one  four five');
  for (const side of ['left', 'middle'] as const)
    for (const limit of [0, 1, 7, 100]) expect(countTokens(cutTo(prompt, limit, side))).toBe(limit);
});
