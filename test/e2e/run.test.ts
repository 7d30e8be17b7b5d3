import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sha256Hex } from '../../src/canonical.ts';
import { columns } from '../../src/ledger/row.ts';
import type { Ended } from './child.ts';
import { processesOf } from './child.ts';
import { type Workbench, workbench } from './workbench.ts';

const hex12 = expect.stringMatching(/^[0-9a-f]{12}$/);
const hex40 = expect.stringMatching(/^[0-9a-f]{40}$/);

describe('the first run of an experiment', () => {
  let bench: Workbench;
  let ended: Ended;
  beforeAll(async () => {
    bench = await workbench();
    ended = await bench.bench('run', 'configs/scripted.yaml');
  });

  it('ends well, says what it found on stdout and what it did on stderr, and leaves no process', () => {
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/^iter-0 {2}keep {2}baseline\n/);
    for (const word of ['decode', 'TTFT', 'e2e', 'custom', 'record', 'bundle']) {
      expect(ended.stdout).toContain(word);
    }
    expect(ended.stdout).not.toContain('\x1b');
    expect(ended.stderr).toContain('starting custom\n');
    expect(ended.stderr).not.toContain('\r');
    expect(processesOf(bench.root)).toEqual([]);
  });

  it('writes a row of the contract', () => {
    const [header, line, ...rest] = bench.read('bench_results.tsv').split('\n');
    expect(header).toBe(
      'iter run_id exp_id parent status reason commit config config_sha engine engine_version artifact model hardware workload metric value delta_pct ci_lo_pct ci_hi_pct pairs e_value launches n ttft_ms_p50 e2e_ms_p50 tok_s_mean recall errors complexity findings fingerprint snapshot started_at harness supersedes description'.replaceAll(
        ' ',
        '\t',
      ),
    );
    expect(line?.split('\t')).toHaveLength(columns.length);
    expect(rest).toEqual(['']);
    const { value, ttft_ms_p50, e2e_ms_p50, tok_s_mean, ...row } = bench.row();
    expect(row).toEqual({
      iter: 0,
      run_id: expect.stringMatching(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/),
      exp_id: hex12,
      parent: null,
      status: 'keep',
      reason: 'baseline',
      commit: hex40,
      config: 'configs/scripted.yaml',
      config_sha: bench.git('rev-parse', 'HEAD:configs/scripted.yaml'),
      engine: 'custom',
      engine_version: null,
      artifact: `bin:${sha256Hex(readFileSync(process.execPath)).slice(0, 12)}`,
      model: 'scripted',
      hardware: expect.stringMatching(/./),
      workload: hex12,
      metric: 'decode_tok_s',
      delta_pct: null,
      ci_lo_pct: null,
      ci_hi_pct: null,
      pairs: null,
      e_value: null,
      launches: 1,
      n: 3,
      recall: null,
      errors: 0,
      complexity: 2,
      findings: expect.arrayContaining(['cache-unverified', 'usage-approx']),
      fingerprint: hex12,
      snapshot: hex12,
      started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      harness: '0.1.0',
      supersedes: null,
      description: 'a scripted engine',
    });
    // A token every 100 ms after the first at 10 ms: the engine never sends early, a busy machine sends late.
    for (const rate of [value, tok_s_mean]) {
      expect(rate).toBeGreaterThan(5);
      expect(rate).toBeLessThan(10.5);
    }
    expect(ttft_ms_p50).toBeGreaterThanOrEqual(10);
    expect(e2e_ms_p50).toBeGreaterThanOrEqual(210);
  });

  it('commits the experiment first, then row and record, and leaves git clean', () => {
    const row = bench.row();
    expect(bench.git('status', '--porcelain')).toBe('');
    expect(bench.git('log', '--format=%s').split('\n')).toEqual([
      expect.stringMatching(
        /^bench: iter-0 configs\/scripted\.yaml, decode_tok_s (?=[\d.]{5},)\d+\.\d+, keep baseline$/,
      ),
      'bench: experiment configs/scripted.yaml',
    ]);
    expect(bench.git('rev-parse', 'HEAD~1')).toBe(row.commit);
    expect(bench.git('log', '-1', '--format=%(trailers:key=Bench-Run,valueonly)')).toBe(row.run_id);
    expect(bench.git('show', '--format=', '--name-only', 'HEAD~1').split('\n')).toEqual([
      'configs/scripted.yaml',
      'pace.json',
      'queries/q.csv',
    ]);
    expect(bench.git('show', '--format=', '--name-only', 'HEAD').split('\n')).toEqual([
      'bench_results.tsv',
      `results/${row.run_id}.json`,
    ]);
    expect(ended.stderr).toContain('git config bench.commit false');
  });

  it('writes a record that the published schema accepts and that agrees with the row', () => {
    const text = bench.read(`results/${bench.row().run_id}.json`);
    expect(text).not.toContain(bench.root);
    expect(text).toContain('$REPO_ROOT');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256 * 1024);
    const schema = JSON.parse(readFileSync(join(bench.installed, 'docs/record.schema.json'), 'utf8'));
    z.fromJSONSchema(schema).parse(JSON.parse(text));
    const summarySchema = JSON.parse(readFileSync(join(bench.installed, 'docs/summary.schema.json'), 'utf8'));
    z.fromJSONSchema(summarySchema).parse(
      JSON.parse(readFileSync(join(bench.bundle(), 'summary.json'), 'utf8')),
    );
    const record = bench.record();
    expect(record).toMatchObject({ schemaVersion: 1, runId: bench.row().run_id, row: bench.row() });
    expect(record).toMatchObject({
      overrides: {},
      files: { 'queries/q.csv': sha256Hex(bench.read('queries/q.csv')) },
      sources: {
        'configs/scripted.yaml': {
          blob: bench.row().config_sha,
          text: bench.read('configs/scripted.yaml'),
        },
      },
      clientOverheadMs: { ttftP50Ms: expect.any(Number), gapP99Ms: expect.any(Number) },
      summary: { requests: 3, failed: 0 },
    });
    expect(record.requests).toHaveLength(3);
  });

  it('is a repeat the second time, committed as one row', async () => {
    const before = bench.row();
    const head = bench.git('rev-parse', 'HEAD');
    const again = await bench.bench('run', 'configs/scripted.yaml');
    expect(again.code).toBe(0);
    const { exp_id, config_sha, fingerprint, workload, artifact } = before;
    expect(bench.row()).toMatchObject({ iter: 1, status: null, reason: 'repeat', commit: head });
    expect(bench.row()).toMatchObject({ exp_id, config_sha, fingerprint, workload, artifact });
    expect(bench.git('rev-list', '--count', 'HEAD')).toBe('3');
    expect(again.stderr).not.toContain('bench.commit false');
    expect(bench.git('status', '--porcelain')).toBe('');
  });
});

