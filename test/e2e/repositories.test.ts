import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { experiment, type Workbench, workbench } from './workbench.ts';

const config = 'configs/scripted.yaml';

async function committed(): Promise<Workbench> {
  const bench = await workbench();
  bench.git('add', '-A');
  bench.git('commit', '-q', '-m', 'first');
  return bench;
}

describe.concurrent('where rows go, and what is committed', () => {
  it('no git: the row stands beside the config, and no commit is said', async () => {
    const bench = await workbench({ git: false });
    const ended = await bench.bench('run', config);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('not a git repository');
    expect(bench.row()).toMatchObject({ status: 'keep', commit: null, config_sha: null, config });
    const below = join(bench.root, 'configs');
    const listed = await bench.benchWith({ cwd: below }, 'ledger', 'list');
    expect(listed.stdout).toContain('baseline');
  });

  it('detached HEAD: row, no commit, said', async () => {
    const bench = await committed();
    bench.git('checkout', '-q', '--detach');
    const head = bench.git('rev-parse', 'HEAD');
    const ended = await bench.bench('run', config);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('HEAD is detached');
    expect(bench.git('rev-parse', 'HEAD')).toBe(head);
    expect(bench.row().reason).toBe('baseline');
  });

  it('a merge in progress: exit 2, nothing written', async () => {
    const bench = await committed();
    bench.git('switch', '-q', '-c', 'other');
    bench.git('commit', '-q', '--allow-empty', '-m', 'theirs');
    bench.git('switch', '-q', 'main');
    bench.git('commit', '-q', '--allow-empty', '-m', 'ours');
    bench.git('merge', '--no-commit', '--no-ff', '-q', 'other');
    const ended = await bench.bench('run', config);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('merge is in progress');
    expect(bench.rows()).toEqual([]);
    expect(existsSync(join(bench.root, '.bench_runs'))).toBe(false);
  });

  it('bench.commit false and a missing identity: row, no commit, said', async () => {
    const bench = await committed();
    bench.git('config', 'bench.commit', 'false');
    const off = await bench.bench('run', config);
    expect(off).toMatchObject({ code: 0 });
    expect(off.stdout).toContain('bench.commit is false');
    bench.git('config', '--unset', 'bench.commit');
    bench.git('config', '--unset', 'user.email');
    const nobody = await bench.bench('run', config);
    expect(nobody.stdout.replace(/\s+/g, ' ')).toContain('git does not know who you are');
    expect(bench.git('log', '--format=%s')).toBe('first');
  });

  it('a repository inside another: the ledger lies in the one that holds the config', async () => {
    const outer = await workbench();
    const inner = await workbench({ at: outer.root, name: 'inner' });
    const ended = await outer.benchWith({}, 'run', `inner/${config}`);
    expect(ended.code).toBe(0);
    expect(inner.row()).toMatchObject({ config, reason: 'baseline' });
    expect(inner.git('log', '--format=%s').split('\n')).toHaveLength(2);
    expect(outer.rows()).toEqual([]);
  });

  it('a worktree, from a folder below: its own ledger, commits on its branch', async () => {
    const bench = await committed();
    const tree = join(bench.root, '../tree');
    bench.git('worktree', 'add', '-q', '-b', 'side', tree);
    const ended = await bench.benchWith({ cwd: join(tree, 'configs') }, 'run', 'scripted.yaml');
    expect(ended.code).toBe(0);
    expect(bench.git('log', '--format=%s', 'side').split('\n')[0]).toMatch(/^bench: iter-0/);
    expect(bench.git('log', '--format=%s', 'main')).toBe('first');
    expect(bench.git('-C', tree, 'status', '--porcelain')).toBe('');
  });

  it("what the user has staged stays staged, and hooks don't run", async () => {
    const bench = await committed();
    bench.write({ 'notes.txt': 'mine\n', '.git/hooks/pre-commit': '#!/bin/sh\ntouch hook-ran; exit 1\n' });
    mkdirSync(join(bench.root, 'staged'));
    bench.git('add', 'notes.txt');
    expect(await bench.bench('run', config)).toMatchObject({ code: 0 });
    expect(bench.git('status', '--porcelain')).toBe('A  notes.txt');
    expect(existsSync(join(bench.root, 'hook-ran'))).toBe(false);
  });
});

