import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { experiment, type Workbench, workbench } from './workbench.ts';

const config = 'configs/scripted.yaml';
let bench: Workbench;
beforeAll(async () => {
  bench = await workbench();
});

describe('bench run', () => {
  it('--print gives one number on stdout and nothing else; its flags stand in the record', async () => {
    const printed = await bench.bench('run', config, '--print', 'ttft_ms', '--limit', '2', '--rounds', '2');
    expect(printed.code).toBe(0);
    expect(printed.stdout).toMatch(/^\d+(\.\d+)?\n$/);
    expect(bench.record()).toMatchObject({ overrides: { limit: 2, rounds: 2 } });
    expect(bench.row().n).toBe(2);
    const { summary } = bench.record() as { summary: { metrics: { ttft_ms: { value: number } } } };
    expect(Number(printed.stdout)).toBe(summary.metrics.ttft_ms.value);
  });

  it('--json gives row and summary; --no-commit writes the row and says why it is in no commit', async () => {
    const head = bench.git('rev-parse', 'HEAD');
    const { code, stdout } = await bench.bench('run', config, '--json', '--no-commit');
    expect(code).toBe(0);
    const shown = JSON.parse(stdout) as Record<string, unknown>;
    expect(shown).toMatchObject({ row: bench.row(), summary: { requests: 3 }, commit: null });
    expect(bench.git('rev-parse', 'HEAD')).toBe(head);
    expect(bench.git('status', '--porcelain')).not.toBe('');
  });

  it('under CI nothing is committed without --commit, and the next run commits the row that waited', async () => {
    const head = bench.git('rev-parse', 'HEAD');
    const ci = await bench.benchWith({ env: { CI: 'true' } }, 'run', config);
    expect(ci.stdout).toContain('not committed: running under CI');
    expect(bench.git('rev-parse', 'HEAD')).toBe(head);
    const asked = await bench.benchWith({ env: { CI: 'true' } }, 'run', config, '--commit');
    expect(asked.code).toBe(0);
    expect(bench.git('status', '--porcelain')).toBe('');
    const runs = bench.git('log', '-1', '--format=%(trailers:key=Bench-Run,valueonly)').split('\n');
    expect(runs).toEqual(
      bench
        .rows()
        .slice(-3)
        .map((row) => row.run_id),
    );
  });

  it('colours only where it is wanted', async () => {
    const plain = await bench.benchWith({ env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, 'show', 'iter-0');
    expect(plain.stdout).not.toContain('\x1b[');
    const forced = await bench.benchWith({ env: { FORCE_COLOR: '1' } }, 'show', 'iter-0');
    expect(forced.stdout).toContain('\x1b[');
    const piped = await bench.bench('show', 'iter-0');
    expect(piped.stdout).not.toContain('\x1b[');
  });

  it('draws a live line on a terminal, and plain lines when CI is set there', () => {
    const run = (env: NodeJS.ProcessEnv): string =>
      execFileSync(
        'script',
        [
          '-qec',
          `${process.execPath} ${join(bench.installed, 'dist/src/main.js')} run ${config} --limit 1`,
          '/dev/null',
        ],
        { cwd: bench.root, env: { ...bench.env, TERM: 'xterm', ...env }, encoding: 'utf8' },
      );
    const live = run({});
    expect(live).toContain('\r\x1b[2K');
    expect(live).toMatch(/✓ launch: measuring/);
    const ci = run({ CI: '1', NO_COLOR: '1' });
    expect(ci).not.toContain('\x1b[');
  });

  it.each([
    [['run', 'configs/none.yaml', '--json'], 2, /none\.yaml/],
    [['run', '--json'], 2, /config/],
    [['run', config, '--json', '--launches', '0'], 2, /--launches/],
    [['run', config, '--print', 'speed', '--json'], 2, /--print/],
    [['ledger', 'list', '--json', '--last', 'x'], 2, /--last/],
    [['show', 'iter-99', '--json'], 2, /iter-99/],
  ])('%s fails with JSON on stdout and a sentence on stderr', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await bench.bench(...args);
    expect(code).toBe(exitCode);
    expect(JSON.parse(stdout)).toEqual({
      error: { message: expect.stringMatching(message), hint: expect.any(String), exitCode },
    });
    expect(stderr).toMatch(message);
  });

  it('prints no number when there is none, and ends with the failure of the run', async () => {
    bench.write({ 'configs/dies.yaml': experiment(bench.installed, { args: ['--die-at-boot', 'no luck'] }) });
    const { code, stdout, stderr } = await bench.bench('run', 'configs/dies.yaml', '--print', 'decode_tok_s');
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain('no luck');
  });
});

it('a reader that leaves early is no error', () => {
  const shown = execFileSync(
    'bash',
    [
      '-c',
      `set -o pipefail; "$0" "$1" config schema | head -c 10; echo " $?"`,
      process.execPath,
      join(bench.installed, 'dist/src/main.js'),
    ],
    { cwd: bench.root, env: bench.env, encoding: 'utf8' },
  );
  expect(shown).toMatch(/ 0\n$/);
});
