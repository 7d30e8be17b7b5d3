import { expect, test } from 'vitest';
import type { DiffReport } from '../../src/diff.ts';
import type { DiffSide } from '../../src/diff-archive.ts';
import { apartText, headline, hintText } from '../../src/report/diff-headline.ts';
import { intervalText, knobValue, pctText } from '../../src/report/diff-words.ts';
import { keptRow } from './sample.ts';

const side = (name: string, over: Partial<DiffSide> = {}): DiffSide => ({
  ...{ name, row: { ...keptRow, run_id: `20261122T071500Z-${name.slice(-1).repeat(8)}` } },
  ...{ record: null, experiment: null, notes: [] },
  ...over,
});

function report(over: Partial<DiffReport> = {}): DiffReport {
  return {
    ...{ a: side('iter-1'), b: side('iter-2'), comparable: { state: 'yes', differences: [], unknown: [] } },
    ...{ voids: [], labels: [], paired: null, apartMs: 0, knobs: [], path: null, others: null },
    ...{ metric: 'decode_tok_s', metrics: [], recall: null, queries: null, outputs: null },
    ...over,
  };
}

test.each([
  [null, 'not measured together'],
  [1000, 'the runs are 1 second apart'],
  [38_000, 'the runs are 38 seconds apart'],
  [120_000, 'the runs are 2 minutes apart'],
  [47 * 3_600_000, 'the runs are 47 hours apart'],
  [9 * 86_400_000, 'the runs are 9 days apart'],
])('%s ms are %s', (ms, expected) => {
  expect(apartText(ms)).toBe(expected);
});

test.each([
  [18.44, '+18.4'],
  [-0.04, '-0.04'],
  [0.001, '0'],
  [-0, '0'],
  [0.0949, '+0.09'],
  [Number.POSITIVE_INFINITY, '+∞'],
])('%d is %s', (pct, expected) => {
  expect(pctText(pct)).toBe(expected);
});

test('an interval with one end is open at the other', () => {
  expect(intervalText({ pct: 1, lower: 0.5, upper: null })).toBe('[+0.5, ∞]');
  expect(intervalText({ pct: 1, lower: null, upper: 2 })).toBe('[-∞, +2.0]');
  expect(intervalText({ pct: 1, lower: null, upper: null }, ' ')).toBe('');
});

test('what is not set is not an empty text', () => {
  expect([knobValue(null), knobValue('')]).toEqual(['not set', '""']);
});

test('the hint is a command that a shell takes as it stands', () => {
  expect(hintText(report())).toBe('`bench diff iter-1 iter-2 --rerun` measures pairs now.');
  const path = "my configs/it's.yaml";
  expect(hintText(report({ b: side(path) }))).toContain(String.raw`'my configs/it'\''s.yaml'`);
  const file = side('configs/x.yaml', {
    row: null,
    experiment: { expId: null, config: 'configs/x.yaml', parents: [], values: [], files: {}, commit: null },
  });
  expect(hintText(report({ b: file }))).toBe('`bench run configs/x.yaml` measures it.');
});

test('there are no pairs of one run, nor of a server that runs elsewhere', () => {
  expect(hintText(report({ b: side('iter-1') }))).toBe('');
  expect(hintText(report({ b: side('iter-2', { row: { ...keptRow, engine: 'openai' } }) }))).toBe('');
  expect(headline(report({ b: side('iter-1') })).title).toBe('THE SAME');
});

test('a void run comes before conditions, conditions before numbers', () => {
  const differences = ['a 1 -> 2', 'b 1 -> 2', 'c 1 -> 2'].map((text) => ({
    fact: text,
    a: '1',
    b: '2',
    text,
  }));
  const comparable = { state: 'no' as const, differences, unknown: [] };
  expect(headline(report({ comparable })).text).toBe('a 1 -> 2; b 1 -> 2; and 1 more');
  expect(headline(report({ comparable, voids: ['iter-2 crashed (oom-load)'] })).text).toBe(
    'iter-2 crashed (oom-load).',
  );
});
