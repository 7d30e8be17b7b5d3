import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../src/canonical.ts';
import { readTexts, type SourceText } from '../../src/config/read-texts.ts';
import { encodeRecord } from '../../src/ledger/fit-record.ts';
import type { NewRecord } from '../../src/ledger/record.ts';
import { emptyRow, type Row } from '../../src/ledger/row.ts';
import { encodeRow, header } from '../../src/ledger/tsv.ts';
import { type MeasuredRequest, summarize } from '../../src/stats/summarize.ts';
import type { Comparison } from '../../src/verdict/comparison.ts';
import { enough, interval, weigh } from '../../src/verdict/evidence.ts';
import { input, measured } from '../stats/measured.ts';

/** An experiment without a parent; `args` and `limit` are what children and others change. */
export function yaml(args: readonly string[], limit = 12): string {
  return `description: a llama.cpp
engine: custom
cmd: /usr/bin/llama-server
args: ${JSON.stringify(['-m', 'model.gguf', ...args])}
workload: { queries: queries/q.csv, limit: ${limit}, max_tokens: 48 }
`;
}

/** A run of the archive: its cells and record members over those of a believable one. */
export interface SampleRun {
  readonly row: Row;
  readonly record: NewRecord;
}

export const facts = {
  cpu: 'AMD EPYC',
  usableCores: 8,
  memoryGiB: 64,
  kernel: '6.1.0',
  cpuPolicy: { governor: 'performance', smt: 'on' },
  gpus: [{ model: 'H100', uuid: 'GPU-1', policy: { powerLimitW: 700, persistence: 'Enabled' } }],
  driver: '570.86.15',
  workloadHash: '65998af5d97d',
  metricVersion: '1',
  timingVersion: '1',
};

/** A run id with a serial number, which is also that of its iter. */
export function runIdOf(iter: number): string {
  return `202611${String(10 + (iter % 18)).padStart(2, '0')}T071500Z-${iter.toString(16).padStart(8, '0')}`;
}

/** Twelve queries that answer at about 45 tok/s, all of them `factor` times as quickly, the last one slower by a fifth. */
export function requestsOf(
  factor: number,
  options: {
    readonly arm?: 'baseline' | 'candidate';
    readonly launches?: readonly number[];
    readonly slow?: number;
  } = {},
): MeasuredRequest[] {
  const { arm = 'candidate', launches = [1], slow = 1 } = options;
  return launches.flatMap((launch) =>
    Array.from({ length: 12 }, (_, index) => {
      const own = index === 11 ? factor * slow : factor * (1 + (index - 5) * 0.002 * (factor === 1 ? 0 : 1));
      const decodeTokS = (44 + (index % 5) * 0.5) * own;
      const ttftMs = (580 + index * 8) / (factor > 1 ? 0.97 : 1);
      const decodeMs = 47_000 / decodeTokS;
      const e2eMs = ttftMs + decodeMs;
      const observed = {
        ...{ launch, arm, pair: null, round: 1, query: `q${index + 1}`, decodeTokS, ttftMs, ttfatMs: ttftMs },
        ...{ tpotMs: 1000 / decodeTokS, decodeMs, e2eMs, e2eTokS: 48_000 / e2eMs },
        itlMs: Array.from({ length: 47 }, () => 1000 / decodeTokS),
      };
      return measured(`q${index + 1}`, { trace: { launch, arm }, observation: observed });
    }),
  );
}

/** A run of a file whose texts are given, child first. */
export function sampleRun(
  iter: number,
  sources: readonly [SourceText, ...SourceText[]],
  requests: readonly MeasuredRequest[],
  over: {
    readonly row?: Partial<Row>;
    readonly record?: Partial<NewRecord>;
    readonly facts?: Json;
    readonly comparison?: Comparison;
  } = {},
): SampleRun {
  const runId = runIdOf(iter);
  const startedAt = `2026-11-${10 + (iter % 18)}T07:15:00Z`;
  const summary = summarize(input(requests));
  const [first, ...parents] = sources;
  const value = summary.metrics.decode_tok_s?.value ?? null;
  const row: Row = {
    ...{ ...emptyRow({ run_id: runId, started_at: startedAt }), iter },
    ...{
      exp_id: expIdOf(first.text + parents.map(({ text }) => text).join('')),
      status: 'keep',
      reason: 'baseline',
    },
    ...{ config: first.path, engine: 'llamacpp', engine_version: 'b1-7e4c0a9', artifact: 'bin:1d4a56d16107' },
    ...{ model: 'smollm2-135m@b179c9523d0e', hardware: 'AMD EPYC', workload: '65998af5d97d' },
    ...{ metric: 'decode_tok_s', value, launches: 1, n: 12, errors: 0, complexity: 2 },
    ...{ fingerprint: 'a3e6ff4e49fd', harness: '0.1.0+a3fa5030f69a' },
    description: readTexts([first, ...parents], {}).experiment?.description ?? null,
    ...over.row,
  };
  const record: NewRecord = {
    ...{ runId, startedAt, endedAt: null, bench: { version: '0.1.0', commit: null, dirty: false } },
    overrides: {},
    experiment: {
      ...{ config: first.path, parents: parents.map(({ path }) => path), arm: 'candidate', pair: null },
      values: readTexts([first, ...parents], {}).values as unknown as Json,
    } as NewRecord['experiment'],
    files: { 'queries/q.csv': 'a'.repeat(64) },
    fingerprint: { id: row.fingerprint, facts: over.facts ?? facts } as NewRecord['fingerprint'],
    snapshot: snapshotOf({}),
    summary: summary as NewRecord['summary'],
    clientOverheadMs: null,
    launches: [],
    requests: requests.map(({ observation }) => ({
      ...observation,
      itlMs: [...observation.itlMs],
    })) as NewRecord['requests'],
    findings: [],
    ...(over.comparison === undefined ? {} : { comparison: over.comparison as NewRecord['comparison'] }),
    ...over.record,
  };
  return { row, record };
}

