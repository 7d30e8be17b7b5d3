import { describe, expect, it } from 'vitest';
import { type WorkloadMeaning, workloadHash } from '../../src/workload/hash.ts';
import type { Query } from '../../src/workload/query.ts';

const first: Query = {
  id: 'a',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Grüße, 世界 🙂\r\n' },
  ],
  maxTokens: null,
  fields: { stop: ['\n'], temperature: 0.5 },
  tags: { kind: 'chat' },
};
const second: Query = {
  id: 'b',
  messages: [{ role: 'user', content: 'x' }],
  maxTokens: 40,
  fields: {},
  tags: {},
};

const workload: WorkloadMeaning = {
  queries: [first, second],
  sampling: { temperature: 0, top_p: 1, seed: 0 },
  maxTokens: 160,
  ignoreEos: true,
  rounds: 2,
  limit: 50,
  orderSeed: 0,
  cache: 'cold',
};

describe('workloadHash', () => {
  it('never changes for the same workload: ledgers hold these', () => {
    expect(workloadHash(workload)).toBe('930b8fde2c9d');
    expect(workloadHash({ ...workload, maxTokens: null, limit: null, orderSeed: null, cache: 'warm' })).toBe(
      '492f5ace4f45',
    );
  });

  it('does not see tags, the order of keys, or members that are not its own', () => {
    const tagged = { ...first, tags: { kind: 'other', more: 'x' } };
    const turned = { ...first, fields: { temperature: 0.5, stop: ['\n'] } };
    const richer = { ...workload, queries: [{ ...first, later: 1 }, second], model: 'x' };
    for (const same of [
      { ...workload, queries: [tagged, second] },
      { ...workload, queries: [turned, second] },
      { ...workload, sampling: { seed: 0, top_p: 1, temperature: 0 } },
      richer,
    ]) {
      expect(workloadHash(same)).toBe(workloadHash(workload));
    }
  });

  it.each([
    ['an id', { queries: [{ ...first, id: 'c' }, second] }],
    [
      'swapped ids',
      {
        queries: [
          { ...first, id: 'b' },
          { ...second, id: 'a' },
        ],
      },
    ],
    ['a text', { queries: [first, { ...second, messages: [{ role: 'user', content: 'x ' }] }] }],
    ['a role', { queries: [first, { ...second, messages: [{ role: 'system', content: 'x' }] }] }],
    ['a limit of one query', { queries: [first, { ...second, maxTokens: 41 }] }],
    ['a field', { queries: [{ ...first, fields: { stop: ['\n'], temperature: 0.6 } }, second] }],
    ['the order in the file', { queries: [second, first] }],
    ['fewer queries', { queries: [first] }],
    ['sampling', { sampling: { temperature: 0, top_p: 1, seed: 1 } }],
    ['max_tokens', { maxTokens: 161 }],
    ['no max_tokens', { maxTokens: null }],
    ['ignore_eos', { ignoreEos: false }],
    ['rounds', { rounds: 3 }],
    ['limit', { limit: null }],
    ['order seed', { orderSeed: 1 }],
    ['file order', { orderSeed: null }],
    ['cache policy', { cache: 'warm' as const }],
  ])('sees %s', (_name, change) => {
    expect(workloadHash({ ...workload, ...change })).not.toBe(workloadHash(workload));
  });
});
