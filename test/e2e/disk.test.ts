import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, type TestContext } from 'vitest';
import { processesOf } from './child.ts';
import { experiment, workbench } from './workbench.ts';

const config = 'configs/scripted.yaml';

/** Puts a small or read-only file system on a folder; skips the test where that is not allowed. */
function mount(skip: TestContext['skip'], folder: string, ...args: string[]): void {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', [...args, folder], { stdio: 'ignore' });
  } catch {
    skip('mounting needs root');
  }
  onTestFinished(() => void execFileSync('umount', [folder]));
}

it('a disk that fills up with raw data while the engine runs: the row says so, exit 5', async ({ skip }) => {
  const bench = await workbench();
  mount(skip, join(bench.root, '.bench_runs'), '-t', 'tmpfs', '-o', 'size=48k', 'tmpfs');
  bench.write({ [config]: experiment(bench.installed, { workload: ', rounds: 100' }) });
  const ended = await bench.bench('run', config);
  expect(ended.code).toBe(5);
  expect(bench.row()).toMatchObject({
    status: 'discard',
    reason: expect.stringMatching(/^host-failure:[a-z ]+: .*(disk is full|ENOSPC)/),
    value: null,
  });
  expect(`${ended.stdout}`).toMatch(/disk is full|no space left/);
  expect(processesOf(bench.root)).toEqual([]);
});

it('a disk that is full before the start: exit 5, nothing started', async ({ skip }) => {
  const bench = await workbench();
  const runs = join(bench.root, '.bench_runs');
  mount(skip, runs, '-t', 'tmpfs', '-o', 'size=8k', 'tmpfs');
  writeFileSync(join(runs, 'filler'), Buffer.alloc(8192));
  const ended = await bench.bench('run', config);
  expect(ended).toMatchObject({ code: 5, stdout: '' });
  expect(ended.stderr).toMatch(/disk is full/);
  expect(ended.stderr).not.toContain('bug in bench');
  expect(bench.rows()).toEqual([]);
});

it('a repository that cannot be written: exit 5, nothing started', async ({ skip }) => {
  const bench = await workbench();
  mount(skip, bench.root, '--bind', '-o', 'ro', bench.root);
  const ended = await bench.bench('run', config);
  expect(ended).toMatchObject({ code: 5, stdout: '' });
  expect(ended.stderr).toMatch(/read-only/);
  expect(existsSync(join(bench.root, '.bench_runs'))).toBe(false);
});

it('an index that another git holds: exit 5 with the row safe in the file, and the next run commits it', async () => {
  const bench = await workbench();
  const lock = join(bench.root, '.git/index.lock');
  writeFileSync(lock, '');
  const ended = await bench.bench('run', config);
  expect(ended.code).toBe(5);
  expect(ended.stderr).toContain('index.lock');
  expect(bench.row()).toMatchObject({ reason: 'baseline' });
  rmSync(lock);
  expect(await bench.bench('run', config)).toMatchObject({ code: 0 });
  expect(bench.git('status', '--porcelain')).toBe('');
  const runs = bench.git('log', '-1', '--format=%(trailers:key=Bench-Run,valueonly)').split('\n');
  expect(runs).toEqual(bench.rows().map((row) => row.run_id));
});
