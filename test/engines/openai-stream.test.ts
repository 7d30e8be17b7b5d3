import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Json } from '../../src/canonical.ts';
import type { StreamEvent } from '../../src/engines/engine.ts';
import { interpretOpenAi } from '../../src/engines/openai-stream.ts';

const nothing: StreamEvent = {
  kind: 'role',
  reasoning: '',
  answer: '',
  finishReason: null,
  usage: null,
  timings: null,
  generatedTokens: null,
  error: null,
};
const delta = (delta: Json, more: { [key: string]: Json } = {}): Json => ({
  choices: [{ index: 0, delta, finish_reason: null }],
  ...more,
});
const usage = { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 3 } };
const counted = { promptTokens: 9, completionTokens: 4, cachedTokens: 3 };

const rows: [string, Json, Partial<StreamEvent>][] = [
  ['content', delta({ content: 'a' }), { kind: 'content', answer: 'a' }],
  ['role only', delta({ role: 'assistant', content: null }), {}],
  ['empty content', delta({ role: 'assistant', content: '' }), {}],
  ['reasoning_content', delta({ reasoning_content: 'r' }), { kind: 'reasoning', reasoning: 'r' }],
  ['reasoning', delta({ reasoning: 'r', content: null }), { kind: 'reasoning', reasoning: 'r' }],
  [
    'both names once',
    delta({ reasoning: 'r', reasoning_content: 'r' }),
    { kind: 'reasoning', reasoning: 'r' },
  ],
  [
    'reasoning and answer',
    delta({ reasoning: 'r', content: 'a' }),
    { kind: 'content', reasoning: 'r', answer: 'a' },
  ],
  [
    'tool name',
    delta({ tool_calls: [{ id: 'x', function: { name: 'f', arguments: '' } }] }),
    { kind: 'tool', answer: 'f' },
  ],
  [
    'tool arguments',
    delta({ tool_calls: [{ function: { arguments: '{"a"' } }] }),
    { kind: 'tool', answer: '{"a"' },
  ],
  [
    'arguments as object',
    delta({ tool_calls: [{ function: { arguments: { a: 1 } } }] }),
    { kind: 'tool', answer: '{"a":1}' },
  ],
  [
    'old function_call',
    delta({ function_call: { name: 'f', arguments: '1' } }),
    { kind: 'tool', answer: 'f1' },
  ],
  [
    'tool_calls null',
    delta({ content: 'a', tool_calls: null, refusal: null }),
    { kind: 'content', answer: 'a' },
  ],
  [
    'null everywhere',
    { choices: [{ delta: null, finish_reason: null }], usage: null, error: null, timings: null },
    {},
  ],
  [
    'content parts',
    delta({ content: [{ type: 'text', text: 'a' }, { text: 'b' }] }),
    { kind: 'content', answer: 'ab' },
  ],
  ['completions text', { choices: [{ text: 'a' }] }, { kind: 'content', answer: 'a' }],
  [
    'not streamed',
    { choices: [{ message: { content: 'a' }, finish_reason: 'stop' }] },
    { kind: 'content', answer: 'a', finishReason: 'stop' },
  ],
  ['usage only', { choices: [], usage }, { kind: 'usage', usage: counted, generatedTokens: 4 }],
  [
    'usage with a chunk',
    delta({ content: 'a' }, { usage }),
    { kind: 'content', answer: 'a', usage: counted, generatedTokens: 4 },
  ],
  [
    'timings per token',
    delta({ content: 'a' }, { timings: { predicted_n: 7 } }),
    { kind: 'content', answer: 'a', timings: { predicted_n: 7 }, generatedTokens: 7 },
  ],
  ['error object', { error: { message: 'm', code: 500, type: 't' } }, { kind: 'error', error: 'm (500)' }],
  ['error text', { error: 'm' }, { kind: 'error', error: 'm' }],
  ['error at the top', { object: 'error', message: 'm', type: 'T' }, { kind: 'error', error: 'm (T)' }],
  ['error without message', { error: { detail: 'd' } }, { kind: 'error', error: '{"detail":"d"}' }],
  [
    'given up',
    { choices: [{ delta: {}, finish_reason: 'abort' }] },
    { kind: 'error', finishReason: 'abort', error: 'finish_reason abort' },
  ],
  ['a number', 3, {}],
  ['a list', [delta({ content: 'a' })], {}],
  ['choices of another shape', { choices: { a: 1 } }, {}],
  ['an empty object', {}, {}],
];

test.each(rows)('%s', (_name, data, expected) => {
  expect(interpretOpenAi(data)).toEqual({ ...nothing, ...expected });
});

test('a stream recorded from vLLM, with the count so far in every chunk', () => {
  const text = readFileSync(new URL('../fixtures/engines/vllm/chat-stream.txt', import.meta.url), 'utf8');
  const events = text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => interpretOpenAi(JSON.parse(line.slice(6)) as Json));
  const contents = events.filter((event) => event.kind === 'content');
  expect(contents.map((event) => event.generatedTokens)).toEqual(contents.map((_, at) => at + 1));
  expect(events[0]).toMatchObject({ kind: 'role', generatedTokens: 0 });
  expect(events.at(-1)?.usage).toMatchObject({ completionTokens: 24, cachedTokens: 0 });
});

test('a stream recorded from llama.cpp', () => {
  const text = readFileSync(new URL('../fixtures/streams/llamacpp.txt', import.meta.url), 'utf8');
  const events = text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => interpretOpenAi(JSON.parse(line.slice(6)) as Json));
  expect(events.map((event) => event.kind)).toEqual(['role', ...Array(24).fill('content'), 'role', 'usage']);
  expect(events.map((event) => event.answer).join('')).toMatch(/^1\. Danube: .+ flows through$/s);
  expect(events.at(-2)?.finishReason).toBe('length');
  expect(events.at(-1)?.usage).toEqual({ promptTokens: 41, completionTokens: 24, cachedTokens: 0 });
  expect(events.at(-1)?.timings).toMatchObject({ prompt_n: 41, predicted_n: 24, predicted_ms: 456.653 });
});