it('an experiment of no repository, run from inside one, is refused before anything starts', async () => {
  const bench = await workbench();
  bench.write({ '../elsewhere.yaml': bench.read(config) });
  const ended = await bench.bench('run', '../elsewhere.yaml');
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('is in no repository') });
  expect(bench.bundles()).toEqual([]);
});

describe.concurrent('changes that no commit holds', () => {
  async function withSources(): Promise<Workbench> {
    const bench = await workbench();
    bench.write({
      'engine/pace.json': bench.read('pace.json'),
      'engine/source.py': 'one\n',
      [config]: experiment(bench.installed, { more: 'cwd: engine\n' }),
    });
    bench.git('add', '-A');
    bench.git('commit', '-q', '-m', 'first');
    bench.write({ 'engine/source.py': 'two\n' });
    return bench;
  }

  it('in the engine are refused: exit 2, nothing started', async () => {
    const bench = await withSources();
    const ended = await bench.bench('run', config);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('engine/source.py');
    expect(ended.stderr).toContain('--allow-dirty');
    expect(bench.rows()).toEqual([]);
  });

  it('or, allowed, mark the row, which is never kept', async () => {
    const bench = await withSources();
    expect(await bench.bench('run', config, '--allow-dirty')).toMatchObject({ code: 0 });
    expect(bench.row()).toMatchObject({
      status: null,
      reason: 'dirty:baseline',
      artifact: expect.stringMatching(/^bin:[0-9a-f]{12}-dirty$/),
      harness: '0.1.0',
    });
    expect(bench.git('status', '--porcelain')).toBe('M engine/source.py');
  });

  it('in a file that it names are refused where nothing is committed, or mark the row', async () => {
    const bench = await committed();
    bench.write({ 'queries/q.csv': 'prompt\nSomething else?\n' });
    const ended = await bench.bench('run', config, '--no-commit');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('queries/q.csv');
    expect(await bench.bench('run', config, '--no-commit', '--allow-dirty')).toMatchObject({ code: 0 });
    expect(bench.row()).toMatchObject({ status: null, reason: 'dirty:baseline' });
  });

  it('in a file that another repository inside this one has are refused', async () => {
    const bench = await workbench();
    const text = bench.read(config).replace('"pace.json"', '"sub/pace.json"');
    bench.write({ 'sub/pace.json': bench.read('pace.json'), [config]: text });
    const sub = ['-C', 'sub', '-c', 'user.name=A', '-c', 'user.email=a@example.org'];
    bench.git('init', '-q', 'sub');
    bench.git(...sub, 'add', '-A');
    bench.git(...sub, 'commit', '-q', '-m', 'sub');
    expect(await bench.bench('run', config)).toMatchObject({ code: 0 });
    bench.write({ 'sub/pace.json': `${bench.read('pace.json')}\n` });
    const ended = await bench.bench('run', config);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('sub/pace.json');
  });

  it('in the experiment itself are committed with it', async () => {
    const bench = await committed();
    bench.write({ 'queries/q.csv': 'prompt\nSomething else?\n' });
    expect(await bench.bench('run', config)).toMatchObject({ code: 0 });
    expect(bench.git('show', '--format=', '--name-only', 'HEAD~1')).toBe('queries/q.csv');
    expect(bench.git('status', '--porcelain')).toBe('');
  });
});

it('an experiment has the same id before its first commit, after it, and in a fresh clone', async () => {
  const bench = await workbench();
  expect(await bench.bench('run', config, '--no-commit')).toMatchObject({ code: 0 });
  expect(await bench.bench('run', config)).toMatchObject({ code: 0 });
  const other = await workbench({ git: false });
  const clone = join(other.root, '../clone');
  other.git('clone', '-q', bench.root, clone);
  other.git('-C', clone, 'config', 'user.name', 'Another');
  other.git('-C', clone, 'config', 'user.email', 'another@example.org');
  const { code, stdout } = await other.benchWith({ cwd: clone }, 'run', config, '--json');
  expect(code).toBe(0);
  const [before, after] = bench.rows();
  const { row } = JSON.parse(stdout) as { row: { exp_id: string; iter: number; reason: string } };
  expect([after?.exp_id, row.exp_id]).toEqual([before?.exp_id, before?.exp_id]);
  expect(row).toMatchObject({ iter: 2, reason: 'repeat' });
});
