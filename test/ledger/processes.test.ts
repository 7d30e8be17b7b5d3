import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendRun } from '../../src/ledger/append.ts';
import { commitRun } from '../../src/ledger/commit.ts';
import { fixLedger } from '../../src/ledger/fix.ts';
import { finishLeftCommit } from '../../src/ledger/index-lock.ts';
import { newHolder, writeHolder } from '../../src/ledger/lock-file.ts';
import { ledgerPlace } from '../../src/ledger/place.ts';
import { readLedger } from '../../src/ledger/read.ts';
import { compileChildren, startChild } from './compiled.ts';
import { gitEnv, makeRepo, open, sh, status, tempDir, write } from './repository.ts';
import { sampleRecord, sampleRow } from './sample.ts';

const programs = compileChildren();

function child(
  name: string,
  args: readonly (string | number)[],
  env: NodeJS.ProcessEnv = gitEnv,
): ReturnType<typeof startChild> {
  return startChild(join(programs, `${name}.js`), args.map(String), env);
}

async function allWell(children: readonly ReturnType<typeof startChild>[]): Promise<void> {
  for (const { ended } of children) expect(await ended).toMatchObject({ code: 0, stderr: '' });
}

test('many append at once in one directory: every row is there once, with a number of its own', async () => {
  const root = tempDir();
  await allWell([0, 1, 2, 3].map((index) => child('append-rows', [root, index * 100, 15])));
  const { rows } = await readLedger(ledgerPlace(root, { kind: 'none', note: null }));
  expect(rows.map((row) => row.iter)).toEqual(Array.from({ length: 60 }, (_, iter) => iter));
  expect(new Set(rows.map((row) => row.run_id)).size).toBe(60);
  expect(readdirSync(root).sort()).toEqual(['bench_results.tsv', 'results']);
});

test('two commit at once in one repository: all rows and records in HEAD, staged work still staged', async () => {
  const root = makeRepo();
  write(root, { 'mine.txt': 'm\n' });
  sh(root, 'add', 'mine.txt');
  await allWell([child('commit-rows', [root, 0, 4]), child('commit-rows', [root, 100, 4])]);
  expect(status(root)).toBe('A  mine.txt');
  expect(sh(root, 'show', 'HEAD:bench_results.tsv').split('\n')).toHaveLength(9);
  expect(sh(root, 'ls-tree', '--name-only', 'HEAD', 'results/').split('\n')).toHaveLength(8);
  const trailers = sh(root, 'log', '--format=%(trailers:key=Bench-Run,valueonly)')
    .split('\n')
    .filter(Boolean);
  expect(new Set(trailers).size).toBe(8);
});

test('two worktrees at once: each has its own ledger and branch, nothing is lost', async () => {
  const root = makeRepo();
  const side = join(tempDir(), 'side');
  sh(root, 'worktree', 'add', '-q', '-b', 'side', side);
  await allWell([child('commit-rows', [root, 0, 3]), child('commit-rows', [side, 100, 3])]);
  for (const [tree, branch] of [
    [root, 'main'],
    [side, 'side'],
  ] as const) {
    expect(status(tree)).toBe('');
    expect(sh(tree, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe(branch);
    expect(sh(tree, 'show', 'HEAD:bench_results.tsv').split('\n')).toHaveLength(4);
  }
});

test('killed while appending: no half row, what was acknowledged is there, the next append works', async () => {
  const root = tempDir();
  const place = ledgerPlace(root, { kind: 'none', note: null });
  let serial = 0;
  for (let round = 0; round < 12; round++) {
    const running = child('append-rows', [root, serial, 1000]);
    await running.said('Z-');
    await new Promise((done) => setTimeout(done, Math.random() * 40));
    running.kill();
    const acknowledged = (await running.ended).stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' ')[0]);
    const rows = (await readLedger(place)).rows;
    const known = new Set(rows.map((row) => row.run_id));
    for (const runId of acknowledged) expect(known).toContain(runId);
    serial += 1000;
  }
  await appendRun(place, { row: sampleRow(serial), record: null });
  // A record whose row a kill prevented becomes that row.
  await fixLedger(place);
  const { rows } = await readLedger(place);
  expect(new Set(rows.map((row) => row.iter)).size).toBe(rows.length);
  expect(readdirSync(join(root, 'results')).filter((name) => name.endsWith('.json'))).toHaveLength(
    rows.length - 1,
  );
});

