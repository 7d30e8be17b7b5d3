import { expect, test } from 'vitest';
import { findFacts } from '../scripted-engine/facts.ts';
import { readItem, readQuestion, solve, worded, wrongAnswer } from '../scripted-engine/solver.ts';
import { babilongPrompt, noise } from './prompts.ts';

/** The answer to a question about a context, in the official words; null when the facts do not say. */
function answerTo(context: string, question: string, head?: 'qa1' | 'qa3' | 'qa4'): string | null {
  const item = readItem(babilongPrompt(context, question, head));
  if (item === null) throw new Error(`not read: ${question}`);
  const answer = solve(item.question, item.facts);
  return answer === null ? null : worded(item.question, answer);
}

test.each([
  ['Mary went to the kitchen. John moved to the garden.', 'Where is John? ', 'garden'],
  ['John journeyed to the office. Mary went back to the hallway.', 'Where is John? ', 'office'],
  ['John travelled to the bedroom. John moved to the bathroom.', 'Where is John? ', 'bathroom'],
])('qa1: the last room of a person: %s', (context, question, room) => {
  expect(answerTo(context, question)).toBe(`The most recent location of John is ${room}.`);
});

test.each([
  ['Mary went to the kitchen. Mary got the milk there. Mary moved to the garden.', 'garden'],
  [
    'Mary went to the kitchen. Mary took the milk. Mary put down the milk. Mary moved to the office.',
    'kitchen',
  ],
  ['Mary grabbed the milk. Mary went back to the hallway. Mary left the milk there.', 'hallway'],
  [
    'John went to the office. John picked up the milk there. John discarded the milk. Mary took the apple.',
    'office',
  ],
  ['John went to the office. John took the milk. John dropped the milk. John went to the garden.', 'office'],
])('qa2: a thing goes with who holds it and stays where it was dropped: %s', (context, room) => {
  expect(answerTo(context, 'Where is the milk? ', 'qa3')).toBe(`The milk is in the ${room}.`);
});

test.each([
  [
    'John took the milk. John went to the office. John moved to the garden.',
    'Where was the milk before the garden? ',
    'Before the garden the milk was in the office.',
  ],
  [
    'John went to the office. John took the milk. John went to the hallway. John dropped the milk. Sandra went to the hallway. Sandra got the milk. Sandra travelled to the kitchen.',
    'Where was the milk before the hallway? ',
    'Before the hallway the milk was in the office.',
  ],
  [
    'John went to the office. John took the milk. John went to the garden. John went to the office. John went to the garden.',
    'Where was the milk before the garden? ',
    'Before the garden the milk was in the office.',
  ],
])('qa3: the room before the last time in a room: %s', (context, question, answer) => {
  expect(answerTo(context, question, 'qa3')).toBe(answer);
});

test.each([
  ['What is north of the office?', 'garden'],
  ['What is the garden north of?', 'office'],
  ['What is the office south of?', 'garden'],
  ['What is south of the office?', 'bathroom'],
  ['What is the office north of?', 'bathroom'],
  ['What is south of the garden?', 'office'],
])('qa4: %s', (question, answer) => {
  const map = 'The garden is north of the office. The bathroom is south of the office.';
  expect(answerTo(map, question, 'qa4')).toBe(answer);
});

test.each([
  ['What did Fred give to Bill? ', 'football'],
  ['Who gave the football? ', 'Fred'],
  ['Who gave the football to Bill? ', 'Fred'],
  ['Who did Fred give the football to? ', 'Bill'],
  ['Who received the football? ', 'Bill'],
  ['Who gave the apple to Jeff? ', 'Mary'],
])('qa5: the last giving that fits: %s', (question, answer) => {
  const given =
    'Bill gave the football to Fred. Fred handed the football to Bill. Mary passed the apple to Jeff.';
  expect(answerTo(given, question, 'qa4')).toBe(answer);
});

test('facts are found in noise, at their places, and only in the context', () => {
  const context = `${noise(3)} and then, John went to the garden. It was cold\n in Mary's kitchen. The whale of John moved to the`;
  const item = readItem(babilongPrompt(context, 'Where is John? '));
  expect(item?.facts).toEqual([
    { kind: 'move', person: 'John', room: 'garden', at: item?.context.indexOf('John went') },
  ]);
  expect(answerTo(noise(3), 'Where is John? ')).toBeNull();
  expect(answerTo('Mary got the milk.', 'Where was the apple before the kitchen? ', 'qa3')).toBeNull();
  expect(findFacts('Johnny went to the garden. The office is northwest of the garden.')).toEqual([]);
});

test('a prompt whose start was cut away has its context up to the end of it', () => {
  const prompt = babilongPrompt('John went to the garden. John went to the office.', 'Where is John? ');
  const item = readItem(prompt.slice(prompt.indexOf('. John went') + 2));
  expect(item === null ? null : solve(item.question, item.facts)).toBe('office');
});

test('what is no item of the five tasks is none', () => {
  expect(readItem('Name three rivers.')).toBeNull();
  expect(readItem('Question: Where is John?')).toBeNull();
  expect(readItem(babilongPrompt('', 'Is John in the garden?'))).toBeNull();
});

test('the wrong answer is a label of the task, never the truth and never in the question', () => {
  const wrongTo = (question: string, truth: string | null) => {
    const read = readQuestion(question);
    return read === null ? null : wrongAnswer(read, truth);
  };
  expect(wrongTo('Where is John?', 'garden')).toBe('bathroom');
  expect(wrongTo('Where is John?', 'bathroom')).toBe('bedroom');
  expect(wrongTo('What is north of the bathroom?', 'bedroom')).toBe('garden');
  expect(wrongTo('Who gave the milk to Bill?', 'Fred')).toBe('Jeff');
  expect(wrongTo('What did Bill give to Fred?', 'apple')).toBe('football');
});
