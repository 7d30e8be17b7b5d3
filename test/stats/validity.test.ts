import { expect, test } from 'vitest';
import type { Outcome } from '../../src/measure/trace.ts';
import { findingFrom } from '../../src/stats/findings.ts';
import { summarize } from '../../src/stats/summarize.ts';
import { validity } from '../../src/stats/validity.ts';
import { input, measured } from './measured.ts';

const run = (ok: number, failed: number, outcome: Outcome = 'timeout') =>
  summarize(
    input([
      ...Array.from({ length: ok }, (_, index) => measured(`ok${index}`)),
      ...Array.from({ length: failed }, (_, index) => measured(`bad${index}`, { trace: { outcome } })),
    ]),
  );

test.each([
  [10, 0, null],
  [8, 2, null],
  [79, 21, 'errors'],
  [0, 1, 'errors'],
  [0, 0, null],
] as const)('%i ok and %i failed: %s', (ok, failed, wanted) => {
  expect(validity(run(ok, failed))).toBe(wanted);
});

test('requests that bench cut off are no evidence about the engine', () => {
  expect(validity(run(1, 1, 'aborted'))).toBeNull();
});

test.each([
  ['pgroup: no cgroup here: read-only', { code: 'pgroup', text: 'no cgroup here: read-only' }],
  ['no-done', { code: 'no-done', text: '' }],
  ['Something odd', { code: 'other', text: 'Something odd' }],
])('a finding is read from %j', (line, wanted) => {
  expect(findingFrom(line)).toEqual(wanted);
});
