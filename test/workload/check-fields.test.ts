import { describe, expect, it } from 'vitest';
import { checkFields } from '../../src/workload/check-fields.ts';
import type { Query } from '../../src/workload/query.ts';

const query = (id: string, fields: Query['fields']): Query => ({
  id,
  messages: [{ role: 'user', content: 'x' }],
  maxTokens: null,
  fields,
  tags: {},
});

describe('checkFields', () => {
  it('lets pass what the engine understands', () => {
    checkFields([query('a', { top_k: 1 }), query('b', {})], new Set(['top_k']), 'llamacpp');
  });

  it('names each other field once, with its first row and how many there are', () => {
    const queries = [
      query('a', { top_k: 1 }),
      query('b', { verbosity: 'low', top_k: 2 }),
      query('c', { reasoning: {}, verbosity: 'x' }),
    ];
    expect(() => checkFields(queries, new Set(['top_k', 'seed']), 'llamacpp')).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message:
          'queries: row with id b and 1 more, column body: the field `verbosity` is not one that engine llamacpp understands\n' +
          'queries: row with id c, column body: the field `reasoning` is not one that engine llamacpp understands',
        hint: expect.stringContaining('seed, top_k'),
      }),
    );
  });

  it('is not fooled by names that every object has', () => {
    expect(() => checkFields([query('a', { constructor: 1 })], new Set(), 'custom')).toThrow('`constructor`');
  });
});
