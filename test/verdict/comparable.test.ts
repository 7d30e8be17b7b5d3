import { expect, test } from 'vitest';
import type { Json } from '../../src/canonical.ts';
import { type Conditions, compareConditions } from '../../src/verdict/comparable.ts';
import { facts } from '../diff/archive.ts';

function conditions(over: Partial<Conditions> = {}): Conditions {
  return {
    ...{ fingerprint: 'aaaaaaaaaaaa', facts: facts as Json, workload: '65998af5d97d', metricVersion: 1 },
    workloadValues: [
      { path: 'queries', value: 'queries/q.csv' },
      { path: 'limit', value: 12 },
      { path: 'sampling.seed', value: 0 },
    ],
    queriesSha256: 'a'.repeat(64),
    ...over,
  };
}

const gpu = (policy: Json, uuid = 'GPU-1'): Json => ({ ...facts, gpus: [{ model: 'H100', uuid, policy }] });
const texts = (b: Conditions, a = conditions()): string[] =>
  compareConditions(a, b).differences.map(({ text }) => text);

test('the same conditions are comparable', () => {
  expect(compareConditions(conditions(), conditions())).toEqual({
    state: 'yes',
    differences: [],
    unknown: [],
  });
});

test.each<[string, Partial<Conditions>, string[]]>([
  ['the kernel', { facts: { ...facts, kernel: '6.5.0' } }, ['kernel 6.1.0 -> 6.5.0']],
  ['the driver', { facts: { ...facts, driver: '580.1' } }, ['GPU driver 570.86.15 -> 580.1']],
  [
    'the governor',
    { facts: { ...facts, cpuPolicy: { governor: 'powersave', smt: 'on' } } },
    ['CPU governor performance -> powersave'],
  ],
  ['the definitions', { facts: { ...facts, metricVersion: '2' } }, ['definition of the metrics 1 -> 2']],
  ['the timing', { facts: { ...facts, timingVersion: '2' } }, ['way of timing 1 -> 2']],
  [
    'a GPU',
    { facts: gpu({ powerLimitW: 700, persistence: 'Enabled' }, 'GPU-2') },
    ['GPUs H100 GPU-1 -> H100 GPU-2'],
  ],
  [
    'its power',
    { facts: gpu({ powerLimitW: 500, persistence: 'Enabled' }) },
    ['power limit in W of GPU 0 700 -> 500'],
  ],
  [
    'no GPU',
    { facts: { ...facts, gpus: [], driver: null } },
    [
      'GPU driver 570.86.15 -> none',
      'GPUs H100 GPU-1 -> none',
      'power limit in W of GPU 0 700 -> none',
      'persistence mode of GPU 0 Enabled -> none',
    ],
  ],
  ['a fact of a newer bench', { facts: { ...facts, moon: 'full' } }, ['moon none -> full']],
])('%s is named', (_, over, expected) => {
  const found = compareConditions(conditions(), conditions(over));
  expect(found.state).toBe('no');
  expect(found.differences.map(({ text }) => text).sort()).toEqual(expected.sort());
});

test('of a workload the values that differ are named, else its queries, else its hash', () => {
  const other = { workload: 'bbbbbbbbbbbb' };
  expect(texts(conditions(other))).toEqual(['workload 65998af5d97d -> bbbbbbbbbbbb']);
  expect(texts(conditions({ ...other, queriesSha256: 'b'.repeat(64) }))).toEqual([
    'workload: other queries in queries/q.csv (aaaaaaaaaaaa -> bbbbbbbbbbbb)',
  ]);
  const values = [
    { path: 'queries', value: 'queries/q.csv' },
    { path: 'limit', value: 50 },
    { path: 'sampling.seed', value: 0 },
    { path: 'sampling.top_k', value: 5 },
  ];
  expect(texts(conditions({ ...other, workloadValues: values }))).toEqual([
    'workload: limit 12 -> 50',
    'workload: sampling.top_k none -> 5',
  ]);
  expect(texts(conditions({ ...other, workloadValues: [] }))).toEqual([
    'workload 65998af5d97d -> bbbbbbbbbbbb',
  ]);
  // Comments in a file of queries change its hash, not what is asked.
  expect(texts(conditions({ queriesSha256: 'b'.repeat(64) }))).toEqual([]);
});

test('without facts the fingerprints decide, and without those nothing is known', () => {
  const bare = { facts: null, metricVersion: null };
  expect(texts(conditions({ ...bare, fingerprint: 'bbbbbbbbbbbb' }))).toEqual([
    'fingerprint aaaaaaaaaaaa -> bbbbbbbbbbbb',
  ]);
  expect(compareConditions(conditions(), conditions(bare)).state).toBe('yes');
  expect(compareConditions(conditions(), conditions({ ...bare, fingerprint: null })).unknown).toEqual([
    'which machine it was',
  ]);
  expect(compareConditions(conditions(), conditions({ workload: null })).unknown).toEqual([
    'which workload was asked',
  ]);
  expect(texts(conditions({ facts: null, metricVersion: 2 }))).toEqual(['definition of the metrics 1 -> 2']);
});