it('a child whose parent does not run by itself has nothing to be judged against', async () => {
  const bench = await workbench();
  const [cmd = '', ...rest] = bench
    .read('configs/scripted.yaml')
    .split('\n')
    .filter((line) => line.startsWith('cmd:'));
  expect(rest).toEqual([]);
  bench.write({
    'configs/base.yaml': bench.read('configs/scripted.yaml').replace(`${cmd}\n`, ''),
    'configs/child.yaml': `description: slower\nparent: base.yaml\n${cmd}\nset: { --slow-percent: "10" }\n`,
  });
  const ran = await bench.bench('run', 'configs/child.yaml');
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain('configs/base.yaml does not run by itself');
  expect(bench.row()).toMatchObject({ status: null, reason: 'unjudged', parent: null, complexity: 3 });
  expect(bench.git('show', '--format=', '--name-only', 'HEAD~1').split('\n')).toContain('configs/base.yaml');
});

it('a child that starts just what its parent starts is not launched', async () => {
  const bench = await workbench();
  bench.write({ 'configs/child.yaml': 'description: nothing new\nparent: scripted.yaml\n' });
  const ran = await bench.bench('run', 'configs/child.yaml');
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stdout).toContain('just what its parent gives it');
  expect(bench.row()).toMatchObject({
    status: 'discard',
    reason: 'noop',
    launches: 0,
    value: null,
    errors: null,
  });
  expect(bench.record()).toMatchObject({ summary: null });
  expect(bench.git('status', '--porcelain')).toBe('');
  const shown = await bench.bench('show', 'iter-0');
  expect(shown, shown.stderr).toMatchObject({ code: 0 });
});

it('two launches give the spread between them', async () => {
  const bench = await workbench();
  expect(await bench.bench('run', 'configs/scripted.yaml', '--launches', '2')).toMatchObject({ code: 0 });
  expect(bench.row()).toMatchObject({ launches: 2, n: 3 });
  const { summary, overrides } = bench.record() as {
    summary: { metrics: Record<string, object> };
    overrides: object;
  };
  expect(overrides).toEqual({ launches: 2 });
  expect(summary.metrics.decode_tok_s).toMatchObject({
    launchValues: [expect.any(Number), expect.any(Number)],
    launchSd: expect.any(Number),
  });
});