/** A small snapshot: a driver, a library, a governor. */
export function snapshotOf(over: {
  readonly cudnn?: string;
  readonly governor?: string;
  readonly threads?: string;
}): NewRecord['snapshot'] {
  return {
    format: 'bench-snapshot-1',
    command: { argv: ['/usr/bin/llama-server', '-m', 'model.gguf', '-t', over.threads ?? '1'], cwd: '/repo' },
    venv: {
      root: 'a'.repeat(64),
      distributions: { 'nvidia-cudnn-cu12': over.cudnn ?? '9.1.0', rich: '14.0.0' },
    },
    host: { cpu: { model: 'AMD EPYC', governor: over.governor ?? 'performance' } },
  };
}

/** What pairs with these effects (log ratios of the decode rate) leave in a record. */
export function comparisonOf(
  baseline: Row,
  effects: readonly number[],
  over: Partial<Comparison> = {},
): Comparison {
  const evidence = weigh(effects, null);
  const bounds = interval(evidence);
  const pct = (logRatio: number): number | null =>
    Number.isFinite(logRatio) ? Math.expm1(logRatio) * 100 : null;
  const none = { ttfat_ms: null, itl_ms: null, e2e_tok_s: null };
  return {
    ...{
      kind: 'run',
      metric: 'decode_tok_s',
      minEffectPct: 1,
      rentPct: 0.5,
      addedDeviations: 0,
      maxPairs: 8,
    },
    baseline: {
      ...{ runId: baseline.run_id, expId: baseline.exp_id ?? '', config: baseline.config ?? '' },
      ...{ artifact: baseline.artifact, value: baseline.value },
    },
    candidate: { value: (baseline.value ?? 0) * Math.exp(evidence.mean) },
    ...{ floorPct: 1.2, floorFrom: 'calibration', mdePct: 2.1, calibrationDropped: null },
    calibration: 'results/calibration/a.json',
    pairs: effects.map((effect, index) => ({
      ...{ pair: index + 1, order: index % 2 === 0 ? 'baseline-first' : 'candidate-first', invalid: null },
      launches: { baseline: 2 * index + 1, candidate: 2 * index + 2 },
      // Times to the first token get worse by 3 %, and wobble.
      effects: {
        ...none,
        decode_tok_s: effect,
        tpot_ms: effect,
        ttft_ms: -0.03 + (index % 2) * 0.002,
        e2e_ms: effect / 4 - 0.01 + (index % 3) * 0.012,
      },
      ...{ queries: 12, failed: [] },
    })),
    evidence: [
      {
        ...{ metric: 'decode_tok_s', pairs: effects.length, effectPct: pct(evidence.mean) ?? 0 },
        ...{ lowerPct: pct(bounds.lower), upperPct: pct(bounds.upper), pairSdPct: 1.2, isCalibrated: true },
      },
    ],
    eValue: enough * 12,
    guards: [
      { name: 'errors', state: 'passed', text: 'none failed' },
      { name: 'ttft_ms', state: 'undecided', text: '-2.9 %, the tolerance is 5 %' },
    ],
    outputs: {
      ...{ compared: 12, same: 10, unstable: [], repetition: { baseline: 0.1, candidate: 0.1 } },
      diverged: [
        { query: 'q3', atChar: 118 },
        { query: 'q7', atChar: 4 },
      ],
    },
    queries: Array.from({ length: 12 }, (_, index) => ({
      query: `q${index + 1}`,
      effectPct: index === 11 ? -6.1 : (pct(evidence.mean) ?? 0) + (index - 5) * 0.4,
      sameOutput: index !== 2 && index !== 6,
    })),
    knobs: [{ name: '-t', before: '1', after: '2' }],
    sentence: '+4.1 % decode_tok_s [2.9, 5.2] after 4 pairs, floor 1.2 %: keep',
    ...over,
  };
}

/** Writes a ledger and its records; `folder` is where the records go. */
export function writeArchive(root: string, runs: readonly SampleRun[], folder = 'results'): void {
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(
    join(root, 'bench_results.tsv'),
    `${[header, ...runs.map(({ row }) => encodeRow(row))].join('\n')}\n`,
  );
  writeRecords(root, runs, folder);
}

/** Writes records alone. */
export function writeRecords(root: string, runs: readonly SampleRun[], folder: string): void {
  mkdirSync(join(root, folder), { recursive: true });
  for (const { row, record } of runs)
    writeFileSync(join(root, folder, `${row.run_id}.json`), encodeRecord(record, row).text);
}

/** A stand-in for a hash of a text: 12 hex digits. */
function expIdOf(text: string): string {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 2 ** 40;
  return sum.toString(16).padStart(12, '0').slice(0, 12);
}
