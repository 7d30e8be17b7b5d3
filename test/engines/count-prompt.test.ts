import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/canonical.ts';
import { type CountPrompt, countByMessages, countByTemplate } from '../../src/engines/count-prompt.ts';

const question = {
  model: 'm',
  messages: [{ role: 'user', content: 'Where is Mary?' }],
  fields: { chat_template_kwargs: { enable_thinking: false } },
};

/** What is posted, with the answers given in turn, and what it comes to. */
function drive(count: CountPrompt, answers: readonly Json[]) {
  const steps = count(question);
  const posts: Json[] = [];
  let step = steps.next();
  while (step.done !== true) {
    posts.push([step.value.path, step.value.body]);
    step = steps.next(answers[posts.length - 1] ?? null);
  }
  return { posts, counted: step.value };
}

describe('the tokens of a prompt by the engine itself', () => {
  it('are asked of vLLM with the template as the request has it', () => {
    const { posts, counted } = drive(countByMessages, [{ count: 3, tokens: [1, 5, 6] }]);
    expect(posts).toEqual([
      [
        '/tokenize',
        {
          model: 'm',
          messages: question.messages,
          add_generation_prompt: true,
          chat_template_kwargs: { enable_thinking: false },
        },
      ],
    ]);
    expect(counted).toEqual({ tokens: 3, startsTwice: false });
  });

  it('are asked of llama.cpp in two steps', () => {
    const { posts, counted } = drive(countByTemplate, [{ prompt: '<s>Where?' }, { tokens: [1, 1, 7] }]);
    expect(posts.map((post) => (post as Json[])[0])).toEqual(['/apply-template', '/tokenize']);
    expect(posts[1]).toEqual(['/tokenize', { content: '<s>Where?', add_special: true, parse_special: true }]);
    expect(counted).toEqual({ tokens: 3, startsTwice: true });
  });

  it.each([
    ['a server without it', countByMessages, [null]],
    ['an answer of another shape', countByMessages, [{ tokens: 'many' }]],
    ['no template', countByTemplate, [null]],
    ['no tokens', countByTemplate, [{ prompt: 'x' }, null]],
  ] as const)('are not known: %s', (_, count, answers) => {
    expect(drive(count, answers as readonly Json[]).counted).toBeNull();
  });
});
