import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message, Query } from '../../src/workload/query.ts';
import { type WarmupPrompt, warmupPrompts } from '../../src/workload/warm-up-prompts.ts';

const query = (messages: Message[], maxTokens: number | null = null): Query => ({
  id: JSON.stringify(messages).slice(0, 99),
  messages,
  maxTokens,
  fields: {},
  tags: {},
});
const ask = (text: string, maxTokens: number | null = null): Query =>
  query([{ role: 'user', content: text }], maxTokens);

function take(queries: Query[], count: number, seed = 0): WarmupPrompt[] {
  const prompts = warmupPrompts(queries, seed);
  return Array.from({ length: count }, () => prompts.next().value);
}
const texts = (prompts: readonly { messages: readonly Message[] }[]): string[] =>
  prompts.flatMap((prompt) => prompt.messages.map((message) => String(message.content)));
const bytes = (prompts: WarmupPrompt[]): number[] => texts(prompts).map((text) => Buffer.byteLength(text));

describe('warmupPrompts', () => {
  it('has the lengths and limits of the longest, the shortest, then the median query', () => {
    const queries = [ask('m'.repeat(300), 30), ask('s'.repeat(40), 10), ask('l'.repeat(6100), 90)];
    const prompts = take(queries, 6);
    expect(bytes(prompts)).toEqual([6100, 40, 300, 300, 300, 300]);
    expect(prompts.map((prompt) => prompt.maxTokens)).toEqual([90, 10, 30, 30, 30, 30]);
  });

  it('measures length in bytes, since a Chinese character is about a token', () => {
    expect(bytes(take([ask('漢'.repeat(200))], 1))).toEqual([600]);
  });

  it('copies the roles of a plain dialogue', () => {
    const dialogue: Message[] = [
      { role: 'system', content: 'a'.repeat(50) },
      { role: 'user', content: 'b'.repeat(70) },
      { role: 'assistant', content: 'c'.repeat(90) },
      { role: 'user', content: 'd'.repeat(30) },
    ];
    const [prompt] = take([query(dialogue)], 1);
    expect(prompt?.messages.map(({ role, content }) => [role, String(content).length])).toEqual(
      dialogue.map(({ role, content }) => [role, String(content).length]),
    );
  });

  it('asks one question of the same length where there are tools or pictures', () => {
    const parts: Message = {
      role: 'user',
      content: [
        { type: 'text', text: 'x'.repeat(80) },
        { type: 'image_url', image_url: { url: 'data:' } },
      ],
    };
    const [prompt] = take([query([{ role: 'system', content: 'y'.repeat(20) }, parts])], 1);
    expect(prompt?.messages).toEqual([{ role: 'user', content: expect.stringMatching(/^.{100}$/) }]);
  });

  it('is the same for the same seed, and another for another', () => {
    const queries = [ask('q'.repeat(200))];
    expect(take(queries, 5, 3)).toEqual(take(queries, 5, 3));
    expect(take(queries, 5, 3)).not.toEqual(take(queries, 5, 4));
  });

  it('never starts like a query or like another prompt', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), fc.nat(), (prompts, seed) => {
        const queries = prompts.map((prompt) => ask(prompt));
        // The hardest queries: the very prompts that this seed would give.
        const rivals = [...queries, ...texts(take(queries, 8, seed)).map((rival) => ask(rival))];
        const heads = texts([...rivals, ...take(rivals, 20, seed)])
          .slice(queries.length)
          .map((each) => each.slice(0, 16));
        expect(new Set(heads).size).toBe(heads.length);
        const own = new Set(queries.map((each) => String(each.messages[0]?.content).slice(0, 16)));
        expect(heads.filter((each) => own.has(each))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('needs a query to take its length from', () => {
    expect(() => take([], 1)).toThrow(RangeError);
  });
});
