import { describe, expect, test } from 'vitest';
import { configText } from '../../src/report/config-text.ts';
import { runJson } from '../../src/report/json.ts';
import { ledgerTable } from '../../src/report/ledger-table.ts';
import { rowText } from '../../src/report/row-text.ts';
import { runText } from '../../src/report/run-text.ts';
import type { ReportOptions } from '../../src/report/style.ts';
import { textWidth } from '../../src/report/text.ts';
import { tryText } from '../../src/report/try-text.ts';
import { expectGolden } from './golden.ts';
import {
  crashedRow,
  crashReport,
  goodReport,
  goodSummary,
  keptRow,
  launchesSummary,
  troubledSummary,
} from './sample.ts';

const narrow: ReportOptions = { color: false, columns: 60 };
const usual: ReportOptions = { color: false, columns: 80 };
const broad: ReportOptions = { color: false, columns: 120 };

const troubled = {
  ...goodReport,
  row: { ...keptRow, iter: 7, status: 'discard' as const, reason: 'invalid:errors', errors: 2 },
  summary: troubledSummary,
};
const repeated = {
  ...goodReport,
  row: { ...keptRow, iter: 3, status: null, reason: 'repeat', launches: 3, n: 400 },
  summary: launchesSummary,
};
const shown = {
  row: keptRow,
  summary: goodSummary,
  record: 'results/20261122T071500Z-1a2b3c4d.json',
  bundle: 'not on this machine',
};
const rows = [keptRow, repeated.row, troubled.row, crashedRow];
const described = {
  config: 'configs/llamacpp-smollm2-t2.yaml',
  root: '/repo',
  parents: ['configs/llamacpp-smollm2.yaml'],
  values: [
    { path: 'engine', value: 'llamacpp', origin: 'configs/llamacpp-smollm2.yaml:9' },
    {
      path: 'args',
      value: ['-m', 'a/rather/long/path/to/a/model.gguf', '-t', '2', '--metrics'],
      origin: 'configs/llamacpp-smollm2-t2.yaml:12',
    },
    { path: 'env.HF_TOKEN', value: '(secret) $HF_TOKEN', origin: 'configs/llamacpp-smollm2.yaml:30' },
    { path: 'workload.cache', value: 'cold', origin: 'default' },
    { path: 'workload.ignore_eos', value: true, origin: 'configs/llamacpp-smollm2.yaml:41' },
  ],
  hints: ['HOME is set in this shell but not in `env:`, so the engine does not see it.'],
};
const tried = {
  target: 'http://127.0.0.1:8090/v1',
  engine: 'llamacpp b1-7e4c0a9',
  model: 'smollm2-135m',
  summary: goodSummary,
  yaml: 'description: what bench try measured\nengine: openai\nbase_url: http://127.0.0.1:8090/v1\n',
  savedTo: null,
};

describe.each([
  ['run-baseline', (options: ReportOptions) => runText(goodReport, options)],
  ['run-launches', (options: ReportOptions) => runText(repeated, options)],
  ['run-troubled', (options: ReportOptions) => runText(troubled, options)],
  ['run-crash', (options: ReportOptions) => runText(crashReport, options)],
  ['show', (options: ReportOptions) => rowText(shown, options)],
  ['ledger-list', (options: ReportOptions) => ledgerTable(rows, options)],
  ['config-show', (options: ReportOptions) => configText(described, options)],
  ['try', (options: ReportOptions) => tryText(tried, options)],
])('%s', (name, render) => {
  test.each([
    ['80', usual],
    ['120', broad],
  ])('at %s columns', (columns, options) => {
    expectGolden(`${name}-${columns}.stdout`, render(options));
  });

  test('fits a narrow terminal, says nothing with control characters, and ends each line at its end', () => {
    const lines = render(narrow).split('\n');
    for (const line of lines) {
      expect(line).toBe(line.trimEnd());
      expect(line).not.toMatch(/\p{Cc}/u);
      // A path or a hash is never broken: only lines of several words must fit.
      if (line.trim().split(/ +/).length > 2) expect(textWidth(line)).toBeLessThanOrEqual(narrow.columns);
    }
  });

  test('says the same in colour', () => {
    const plain = render(usual);
    const colored = render({ ...usual, color: true });
    expect(colored.replace(/\p{Cc}\[[0-9;]*m/gu, '')).toBe(plain);
  });
});

test('in colour', () => {
  expectGolden('run-troubled-80-color.stdout', runText(troubled, { ...usual, color: true }));
});

test('a good run is one screen of 80 columns', () => {
  expect(runText(goodReport, usual).split('\n').length).toBeLessThanOrEqual(32);
});

test('a percentile that the sample cannot bound is never shown as a number of its own', () => {
  const p99 = goodSummary.metrics.ttft_ms?.p99;
  expect(p99?.upper).toBeNull();
  const text = runText(goodReport, broad);
  expect(text).toContain(`≥ ${p99?.lower?.toFixed(1)}`);
  expect(text).not.toContain(`${p99?.value.toFixed(1)} [`);
  const bounded = launchesSummary.metrics.ttft_ms?.p99;
  expect(runText(repeated, broad)).toContain(`${bounded?.value.toFixed(1)} [${bounded?.lower?.toFixed(1)}, `);
});

test('what was not measured is never shown as 0', () => {
  const lines = rowText({ ...shown, row: crashedRow, summary: null }, usual).split('\n');
  for (const column of ['value', 'n', 'errors', 'ttft_ms_p50', 'launches']) {
    expect(lines.find((line) => line.trim().startsWith(`${column} `))).toMatch(/ -$/);
  }
});

test('an empty ledger says how to fill it', () => {
  expect(ledgerTable([], usual)).toContain('bench run');
});

test('the JSON is one document with the row, the summary and the places', () => {
  const text = runJson({ row: keptRow, summary: goodSummary, record: null, bundle: 'b', commit: null });
  expect(text.endsWith('}\n')).toBe(true);
  expect(JSON.parse(text)).toEqual({
    schemaVersion: 1,
    row: keptRow,
    summary: goodSummary,
    record: null,
    bundle: 'b',
    commit: null,
  });
});
