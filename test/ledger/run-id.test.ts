import { expect, test } from 'vitest';
import { newRunId, runIdPattern } from '../../src/ledger/run-id.ts';

const now = new Date('2026-11-22T07:15:00.987Z');

test('it is the UTC second and the random part', () => {
  expect(newRunId(now, Uint8Array.of(0x1a, 0x2b, 0x3c, 0x4d))).toBe('20261122T071500Z-1a2b3c4d');
});

test('runs of one second differ', () => {
  const made = Array.from({ length: 100 }, () => newRunId(now));
  expect(new Set(made).size).toBe(100);
  for (const runId of made) expect(runId).toMatch(runIdPattern);
});
