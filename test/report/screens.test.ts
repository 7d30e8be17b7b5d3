import { describe, expect, test } from 'vitest';
import { linksOf } from '../../src/ledger/links.ts';
import type { Row } from '../../src/ledger/row.ts';
import { configText } from '../../src/report/config-text.ts';
import { runJson } from '../../src/report/json.ts';
import { ledgerTable } from '../../src/report/ledger-table.ts';
import { rowText } from '../../src/report/row-text.ts';
import { runText } from '../../src/report/run-text.ts';
import type { ReportOptions } from '../../src/report/style.ts';
import { textWidth } from '../../src/report/text.ts';
import { tryText } from '../../src/report/try-text.ts';
import type { CliffResult } from '../../src/search/ladder.ts';
import { summarize } from '../../src/stats/summarize.ts';
import { input } from '../stats/measured.ts';
import { expectGolden } from './golden.ts';
import {
  crashedRow,
  crashReport,
  givenUpSummary,
  goodReport,
  goodSummary,
  keptRow,
  launchesSummary,
  sampleRequests,
  troubledSummary,
  wordyRow,
} from './sample.ts';

const narrow: ReportOptions = { color: false, columns: 60 };
const usual: ReportOptions = { color: false, columns: 80 };
const broad: ReportOptions = { color: false, columns: 120 };

const troubled = {
  ...goodReport,
  row: { ...keptRow, iter: 7, status: 'discard' as const, reason: 'invalid:errors', errors: 2 },
  summary: troubledSummary,
  findings: troubledSummary.findings,
};
const repeated = {
  ...goodReport,
  row: { ...keptRow, iter: 3, status: null, reason: 'repeat', launches: 3, n: 400 },
  summary: launchesSummary,
  findings: launchesSummary.findings,
};
const shown = {
  row: keptRow,
  summary: goodSummary,
  findings: goodSummary.findings,
  record: 'results/20261122T071500Z-1a2b3c4d.json',
  bundle: 'not on this machine',
  yaml: { in: 'commit' },
  corrected: null,
  correction: { ...keptRow, iter: 9, status: 'discard' as const, reason: 'marked:the fan was off' },
};
const rows = [keptRow, repeated.row, troubled.row, crashedRow];
const givenUp = {
  ...troubled,
  row: {
    ...troubled.row,
    reason: 'invalid:errors: 3 of 12 requests asked, then given up',
    value: null,
    n: null,
    errors: 3,
  },
  summary: givenUpSummary,
  findings: givenUpSummary.findings,
};
const wordyRows = [...rows, wordyRow, { ...givenUp.row, iter: 14 }];
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

const probed = { launch: 1, servedTokens: null, detail: null, answer: 'garden', correct: true };
const died = {
  ...probed,
  promptTokens: null,
  result: 'died',
  ttftMs: null,
  e2eMs: null,
  answer: null,
  correct: null,
};
const cliffReport = {
  ...goodReport,
  row: {
    ...keptRow,
    status: null,
    reason: 'unjudged',
    metric: null,
    value: null,
    findings: ['cliff:2k:too-long'],
  },
  summary: null,
  cliff: {
    ...{ by: 'requests', task: 'qa1', from: '1k', max: '128k', resolution: '1k' },
    ...{ isComplete: true, largest: '2k', firstFailed: '3k' },
    ladder: [
      { ...probed, context: '1k', promptTokens: 826, result: 'works', ttftMs: 41.2, e2eMs: 202 },
      {
        ...probed,
        context: '2k',
        promptTokens: 1753,
        result: 'works',
        ttftMs: 79.9,
        e2eMs: 251,
        correct: false,
      },
      { ...died, context: '4k', detail: 'engine-error: vllm was ended by SIGSEGV while it was in use.' },
      {
        ...died,
        context: '4k',
        launch: 2,
        detail: 'engine-error: vllm was ended by SIGSEGV while it was in use.',
      },
      {
        ...died,
        context: '3k',
        launch: 3,
        promptTokens: 2597,
        result: 'too-long',
        detail: 'HTTP 400: too long',
      },
    ],
  } as CliffResult,
  findings: [
    {
      code: 'cliff:2k:too-long',
      text: '2k is the longest context that works. 3k fails: too-long (HTTP 400: too long).',
    },
  ],
};

function tableOf(listed: readonly Row[], options: ReportOptions): string {
  return [...ledgerTable({ rows: listed, links: linksOf(listed), asked: null }, options)].join('');
}