test('killed while committing: the next commit takes all along, staged work is untouched, status is clean', async () => {
  const root = makeRepo();
  write(root, { 'mine.txt': 'm\n' });
  sh(root, 'add', 'mine.txt');
  let serial = 0;
  for (let round = 0; round < 8; round++) {
    const running = child('commit-rows', [root, serial, 1000]);
    await running.said('ready');
    await new Promise((done) => setTimeout(done, Math.random() * 900));
    running.kill();
    await running.ended;
    serial += 1000;
    const repo = await open(root);
    const place = ledgerPlace(root, repo);
    // A kill between record and row leaves a record, which becomes that row.
    await fixLedger(place);
    const { row } = await appendRun(place, { row: sampleRow(serial - 1), record: sampleRecord(serial - 1) });
    await commitRun(repo, place, row);
    expect(status(root)).toBe('A  mine.txt');
    expect(sh(root, 'show', 'HEAD:bench_results.tsv')).toBe(readFileSync(place.file, 'utf8').trimEnd());
    expect(existsSync(join(root, '.git/index.lock'))).toBe(false);
  }
  expect(sh(root, 'fsck', '--strict', '--no-dangling')).toBe('');
  // A kill between making a draft and writing it leaves an empty one, which later benches clear.
  const scraps = readdirSync(join(root, '.git')).filter((name) => name.startsWith('bench-'));
  expect(scraps.filter((name) => readFileSync(join(root, '.git', name), 'utf8') !== '')).toEqual([]);
});

test.each([
  ['before', 'the next commit', false],
  ['after', 'the next commit', true],
  ['before', 'the next bench', false],
  ['after', 'the next bench', true],
])('killed just %s HEAD moved, with index and journal ready: %s finishes it', async (_, finisher, moved) => {
  const root = makeRepo();
  write(root, { 'mine.txt': 'm\n' });
  sh(root, 'add', 'mine.txt');
  const old = sh(root, 'rev-parse', 'HEAD');
  write(root, { 'bench.txt': 'b\n' });
  const git = join(root, '.git');
  const next = join(git, 'bench-1-1-00000001.index');
  copyFileSync(join(git, 'index'), next);
  execFileSync('git', ['add', 'bench.txt'], { cwd: root, env: { ...gitEnv, GIT_INDEX_FILE: next } });
  const tree = join(git, 'bench-1-1-00000002.index');
  execFileSync('git', ['read-tree', 'HEAD'], { cwd: root, env: { ...gitEnv, GIT_INDEX_FILE: tree } });
  execFileSync('git', ['add', 'bench.txt'], { cwd: root, env: { ...gitEnv, GIT_INDEX_FILE: tree } });
  const id = execFileSync('git', ['write-tree'], {
    cwd: root,
    env: { ...gitEnv, GIT_INDEX_FILE: tree },
    encoding: 'utf8',
  }).trim();
  const commit = sh(root, 'commit-tree', id, '-p', old, '-m', 'of the dead');
  writeHolder(join(git, 'index.lock'), {
    ...newHolder({ command: 'bench commit', runId: null }),
    startTicks: '1',
    journal: { commit, parent: old, index: next },
  });
  if (moved) sh(root, 'update-ref', 'HEAD', commit);
  const repo = await open(root);
  if (finisher === 'the next bench') {
    await finishLeftCommit(repo);
    expect(sh(root, 'rev-parse', 'HEAD')).toBe(commit);
    expect(status(root)).toBe('A  mine.txt');
    expect(existsSync(join(git, 'index.lock'))).toBe(false);
  }
  const place = ledgerPlace(root, repo);
  const { row } = await appendRun(place, { row: sampleRow(1), record: null });
  await commitRun(repo, place, row);
  expect(status(root)).toBe('A  mine.txt');
  expect(sh(root, 'log', '--format=%s').split('\n').slice(1)).toEqual(['of the dead', 'first']);
  expect(sh(root, 'show', 'HEAD:bench.txt')).toBe('b');
  expect(readdirSync(git).filter((name) => name.startsWith('bench-') || name.startsWith('index.'))).toEqual(
    [],
  );
});

test('Ctrl-C, which reaches git as well: bench finishes what it is committing', async () => {
  const root = makeRepo();
  const running = child('commit-rows', [root, 0, 3]);
  await running.said('ready');
  for (let press = 0; press < 6; press++) {
    await new Promise((done) => setTimeout(done, 60 + Math.random() * 100));
    running.interrupt();
  }
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  expect(status(root)).toBe('');
  expect(sh(root, 'show', 'HEAD:bench_results.tsv').split('\n')).toHaveLength(4);
});
