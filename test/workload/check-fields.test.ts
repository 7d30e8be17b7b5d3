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

/** Queries that stand one below the other, from line 2 on. */
const loaded = (...queries: Query[]) => ({
  queries,
  places: new Map(queries.map(({ id }, index) => [id, { row: index + 1, line: index + 2 }])),
});

describe('checkFields', () => {
  it('lets pass what the engine understands', () => {
    checkFields(loaded(query('a', { top_k: 1 }), query('b', {})), 'q.csv', new Set(['top_k']), 'llamacpp');
  });

  it('names each other field once, with its first row and how many there are', () => {
    const queries = [
      query('a', { top_k: 1 }),
      query('b', { verbosity: 'low', top_k: 2 }),
      query('c', { reasoning: {}, verbosity: 'x' }),
    ];
    expect(() => checkFields(loaded(...queries), 'q.csv', new Set(['top_k', 'seed']), 'llamacpp')).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message:
          'q.csv:3: row 2, column body: the field `verbosity` (and 1 more row) is not one that engine llamacpp understands; expected only fields that it does; remove it from the body\n' +
          'q.csv:4: row 3, column body: the field `reasoning` is not one that engine llamacpp understands; expected only fields that it does; remove it from the body',
        hint: expect.stringContaining('seed, top_k'),
      }),
    );
  });

  it('is not fooled by names that every object has', () => {
    expect(() => checkFields(loaded(query('a', { constructor: 1 })), 'q.csv', new Set(), 'custom')).toThrow(
      '`constructor`',
    );
  });
});