describe.each([
  ['run-baseline', (options: ReportOptions) => runText(goodReport, options)],
  ['run-launches', (options: ReportOptions) => runText(repeated, options)],
  ['run-troubled', (options: ReportOptions) => runText(troubled, options)],
  ['run-crash', (options: ReportOptions) => runText(crashReport, options)],
  ['run-crash-wordy', (options: ReportOptions) => runText({ ...crashReport, row: wordyRow }, options)],
  ['run-given-up', (options: ReportOptions) => runText(givenUp, options)],
  ['run-cliff', (options: ReportOptions) => runText(cliffReport, options)],
  ['show', (options: ReportOptions) => rowText(shown, options)],
  ['ledger-list', (options: ReportOptions) => tableOf(rows, options)],
  ['show-wordy', (options: ReportOptions) => rowText({ ...shown, row: wordyRow, summary: null }, options)],
  ['ledger-list-wordy', (options: ReportOptions) => tableOf(wordyRows, options)],
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
  const p90 = goodSummary.metrics.ttft_ms?.p90;
  expect(p90?.upper).toBeNull();
  const text = runText(goodReport, broad);
  expect(text).toContain(`≥ ${p90?.lower?.toFixed(1)}`);
  expect(text).not.toContain(`${p90?.value.toFixed(1)} [`);
  const bounded = launchesSummary.metrics.ttft_ms?.p99;
  expect(runText(repeated, broad)).toContain(`${bounded?.value.toFixed(1)} [${bounded?.lower?.toFixed(1)}, `);
});

test('a percentile that the sample bounds for no metric has no column', () => {
  const isBounded = (name: 'p90' | 'p99') =>
    Object.values(goodSummary.metrics).some((metric) => metric !== null && metric[name].upper !== null);
  expect([isBounded('p90'), isBounded('p99')]).toEqual([true, false]);
  const text = runText(goodReport, broad);
  expect(text).toContain('p90');
  expect(text).not.toContain('p99');
  expect(runText(repeated, broad)).toContain('p99');
  const few = summarize(input(sampleRequests(3), { warmUps: [] }));
  const metrics = { ...few.metrics, itl_ms: null };
  expect(runText({ ...goodReport, summary: { ...few, metrics } }, broad)).not.toMatch(/p9|≥/);
});

test('a crash says only what is so', () => {
  const row = { ...crashedRow, reason: 'engine-error: measuring', workload: '52474961e438' };
  const hint = 'Its last lines are above; all it wrote is in engine.log.';
  const message = 'custom was ended by SIGSEGV while it was in use.';
  const silent = runText({ ...crashReport, row, crash: { message, hint, lines: [] } }, usual);
  expect(silent).toContain(`${message}\nIt wrote nothing.\n`);
  expect(silent).not.toContain('above');
  expect(silent).toMatch(/^ {2}workload {3}52474961e438$/m);
  expect(silent).not.toContain('asked');
  expect(runText({ ...crashReport, row, crash: { message, hint, lines: ['bye'] } }, usual)).toContain(hint);
  const killed = { message, hint: 'Somebody sent SIGKILL.', lines: [] };
  const told = runText(
    { ...crashReport, row: { ...row, reason: 'killed: measuring' }, crash: killed },
    usual,
  );
  expect(told).toContain(killed.hint);
});

test('a row is shown with numbers that can be read, whole in a very narrow terminal', () => {
  const row = { ...keptRow, value: 42.12345678901234, delta_pct: -0.123456789, n: 12345 };
  const tiny = { color: false, columns: 34 };
  for (const options of [usual, tiny]) {
    const text = rowText({ ...shown, row }, options);
    expect(text).toMatch(/^ {2}value +42\.12$/m);
    expect(text).toMatch(/^ {2}delta_pct +-0\.1235$/m);
    expect(text).toMatch(/^ {2}n +12345$/m);
  }
  for (const line of rowText({ ...shown, row }, tiny).split('\n')) {
    if (line.length > tiny.columns) expect(line.split(' ').at(-1)?.length).toBeGreaterThan(16);
    expect(line).not.toMatch(/^ *(?:…|tok\/s|ms|µs)|\d …$/);
  }
});

test('what was not measured is never shown as 0', () => {
  const lines = rowText({ ...shown, row: crashedRow, summary: null }, usual).split('\n');
  for (const column of ['value', 'n', 'errors', 'ttft_ms_p50', 'launches']) {
    expect(lines.find((line) => line.trim().startsWith(`${column} `))).toMatch(/ -$/);
  }
});

test('a long reason or description is cut in the table, and costs it no more columns than one of its least width', () => {
  const words = 'word '.repeat(60).trim();
  for (const columns of [60, 80, 100, 120]) {
    const drawn = (row: typeof keptRow): string[] =>
      tableOf([keptRow, row], { color: false, columns }).split('\n');
    const short = drawn({ ...keptRow, reason: 'x'.repeat(20), description: 'x'.repeat(16) });
    const long = drawn({ ...keptRow, reason: words, description: words });
    expect(long[0]?.split(/ {2,}/)).toEqual(short[0]?.split(/ {2,}/));
    for (const line of long) expect(textWidth(line)).toBeLessThanOrEqual(columns);
    expect(long[2]).toMatch(/keep +word .*…/);
  }
});

test('an empty ledger says how to fill it', () => {
  expect(tableOf([], usual)).toContain('bench run');
});

test('the JSON is one document with the row, the summary and the places', () => {
  const text = runJson({ row: keptRow, summary: goodSummary, record: null, bundle: 'b', commit: null });
  expect(text.endsWith('}\n')).toBe(true);
  expect(JSON.parse(text)).toEqual({
    schemaVersion: 1,
    row: keptRow,
    summary: goodSummary,
    recall: null,
    comparison: null,
    baseline: null,
    record: null,
    bundle: 'b',
    commit: null,
  });
});
