import { emptyRow, type Row } from '../../src/ledger/row.ts';
import type { RunReport } from '../../src/report/run-text.ts';
import { type MeasuredRequest, summarize } from '../../src/stats/summarize.ts';
import type { Summary } from '../../src/stats/summary.ts';
import { input, measured } from '../stats/measured.ts';

/** Requests of a believable run: what each query takes differs, the launches differ by a percent. */
export function sampleRequests(queries: number, launches = 1): MeasuredRequest[] {
  return Array.from({ length: queries * launches }, (_, index) => {
    const query = index % queries;
    const launch = 1 + Math.floor(index / queries);
    const decodeTokS = 91.26 + ((query * 7) % 12) / 4 - 1.4 + launch * 0.9;
    const ttftMs = 14.2 + ((query * 5) % 12) * 1.3;
    const tpotMs = 1000 / decodeTokS;
    const decodeMs = 47 * tpotMs;
    return measured(`q${query + 1}`, {
      trace: { launch, usage: { promptTokens: 31 + query * 3, completionTokens: 48, cachedTokens: 0 } },
      observation: {
        ...{ decodeTokS, ttftMs, ttfatMs: ttftMs, tpotMs, decodeMs },
        itlMs: Array.from({ length: 47 }, (_, gap) => tpotMs * (gap % 9 === 0 ? 1.2 : 0.975)),
        e2eMs: ttftMs + decodeMs,
        e2eTokS: 48_000 / (ttftMs + decodeMs),
      },
      engineTimes: { promptMs: ttftMs - 2.1, decodeMs: decodeMs - 0.12 },
    });
  });
}

const warmUp = {
  isSteady: true,
  times: [
    { decodeTokS: 61.2, ttftMs: 48.3 },
    { decodeTokS: 90.7, ttftMs: 15.1 },
    { decodeTokS: 91.4, ttftMs: 14.3 },
  ],
};

export const goodSummary: Summary = summarize(
  input(sampleRequests(12), { warmUps: [{ launch: 1, ...warmUp }] }),
);

export const launchesSummary: Summary = summarize(
  input(sampleRequests(400, 3), { warmUps: [1, 2, 3].map((launch) => ({ launch, ...warmUp })) }),
);

export const troubledSummary: Summary = summarize(
  input(
    [
      ...sampleRequests(3),
      measured('q4', {
        trace: { outcome: 'http-error', error: '500: slot unavailable\u001b[2J\nretry later' },
      }),
      measured('q5', { trace: { outcome: 'timeout' } }),
    ],
    {
      warmUps: [{ launch: 1, ...warmUp, isSteady: false }],
      findings: [
        { code: 'cache-unverified', text: '' },
        { code: 'pgroup', text: 'No cgroup v2 here: read-only.' },
      ],
    },
  ),
);

export const keptRow: Row = {
  ...emptyRow({ run_id: '20261122T071500Z-1a2b3c4d', started_at: '2026-11-22T07:15:00Z' }),
  iter: 0,
  exp_id: '9f1c07aa0b1e',
  status: 'keep',
  reason: 'baseline',
  commit: '1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d',
  config: 'configs/llamacpp-smollm2.yaml',
  config_sha: '0d9c8b7a6f5e4d3c2b1a0d9c8b7a6f5e4d3c2b1a',
  engine: 'llamacpp',
  engine_version: 'b1-7e4c0a9',
  artifact: 'venv:5e2b77c1d0aa',
  model: 'smollm2-135m@7f3a9c21b4d5',
  hardware: 'Intel(R) Xeon(R) CPU @ 2.60GHz',
  workload: '3c5d7e9f1a2b',
  metric: 'decode_tok_s',
  value: goodSummary.metrics.decode_tok_s?.value ?? null,
  launches: 1,
  n: 12,
  errors: 0,
  complexity: 4,
  description: 'SmolLM2-135M on llama.cpp, one thread',
};

export const crashedRow: Row = {
  ...emptyRow({ run_id: '20261122T081500Z-5e6f7a8b', started_at: '2026-11-22T08:15:00Z' }),
  iter: 12,
  status: 'crash',
  reason: 'bad-flag',
  engine: 'llamacpp',
  model: 'smollm2-135m',
  metric: 'decode_tok_s',
  description: 'A flag\tthat does not exist, and a description that is rather long for one line of a table',
};

const longReason =
  'engine-error: starting: custom exited with code 7 before it was ready, and nothing of what it wrote in its 12 last lines names a cause that is known.';

/** Cells of a crash are sentences: nothing of them may push other columns off a table or off the screen. */
export const wordyRow: Row = {
  ...crashedRow,
  iter: 13,
  reason: longReason,
};

/** Of twelve requests three were asked. */
export const givenUpSummary: Summary = summarize(
  input(
    ['q7', 'q2', 'q11'].map((query) => measured(query, { trace: { outcome: 'timeout' } })),
    {
      planned: 12,
      warmUps: [
        {
          launch: 1,
          isSteady: false,
          isGivenUp: true,
          times: Array(3).fill({ decodeTokS: null, ttftMs: null }),
        },
      ],
      findings: [
        {
          code: 'given-up',
          text: 'Launch 1: 3 of 12 requests asked, gave up because all of them failed, as the last warm-up requests had.',
        },
        { code: 'warm-up-errors', text: '' },
      ],
    },
  ),
);

export const goodReport: RunReport = {
  row: keptRow,
  summary: goodSummary,
  crash: null,
  clientErrorMs: 0.043,
  durationMs: 17_300,
  ledger: 'bench_results.tsv',
  record: 'results/20261122T071500Z-1a2b3c4d.json',
  bundle: '.bench_runs/20261122T071500Z-1a2b3c4d/',
  findings: goodSummary.findings,
  commit: '1a2b3c4 holds the row',
  notes: [],
};

export const crashReport: RunReport = {
  ...goodReport,
  row: crashedRow,
  summary: null,
  crash: {
    message: 'llamacpp ended with exit code 1 while it loaded.',
    hint: 'Run the engine with --help and compare the flag with its list.',
    lines: ['error: invalid argument: --no-such-flag', '\u001b[31musage\u001b[0m: llama-server [options]'],
  },
  findings: [
    { code: 'flag-overridden', text: "argument '-t' specified multiple times, only the last counts" },
  ],
  clientErrorMs: null,
  durationMs: 800,
  record: 'results/20261122T081500Z-5e6f7a8b.json',
  bundle: '.bench_runs/20261122T081500Z-5e6f7a8b/',
  commit: 'not committed: detached HEAD',
  notes: ['HOME is set in this shell but not in `env:`, so the engine does not see it.'],
};
