import { describe, expect, it, test } from 'vitest';
import { type CalibrationReport, calibrationText } from '../../src/report/calibration-text.ts';
import {
  type CheckReport,
  checkMarkdown,
  checkText,
  gateText,
  historyText,
  type PastCheck,
} from '../../src/report/check-text.ts';
import { comparisonLines, type PairStanding, pairHead, pairLine } from '../../src/report/pair-lines.ts';
import { repeatSentence } from '../../src/report/repeat-text.ts';
import type { ReportOptions } from '../../src/report/style.ts';
import { textWidth } from '../../src/report/text.ts';
import type { Comparison } from '../../src/verdict/comparison.ts';
import { sampleCalibration } from '../ledger/calibrated.ts';
import { sampleRunId } from '../ledger/sample.ts';
import { comparison, droppedPair, hostileNames, pairResult } from '../verdict/compared.ts';
import { expectGolden } from './golden.ts';

const usual: ReportOptions = { color: false, columns: 80 };
const narrow: ReportOptions = { color: false, columns: 64 };

const kept = comparison();
const troubled = comparison({
  candidate: { value: null },
  knobs: [
    { name: '--kv-cache-dtype', before: null, after: 'fp8' },
    { name: 'env.VLLM_ATTENTION_BACKEND', before: 'FLASH_ATTN', after: null },
  ],
  addedDeviations: -1,
  rentPct: -0.498,
  floorPct: null,
  floorFrom: null,
  mdePct: null,
  calibrationDropped: 'it is over 9 days old, of 7 at most',
  pairs: [
    droppedPair(
      1,
      'machine-changed',
      `The machine changed: ${'cpuPolicy.governor performance -> powersave, '.repeat(5)}`,
    ),
    droppedPair(
      2,
      'load',
      "Other processes had 1 % beside the baseline, 44 % beside the candidate of the processors' time.",
    ),
    pairResult(3, -0.01, { failed: hostileNames.slice(0, 4) }),
  ],
  evidence: [],
  guards: [
    { name: 'errors', state: 'failed', text: 'errors: 9 of 50 requests failed, 0 of 50 in the baseline' },
  ],
  outputs: {
    compared: 50,
    same: 0,
    diverged: hostileNames.map((query, atChar) => ({ query, atChar })),
    repetition: { baseline: null, candidate: 0.9 },
    unstable: [],
  },
  sentence: 'decode_tok_s not measured after 1 pair, floor not known: discard (guard:errors)',
});
const uncalibrated = comparison({
  calibration: null,
  floorFrom: 'pairs',
  knobs: [],
  addedDeviations: 0,
  rentPct: 0,
});

const calibration: CalibrationReport = {
  files: ['decode_tok_s', 'ttft_ms', 'e2e_ms'].map((metric, index) => ({
    ...sampleCalibration({ metric, floorPct: 2.51 * (index + 1) }),
    path: `results/calibration/0123456789ab-llamacpp-smollm2-135m@1a2b3c4d5e6f-${metric}.json`,
  })),
  judged: 'decode_tok_s',
  dropped: ['pair 3: The machine was suspended for 30.0 s.'],
  notes: [],
  bundle: '.bench_runs/20261122T071500Z-1a2b3c4d',
  commit: '0123456789ab',
  durationMs: 262_000,
};
const unsure: CalibrationReport = {
  ...calibration,
  files: calibration.files.map((file) => ({
    ...file,
    shares: { launch: 1, round: null, query: 0 },
    drift: { changePct: -8.1, p: 0.002, perHourPct: -60 },
    warmUp: {},
  })),
  dropped: [],
};

const checked: CheckReport = {
  comparison: { ...kept, kind: 'check' },
  status: 'pass',
  reason: 'better',
  message: null,
  seesPct: 2.13,
  file: `results/check/${sampleRunId(1)}.json`,
  bundle: `.bench_runs/${sampleRunId(1)}`,
  commit: 'not committed: a check commits only with --commit',
  durationMs: 95_000,
};
const crashed: CheckReport = {
  ...checked,
  comparison: troubled,
  status: 'crash',
  reason: 'crash:oom-load',
  message: 'vllm ran out of GPU memory while it loaded the model, and nothing could be compared with it.',
  seesPct: null,
  file: null,
};
const past = (serial: number, over: Partial<Comparison>, status = 'pass'): PastCheck => ({
  runId: sampleRunId(serial),
  config: 'configs/nightly.yaml',
  startedAt: `2026-11-2${serial}T03:00:00.000Z`,
  status,
  comparison: { ...kept, ...over },
});
const [, ...others] = kept.evidence;
const history = [
  past(1, {}),
  past(2, { evidence: [], candidate: { value: null } }, 'crash'),
  past(3, { baseline: { ...kept.baseline, value: 2650.4 } }, 'regression'),
  past(4, { evidence: others }, 'invalid'),
];

