import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import {
  type RecallAnswer,
  type RecallScore,
  scoreLax,
  scoreStrict,
  scoreSubstring,
} from '../../../src/workload/babilong/score.ts';
import type { RecallTask } from '../../../src/workload/babilong/task.ts';

const predictions = join(import.meta.dirname, '../../fixtures/workload/babilong/predictions');

function asked(target: string, output: string, task: RecallTask = 'qa1', question = 'Where is John? ') {
  return { task, question, target, output };
}

describe('the official rule', () => {
  it.each([
    ['hallway', 'The most recent location of John is the hallway.', true, 'one-label'],
    ['hallway', 'Answer: John went from the hallway to the kitchen', false, 'several-labels'],
    ['garden', 'gardener', true, 'one-label'],
    ['office', 'It is unclear. office', false, 'no-label'],
    ['office', 'The officer', true, 'one-label'],
    ['office', 'Okay. The office.', false, 'no-label'],
    ['office', '<think>\nLet me see.\n</think> The office.', false, 'no-label'],
    ['office', 'OFFICE', true, 'one-label'],
    ['office', 'office<context>\nkitchen', true, 'one-label'],
    ['office', 'office <example> kitchen', true, 'one-label'],
    ['office', 'office Question: kitchen?', false, 'several-labels'],
    ['office', 'kitchen', false, 'one-label'],
    ['office', '', false, 'no-label'],
  ] as const)('for %s: %j', (target, output, correct, format) => {
    expect(scoreStrict(asked(target, output))).toMatchObject({ correct, format });
  });

  it('does not count labels that the question names', () => {
    const question = 'Where was the milk before the kitchen? ';
    const answer = asked('office', 'Before the kitchen the milk was in the office.', 'qa3', question);
    expect(scoreStrict(answer)).toEqual({ correct: true, labels: ['office'], format: 'one-label' });
  });

  it('knows the people and things of qa5, and no rooms', () => {
    const answer = asked('Jeff', 'Jeff in the garden', 'qa5', 'Who gave the football? ');
    expect(scoreStrict(answer)).toEqual({ correct: true, labels: ['jeff'], format: 'one-label' });
  });
});

describe('the other rules', () => {
  it('lax: the target anywhere in the first sentence', () => {
    expect(scoreLax(asked('hallway', 'From the hallway to the kitchen'))).toMatchObject({
      correct: true,
      format: 'several-labels',
    });
    expect(scoreLax(asked('office', 'It is unclear. office')).correct).toBe(false);
    expect(scoreLax(asked('office', '<example> office')).correct).toBe(false);
  });

  it('substring: the target anywhere', () => {
    expect(scoreSubstring(asked('office', 'It is unclear. office'))).toEqual({
      correct: true,
      labels: ['office'],
      format: 'one-label',
    });
    expect(scoreSubstring(asked('office', 'kitchen')).correct).toBe(false);
  });
});

describe('published predictions give their published score', () => {
  // babilong_results/HuggingFaceTB/*.csv beside the predictions; for the other rules no number is published.
  it.each([
    ['SmolLM2-360M-Instruct-qa1_1k', 'qa1', 1000, 10.5],
    ['SmolLM2-360M-Instruct-qa4_0k', 'qa4', 999, 21.72172172172172],
    ['SmolLM2-360M-Instruct-qa5_4k', 'qa5', 999, 12.412412412412412],
    ['SmolLM2-360M-qa5_4k', 'qa5', 999, 43.34334334334334],
  ] as const)('%s', (file, task, rows, percent) => {
    const answers = read(file, task);
    expect(answers).toHaveLength(rows);
    expect(percentCorrect(answers, scoreStrict)).toBeCloseTo(percent, 10);
  });

  it('the laxer rules are laxer', () => {
    const answers = read('SmolLM2-360M-Instruct-qa5_4k', 'qa5');
    expect(percentCorrect(answers, scoreLax)).toBeCloseTo(15.4, 1);
    expect(percentCorrect(answers, scoreSubstring)).toBeCloseTo(28, 1);
  });
});

function read(file: string, task: RecallTask): RecallAnswer[] {
  const text = gunzipSync(readFileSync(join(predictions, `${file}.csv.gz`)));
  const rows: Record<string, string>[] = parse(text, { columns: true });
  return rows.map((row) => ({
    task,
    question: row.question ?? '',
    target: row.target ?? '',
    output: row.output ?? '',
  }));
}

function percentCorrect(
  answers: readonly RecallAnswer[],
  score: (answer: RecallAnswer) => RecallScore,
): number {
  return (100 * answers.filter((answer) => score(answer).correct).length) / answers.length;
}
