import { describe, expect, it } from 'vitest';
import { parseBody } from '../../src/workload/body.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const read = (body: unknown) => parseBody(JSON.stringify(body));

describe('what is kept of a chat-completion request', () => {
  it('drops what bench sends itself without a word', () => {
    const body = read({ stream: true, stream_options: { include_usage: true }, messages });
    expect(body).toEqual({ messages, maxTokens: null, fields: {}, dropped: [] });
  });

  it.each([
    'model',
    'provider',
    'route',
    'transforms',
    'models',
    'plugins',
    'usage',
    'user',
    'session_id',
    'metadata',
    'store',
    'service_tier',
    'safety_identifier',
    'prompt_cache_key',
    'trace',
    'preset',
    'cache_prompt',
    'cache_salt',
    'rid',
  ])('drops %s and says so', (field) => {
    expect(read({ messages, [field]: { any: 'thing' } })).toEqual({
      messages,
      maxTokens: null,
      fields: {},
      dropped: [field],
    });
  });

  it('keeps every other field, sampling too', () => {
    const fields = {
      temperature: 0.3,
      tools: [{ type: 'function' }],
      stop: ['\n'],
      reasoning: { effort: 'low' },
    };
    expect(read({ messages, ...fields }).fields).toEqual(fields);
  });

  it('takes null for absent', () => {
    const body = read({ messages, stop: null, temperature: null, max_tokens: null, user: null, n: null });
    expect(body).toEqual({ messages, maxTokens: null, fields: {}, dropped: [] });
  });

  it('reads either name of the output limit', () => {
    expect(read({ messages, max_tokens: 7 }).maxTokens).toBe(7);
    expect(read({ messages, max_completion_tokens: 8 }).maxTokens).toBe(8);
    expect(read({ messages, max_tokens: 9, max_completion_tokens: 9 })).toMatchObject({
      maxTokens: 9,
      fields: {},
    });
  });

  it('drops cache_control marks inside messages', () => {
    const part = { type: 'text', text: 'Hi' };
    const marked = [{ role: 'user', content: [{ ...part, cache_control: { type: 'ephemeral' } }, part] }];
    const body = read({ messages: marked });
    expect(body.messages).toEqual([{ role: 'user', content: [part, part] }]);
    expect(body.dropped).toEqual(['cache_control (in messages)']);
    expect(read({ messages: body.messages }).dropped).toEqual([]);
  });

  it('keeps tool calls, whose content may be absent', () => {
    const calls = [
      { role: 'user', content: 'x' },
      { role: 'assistant', tool_calls: [{ id: 'a' }] },
      { role: 'tool', tool_call_id: 'a', content: '1' },
    ];
    expect(read({ messages: calls }).messages).toEqual([calls[0], { ...calls[1], content: null }, calls[2]]);
  });

  it('keeps a field called __proto__ as a field', () => {
    const { fields } = parseBody('{"messages":[{"role":"user","content":"x"}],"__proto__":{"a":1}}');
    expect(Object.keys(fields)).toEqual(['__proto__']);
  });
});

describe('what is refused', () => {
  it.each([
    ['no messages', {}, 'the body has no messages;'],
    ['a prompt instead', { prompt: 'x' }, 'use a `prompt` column'],
    ['an empty list', { messages: [] }, 'messages is "[]";'],
    ['a text for messages', { messages: 'Hi' }, 'messages is "\\"Hi\\"";'],
    ['a text for a message', { messages: ['Hi'] }, 'messages[0] is "\\"Hi\\"";'],
    ['no role', { messages: [{ content: 'x' }] }, 'messages[0] has no role;'],
    ['no content', { messages: [{ role: 'user' }] }, 'the content of messages[0] is "null";'],
    [
      'a number for content',
      { messages: [{ role: 'user', content: 5 }] },
      'the content of messages[0] is "5";',
    ],
    ['nothing asked', { messages: [{ role: 'user', content: ' ' }] }, 'every message is empty;'],
    ['several answers', { messages, n: 2 }, 'n is 2; expected 1,'],
    [
      'a fraction of a token',
      { messages, max_tokens: 1.5 },
      'max_tokens is "1.5"; expected a whole number from 1;',
    ],
    ['a limit in quotes', { messages, max_completion_tokens: '8' }, 'max_completion_tokens is "\\"8\\"";'],
    [
      'two limits',
      { messages, max_tokens: 1, max_completion_tokens: 2 },
      'max_tokens is 1 and max_completion_tokens is 2;',
    ],
  ])('%s', (_name, body, expected) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({ column: 'body', message: expect.stringContaining(expected) }),
    );
  });

  it('JSON with a mistake, with its position', () => {
    expect(() => parseBody('{"messages": [{role: "user"}]}')).toThrow(
      'the body is not JSON at character 16: "role: \\"user\\"}]}" after "{\\"messages\\": [{";',
    );
  });
});