describe.each<[string, (options: ReportOptions) => string]>([
  ['pairs-kept', (options) => `${comparisonLines(kept, options).join('\n')}\n`],
  ['pairs-troubled', (options) => `${comparisonLines(troubled, options).join('\n')}\n`],
  ['pairs-uncalibrated', (options) => `${comparisonLines(uncalibrated, options).join('\n')}\n`],
  ['calibrate', (options) => calibrationText(calibration, options)],
  ['calibrate-unsure', (options) => calibrationText(unsure, options)],
  ['check-pass', (options) => checkText(checked, options)],
  ['check-crash', (options) => checkText(crashed, options)],
  ['check-history', (options) => historyText(history, options)],
])('%s', (name, render) => {
  test('at 80 columns', () => {
    expectGolden(`${name}-80.stdout`, render(usual));
  });

  test.each([usual, narrow])(
    'fits $columns columns, ends each line at its end, and holds no control character',
    (options) => {
      for (const line of render(options).split('\n')) {
        expect(line).toBe(line.trimEnd());
        expect(line).not.toMatch(/\p{Cc}/u);
        // A path or a name is never broken: it may stand alone after its label, however long it is.
        if (
          line
            .replace(/^ {2}.{10} /, '')
            .trim()
            .includes(' ')
        )
          expect(textWidth(line)).toBeLessThanOrEqual(options.columns);
      }
    },
  );

  test('says the same in colour', () => {
    expect(render({ ...usual, color: true }).replace(/\p{Cc}\[[0-9;]*m/gu, '')).toBe(render(usual));
  });
});

const standing: PairStanding = {
  pair: pairResult(1, 0.04),
  ...{ effectPct: 4.1, meanPct: 4.1, lowerPct: null, upperPct: null, eValue: 2.52 },
  kind: 'going-on',
  left: { pairs: 7, ms: 725_000 },
};

it.each([
  ['reported', false],
  ['failed', true],
  ['undecided', true],
] as const)('the guard on outputs, when %s, is among the others: %s', (state, isThere) => {
  const lines = comparisonLines({ ...kept, guards: [{ name: 'outputs', state, text: '' }] }, usual);
  expect(lines.some((line) => new RegExp(`^ {2}outputs +${state}$`).test(line))).toBe(isThere);
});

describe('the live lines', () => {
  const edge = (head: string, text: string) => text.indexOf(head) + head.length;

  it.each<Partial<PairStanding>>([
    {},
    { effectPct: -12.4, meanPct: -0.35, lowerPct: -12.3, upperPct: 14.5 },
    { lowerPct: -0.99, upperPct: -0.12, eValue: 1e12 },
    { lowerPct: -9.96, upperPct: -0.35, eValue: 999_999.9 },
    { pair: pairResult(16, 0), effectPct: null, meanPct: null, eValue: null },
    { eValue: 0.184, kind: 'inconclusive' },
  ])('stand under their head and fit: %j', (over) => {
    const line = pairLine({ ...standing, ...over });
    const cells = [...line.matchAll(/\[[^\]]*\]|\S+/g)].map((match) => [
      match.index,
      match.index + match[0].length,
    ]);
    const [number, effect, mean, interval, e, sofar] = cells;
    expect(number?.[1]).toBe(edge('pair', pairHead));
    expect(effect?.[1]).toBe(edge('effect %', pairHead));
    expect(mean?.[1]).toBe(edge('mean %', pairHead));
    expect(interval?.[0]).toBe(pairHead.indexOf('interval'));
    expect(e?.[1]).toBe(edge(' E', pairHead));
    expect(sofar?.[0]).toBe(pairHead.indexOf('so far'));
    expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each<[Partial<PairStanding>, RegExp]>([
    [{}, /7 pairs left, 12m 05s$/],
    [{ left: { pairs: 1, ms: Number.NaN } }, /1 pair left$/],
    [{ left: { pairs: 0, ms: 0 } }, /no pair is left$/],
    [{ kind: 'better' }, /better$/],
    [
      { pair: droppedPair(3, 'load', 'Others had\u001b[2J\nmuch.') },
      /^ {3}3 {2}does not count \(load\): Others had much\.$/,
    ],
  ])('say what is left, or the verdict, or why the pair does not count: %j', (over, end) => {
    expect(pairLine({ ...standing, ...over })).toMatch(end);
  });
});

describe('the markdown of a check', () => {
  const config = 'configs/nightly.yaml';
  const many = comparison({
    queries: Array.from({ length: 5000 }, (_, index) => ({
      query: `${hostileNames[index % hostileNames.length]}${index}`,
      effectPct: index,
      sameOutput: false,
    })),
    pairs: Array.from({ length: 400 }, (_, index) =>
      droppedPair(index + 1, 'machine-changed', `a|b\\|c\n${'fact 1 -> 2, '.repeat(200)}`),
    ),
  });

  it('is one table, details, and how to do it again', () => {
    expectGolden('check-markdown.stdout', checkMarkdown(checked, config));
    expectGolden('check-crash-markdown.stdout', checkMarkdown(crashed, config));
  });

  it('is under 64 KB, whatever the queries and pairs are, and every row of a table has its cells', () => {
    const text = checkMarkdown({ ...checked, comparison: many }, config);
    expect(Buffer.byteLength(text)).toBeLessThan(64 * 1024);
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    expect(rows.length).toBeGreaterThan(100);
    // As GitHub reads it: a backslash escapes what follows.
    const cells = rows.map((row) => row.replaceAll(/\\./g, '').split('|').length - 2);
    expect(new Set(cells)).toEqual(new Set([4, 5]));
  });

  it.each([
    ['pass', '✅'],
    ['regression', '❌'],
    ['inconclusive', '⚠️'],
    ['invalid', '⚠️'],
  ])('%s is marked %s', (status, mark) => {
    expect(checkMarkdown({ ...checked, status }, config)).toMatch(
      new RegExp(`^## ${mark} bench check .*: ${status}\n`),
    );
  });
});

describe('the history of a check', () => {
  it('names the metric of each where they differ, once where they do not', () => {
    const [head, first, second] = historyText([past(1, {}), past(2, { metric: 'ttft_ms' })], usual).split(
      '\n',
    );
    expect(head).toMatch(/^checked +metric +baseline +candidate/);
    expect([first, second].map((line) => line?.split(/ +/)[1])).toEqual(['decode_tok_s', 'ttft_ms']);
    expect(historyText(history, usual)).toMatch(/^checked +baseline decode_tok_s/);
  });

  it('names the experiment of each where they differ', () => {
    const two = [past(1, {}), { ...past(2, {}), config: 'configs/other.yaml' }];
    expect(historyText(two, { ...usual, columns: 120 })).toMatch(/experiment[\s\S]*nightly[\s\S]*other/);
  });

  it('is empty at first', () => {
    expect(historyText([], usual)).toBe('No check has been made yet.\n');
  });

  it('shows the effect of the judged metric, never that of another', () => {
    const lines = historyText(history, usual).trimEnd().split('\n');
    expect(lines.slice(-4).map((line) => line.includes('+4.1'))).toEqual([true, false, true, false]);
  });
});

it.each([
  [2.13, 'this gate sees >= 2.1 % (in 8 of 10 checks, with 8 pairs)'],
  [null, 'what this gate sees is not known: no calibration counts'],
])('a gate that sees %j', (sees, text) => {
  expect(gateText(sees, 8)).toBe(text);
});

describe('a repeat', () => {
  const repeat = { name: 'iter-4', metric: 'decode_tok_s', outcome: 'reproduced' };
  it.each([
    [
      { numbers: { kind: 'value', before: 45.1, today: 44.9 }, differencePct: -0.443, noisePct: 2.1 },
      'iter-4 reproduced: decode_tok_s 45.10 then, 44.90 today (-0.44 %, noise makes up to 2.1 %)',
    ],
    [
      { numbers: { kind: 'effect', before: 4.1, today: 3.2 }, differencePct: -0.9, noisePct: 1.2 },
      'iter-4 reproduced: decode_tok_s +4.1 % then, +3.2 % today (-0.90 points, floor 1.2 %)',
    ],
    [
      {
        outcome: 'unknown',
        numbers: { kind: 'value', before: 45.1, today: null },
        differencePct: null,
        noisePct: null,
      },
      'iter-4 unknown: decode_tok_s 45.10 then, nothing today (what noise makes is not known: `bench calibrate`, or more --launches)',
    ],
  ] as const)('%j', (over, sentence) => {
    expect(repeatSentence({ ...repeat, ...over })).toBe(sentence);
  });
});

it('a calibration without a metric says so', () => {
  expect(calibrationText({ ...calibration, files: [] }, usual)).toBe('No metric had a value.\n');
});
