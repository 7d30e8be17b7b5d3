import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/canonical.ts';
import { loadGpt2 } from '../../../src/workload/babilong/gpt2.ts';
import { promptPieces, promptTemplate, renderPrompt } from '../../../src/workload/babilong/prompts.ts';
import { recallTasks } from '../../../src/workload/babilong/task.ts';

describe('the prompt texts are the official ones', () => {
  it.each([
    ['qa1', 'a8f339c21e91e403'],
    ['qa2', '4746d936b2085f4f'],
    ['qa3', '894c803f75d1ff99'],
    ['qa4', 'd6b6d71d4369cfa5'],
    ['qa5', '2babb04fcc194a16'],
  ] as const)('of %s', (task, digest) => {
    const { instruction, examples, postPrompt } = promptPieces[task];
    expect(sha256Hex(`${instruction}\0${examples}\0${postPrompt}`).slice(0, 16)).toBe(digest);
  });

  it('the template', () => {
    expect(sha256Hex(promptTemplate).slice(0, 16)).toBe('cf4ab7f25f6985da');
  });

  it('and have the known numbers of GPT-2 tokens around an empty context', async () => {
    const gpt2 = await loadGpt2();
    const counts = recallTasks.map((task) => gpt2.count(renderPrompt(task, '', 'Where is John? ')));
    expect(counts).toEqual([201, 225, 282, 152, 218]);
  });
});

describe('a rendered prompt', () => {
  it('strips the context, and the space behind the question', () => {
    const prompt = renderPrompt(
      'qa4',
      ' \nThe garden is west of the office.\n',
      'What is west of the office? ',
    );
    expect(prompt).toMatch(/^I will give you context with the facts about different people/);
    const end =
      '\n\n<context>\nThe garden is west of the office.\n</context>\n\nQuestion: What is west of the office?';
    expect(prompt.endsWith(end)).toBe(true);
  });

  it('takes braces and dollars in a context as they are', () => {
    expect(renderPrompt('qa1', '{question} $& $1', 'Where? ')).toContain(
      '<context>\n{question} $& $1\n</context>',
    );
  });
});
