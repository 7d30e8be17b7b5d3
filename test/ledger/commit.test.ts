import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { appendRun } from '../../src/ledger/append.ts';
import {
  type Committed,
  commitExperiment,
  commitRun,
  type ExperimentCommit,
  hasCommittedLedger,
} from '../../src/ledger/commit.ts';
import { findHolder } from '../../src/ledger/holder.ts';
import { ledgerPlace } from '../../src/ledger/place.ts';
import { gitEnv, makeRepo, open, sh, status, tempDir, write } from './repository.ts';
import { sampleRecord, sampleRow, sampleRunId } from './sample.ts';

const yaml = { 'configs/a.yaml': 'description: a\n', 'queries/q.csv': 'prompt\nhi\n' };

async function experiment(
  root: string,
  config = 'configs/a.yaml',
  named = ['queries/q.csv'],
): Promise<ExperimentCommit> {
  return commitExperiment(await open(root), { config, named, expId: 'abcdefabcdef', description: 'a' });
}

async function run(root: string, serial: number, tries?: number): Promise<Committed> {
  const repo = await open(root);
  const place = ledgerPlace(root, repo);
  const { row } = await appendRun(place, { row: sampleRow(serial), record: sampleRecord(serial) });
  return commitRun(repo, place, row, tries);
}

/** Files of the last commit. */
function committedFiles(root: string): string[] {
  return sh(root, 'show', '--name-only', '--format=', 'HEAD').split('\n');
}

function fileInHead(root: string, path: string): string {
  return sh(root, 'show', `HEAD:${path}`);
}

test('a run leaves two commits and a clean status', async () => {
  const root = makeRepo();
  write(root, yaml);
  const first = await experiment(root);
  expect(committedFiles(root)).toEqual(['configs/a.yaml', 'queries/q.csv']);
  expect(first.holder).toBe(sh(root, 'rev-parse', 'HEAD'));
  expect(first.configBlob).toBe(sh(root, 'rev-parse', 'HEAD:configs/a.yaml'));
  expect(await hasCommittedLedger(await open(root))).toBe(false);
  await run(root, 1);
  expect(committedFiles(root)).toEqual(['bench_results.tsv', `results/${sampleRunId(1)}.json`]);
  expect(sh(root, 'log', '-1', '--format=%(trailers:key=Bench-Run,valueonly)')).toContain(sampleRunId(1));
  expect(sh(root, 'log', '-1', '--format=%an <%ae>')).toBe('A Person <person@example.org>');
  expect(status(root)).toBe('');
  expect(await hasCommittedLedger(await open(root))).toBe(true);
  expect(sh(root, 'fsck', '--strict', '--no-dangling')).toBe('');
});

test('an experiment that HEAD holds as it is gets no commit', async () => {
  const root = makeRepo({ ...yaml });
  const head = sh(root, 'rev-parse', 'HEAD');
  const again = await experiment(root);
  expect(again).toMatchObject({
    commit: null,
    holder: head,
    configBlob: sh(root, 'rev-parse', 'HEAD:configs/a.yaml'),
  });
  expect(sh(root, 'rev-parse', 'HEAD')).toBe(head);
});

test('without committing: the blob id is known, and HEAD holds it or not', async () => {
  const root = makeRepo({ ...yaml, '.gitattributes': '*.yaml text eol=lf\n' });
  const head = sh(root, 'rev-parse', 'HEAD');
  const committed = sh(root, 'rev-parse', 'HEAD:configs/a.yaml');
  const repo = await open(root);
  expect(await findHolder(repo, 'configs/a.yaml')).toEqual({ holder: head, configBlob: committed });
  write(root, { 'configs/a.yaml': 'description: a\r\n' });
  expect(await findHolder(repo, 'configs/a.yaml')).toEqual({ holder: head, configBlob: committed });
  write(root, { 'configs/a.yaml': 'description: b\n' });
  expect(await findHolder(repo, 'configs/a.yaml')).toEqual({
    holder: null,
    configBlob: sh(root, 'hash-object', 'configs/a.yaml'),
  });
  expect(await findHolder(repo, 'configs/gone.yaml')).toEqual({ holder: null, configBlob: null });
});

test('the first commit of a repository', async () => {
  const root = makeRepo(null);
  write(root, { ...yaml, 'other.txt': 'mine\n' });
  sh(root, 'add', 'other.txt');
  const first = await experiment(root);
  expect(first.holder).toBe(sh(root, 'rev-parse', 'HEAD'));
  await run(root, 1);
  expect(sh(root, 'rev-list', '--count', 'HEAD')).toBe('2');
  expect(status(root)).toBe('A  other.txt');
});

describe('staged work stays staged', () => {
  const start = {
    'a.txt': 'a1\na2\na3\n',
    'b.txt': 'b\n',
    'c.txt': 'c\n',
    'd.txt': 'd\n',
    'run.sh': 'x\n',
    ...yaml,
  };

  async function around(stage: (root: string) => void): Promise<void> {
    const root = makeRepo(start);
    write(root, { 'configs/a.yaml': 'description: changed\n' });
    stage(root);
    const before = sh(root, 'diff', '--cached', '--', '.', ':!configs');
    const unstaged = sh(root, 'diff', '--', '.', ':!configs');
    const others = status(root)
      .split('\n')
      .filter((line) => !line.includes('configs/a.yaml'));
    await experiment(root);
    await run(root, 1);
    expect(sh(root, 'diff', '--cached')).toBe(before);
    expect(sh(root, 'diff')).toBe(unstaged);
    expect(status(root).split('\n')).toEqual(others);
    expect(before).not.toBe('');
    expect(sh(root, 'diff', '--name-only', 'HEAD~2', 'HEAD').split('\n')).toEqual([
      'bench_results.tsv',
      'configs/a.yaml',
      `results/${sampleRunId(1)}.json`,
    ]);
  }

  test('a change', () =>
    around((root) => {
      write(root, { 'a.txt': 'new\n' });
      sh(root, 'add', 'a.txt');
    }));
  test('a part of a change, with the rest unstaged', () =>
    around((root) => {
      write(root, { 'a.txt': 'A1\na2\na3\n' });
      sh(root, 'add', 'a.txt');
      write(root, { 'a.txt': 'A1\na2\nA3\n' });
    }));
  test('a new file, changed since', () =>
    around((root) => {
      write(root, { 'new.txt': 'n\n' });
      sh(root, 'add', 'new.txt');
      write(root, { 'new.txt': 'n2\n' });
    }));
  test('a deletion', () => around((root) => sh(root, 'rm', '-q', 'b.txt')));
  test('a deletion whose file is still there', () =>
    around((root) => sh(root, 'rm', '-q', '--cached', 'b.txt')));
  test('a rename', () => around((root) => sh(root, 'mv', 'c.txt', 'e.txt')));
  test('a mode', () =>
    around((root) => {
      chmodSync(join(root, 'run.sh'), 0o755);
      sh(root, 'add', 'run.sh');
    }));
  test('a file into a directory', () =>
    around((root) => {
      sh(root, 'rm', '-q', 'd.txt');
      write(root, { 'd.txt/inside': 'i\n' });
      sh(root, 'add', '-A', 'd.txt');
    }));
  test('with a split index', () =>
    around((root) => {
      sh(root, 'update-index', '--split-index');
      write(root, { 'a.txt': 'new\n' });
      sh(root, 'add', 'a.txt');
    }));
  test('with an untracked cache and another index version', () =>
    around((root) => {
      sh(root, 'update-index', '--untracked-cache', '--index-version', '4');
      write(root, { 'a.txt': 'new\n' });
      sh(root, 'add', 'a.txt');
    }));
});

test('a file announced with add --intent-to-add stays announced, an announced YAML is committed', async () => {
  const root = makeRepo();
  write(root, { ...yaml, 'later.txt': 'l\n' });
  sh(root, 'add', '-N', 'later.txt', 'configs/a.yaml');
  const { replacedStaged } = await experiment(root);
  expect(replacedStaged).toEqual([]);
  expect(status(root)).toBe(' A later.txt');
});

test('another staged version of the YAML is named, and can be read back', async () => {
  const root = makeRepo({ ...yaml });
  write(root, { 'configs/a.yaml': 'description: staged\n' });
  sh(root, 'add', 'configs/a.yaml');
  write(root, { 'configs/a.yaml': 'description: as run\n' });
  const { replacedStaged } = await experiment(root);
  expect(fileInHead(root, 'configs/a.yaml')).toBe('description: as run');
  expect(replacedStaged).toHaveLength(1);
  expect(sh(root, 'show', replacedStaged[0]?.blob ?? '')).toBe('description: staged');
  expect(status(root)).toBe('');
});

test('a change made in the same tick as the index is still seen as a change', async () => {
  const root = makeRepo({ ...yaml, 'a.txt': 'one\n' });
  sh(root, 'config', 'core.trustctime', 'false');
  sh(root, 'config', 'core.checkStat', 'minimal');
  const tick = 1_700_000_000;
  utimesSync(join(root, 'a.txt'), tick, tick);
  sh(root, 'update-index', '--refresh');
  // Same size, same time: only that the index is no younger tells git to look inside.
  writeFileSync(join(root, 'a.txt'), 'two\n');
  utimesSync(join(root, 'a.txt'), tick, tick);
  utimesSync(join(root, '.git/index'), tick, tick);
  await run(root, 1);
  expect(status(root)).toBe(' M a.txt');
});

test('hooks and signing are set up, and not run', async () => {
  const root = makeRepo();
  write(root, yaml);
  const witness = join(root, '.git/ran');
  for (const hook of [
    'pre-commit',
    'commit-msg',
    'prepare-commit-msg',
    'post-commit',
    'reference-transaction',
    'post-index-change',
    'fsmonitor',
  ]) {
    write(root, { [`.git/hooks/${hook}`]: `#!/bin/sh\necho ${hook} >> ${witness}\nexit 1\n` });
    chmodSync(join(root, '.git/hooks', hook), 0o755);
  }
  sh(root, 'config', 'commit.gpgSign', 'true');
  sh(root, 'config', 'gpg.program', '/bin/false');
  sh(root, 'config', 'core.fsmonitor', join(root, '.git/hooks/fsmonitor'));
  await experiment(root);
  await run(root, 1);
  expect(existsSync(witness)).toBe(false);
  expect(sh(root, 'rev-list', '--count', 'HEAD')).toBe('3');
  sh(root, 'config', '--unset', 'core.fsmonitor');
  expect(status(root)).toBe('');
});

test('hooks of core.hooksPath are not run either', async () => {
  const root = makeRepo();
  write(root, { '.hooks/reference-transaction': '#!/bin/sh\nexit 1\n', '.git/info/exclude': '.hooks\n' });
  chmodSync(join(root, '.hooks/reference-transaction'), 0o755);
  sh(root, 'config', 'core.hooksPath', join(root, '.hooks'));
  await run(root, 1);
  expect(committedFiles(root)).toContain('bench_results.tsv');
});

test('variables that a hook leaves behind do not lead astray', async () => {
  const root = makeRepo();
  const other = makeRepo();
  const repo = await open(root, {
    ...gitEnv,
    GIT_DIR: join(other, '.git'),
    GIT_INDEX_FILE: '/nonexistent/index',
    GIT_WORK_TREE: other,
  });
  expect(repo.root).toBe(root);
  const place = ledgerPlace(root, repo);
  const { row } = await appendRun(place, { row: sampleRow(1), record: null });
  await commitRun(repo, place, row);
  expect(status(root)).toBe('');
  expect(sh(other, 'rev-list', '--count', 'HEAD')).toBe('1');
});

test('a row written but not committed goes with the next commit, records too', async () => {
  const root = makeRepo();
  const place = ledgerPlace(root, await open(root));
  await appendRun(place, { row: sampleRow(1), record: sampleRecord(1) });
  await run(root, 2);
  expect(committedFiles(root)).toEqual([
    'bench_results.tsv',
    `results/${sampleRunId(1)}.json`,
    `results/${sampleRunId(2)}.json`,
  ]);
  expect(
    sh(root, 'log', '-1', '--format=%(trailers:key=Bench-Run,valueonly)').split('\n').filter(Boolean),
  ).toEqual([sampleRunId(1), sampleRunId(2)]);
  expect(status(root)).toBe('');
});

test('a record left out of an earlier commit goes with the next', async () => {
  const root = makeRepo();
  await run(root, 1);
  sh(root, 'rm', '-q', '--cached', `results/${sampleRunId(1)}.json`);
  sh(root, 'commit', '-q', '-m', 'record lost');
  await run(root, 2);
  expect(committedFiles(root)).toContain(`results/${sampleRunId(1)}.json`);
  expect(status(root)).toBe('');
});

test('committing twice makes one commit', async () => {
  const root = makeRepo();
  await run(root, 1);
  const head = sh(root, 'rev-parse', 'HEAD');
  expect((await run(root, 1)).commit).toBeNull();
  expect(sh(root, 'rev-parse', 'HEAD')).toBe(head);
});

test('.gitignore names the results: ledger and record go in and are said, named files stay out and are said', async () => {
  const root = makeRepo({ '.gitignore': 'results/\n*.tsv\nqueries/\n' });
  write(root, yaml);
  const first = await experiment(root);
  expect(first.skipped).toEqual([{ path: 'queries/q.csv', why: '.gitignore names it' }]);
  expect(committedFiles(root)).toEqual(['configs/a.yaml']);
  const { forced } = await run(root, 1);
  expect(forced).toEqual(['bench_results.tsv', `results/${sampleRunId(1)}.json`]);
  expect(committedFiles(root)).toEqual(forced);
  expect(status(root)).toBe('');
});

test('files elsewhere, directories, missing and huge new ones are left out and said', async () => {
  const root = makeRepo();
  const outside = tempDir();
  write(outside, { 'x.csv': 'x\n' });
  write(root, { ...yaml, 'inner/keep': '', 'model.gguf': 'x'.repeat(11 * 1024 * 1024) });
  makeRepo({ 'q.csv': 'q\n' }, join(root, 'inner'));
  const { skipped } = await experiment(root, 'configs/a.yaml', [
    join(outside, 'x.csv'),
    'queries',
    'gone.csv',
    'inner/q.csv',
    'model.gguf',
  ]);
  expect(
    Object.fromEntries(skipped.map(({ path, why }) => [path.replace(/^.*\/x.csv/, 'x.csv'), why])),
  ).toEqual({
    'x.csv': 'outside the repository',
    queries: 'not a file',
    'gone.csv': 'not there',
    'inner/q.csv': 'part of another repository inside this one',
    'model.gguf': 'new and larger than 10 MiB',
  });
  expect(committedFiles(root)).toEqual(['configs/a.yaml']);
});

test('an ignored YAML: nothing to commit, and no commit holds it', async () => {
  const root = makeRepo({ '.gitignore': 'configs/\n' });
  write(root, yaml);
  expect(await experiment(root, 'configs/a.yaml', [])).toMatchObject({
    commit: null,
    holder: null,
    configBlob: null,
  });
});

describe('blobs are what `git add` would write', () => {
  test('core.autocrlf', async () => {
    const root = makeRepo();
    sh(root, 'config', 'core.autocrlf', 'true');
    sh(root, 'config', 'core.safecrlf', 'true');
    write(root, { 'configs/a.yaml': 'description: a\r\n' });
    await experiment(root, 'configs/a.yaml', []);
    await run(root, 1);
    expect(status(root)).toBe('');
    expect(sh(root, 'cat-file', 'blob', 'HEAD:configs/a.yaml')).toBe('description: a');
    rmSync(join(root, 'bench_results.tsv'));
    sh(root, 'checkout', '--', 'bench_results.tsv');
    expect(readFileSync(join(root, 'bench_results.tsv'), 'utf8')).toContain('\r\n');
    await run(root, 2);
    expect(status(root)).toBe('');
    expect(readFileSync(join(root, 'bench_results.tsv'), 'utf8').replaceAll('\r\n', '')).not.toContain('\n');
    expect(sh(root, 'cat-file', 'blob', 'HEAD:bench_results.tsv')).not.toContain('\r');
  });

  test('a clean filter', async () => {
    const root = makeRepo({ '.gitattributes': '*.yaml filter=upper\n' });
    sh(root, 'config', 'filter.upper.clean', 'tr a-z A-Z');
    sh(root, 'config', 'filter.upper.smudge', 'tr A-Z a-z');
    write(root, yaml);
    await experiment(root);
    expect(fileInHead(root, 'configs/a.yaml')).toBe('DESCRIPTION: A');
    expect(status(root)).toBe('');
  });

  test('an executable YAML, and core.fileMode off', async () => {
    const root = makeRepo();
    write(root, { 'configs/a.yaml': 'description: a\n' });
    chmodSync(join(root, 'configs/a.yaml'), 0o755);
    await experiment(root, 'configs/a.yaml', []);
    expect(sh(root, 'ls-tree', 'HEAD', 'configs/a.yaml')).toMatch(/^100755/);
    sh(root, 'config', 'core.fileMode', 'false');
    writeFileSync(join(root, 'configs/a.yaml'), 'description: b\n');
    chmodSync(join(root, 'configs/a.yaml'), 0o644);
    await experiment(root, 'configs/a.yaml', []);
    expect(sh(root, 'ls-tree', 'HEAD', 'configs/a.yaml')).toMatch(/^100755/);
    expect(status(root)).toBe('');
  });
});

test.each(['with space', 'ünïcödé ☃', 'new\nline', '-dash', 'star*[x]', ':(top)magic', '"quoted"'])(
  'a path called %j',
  async (name) => {
    const root = makeRepo();
    const config = `${name}/${name}.yaml`;
    write(root, { [config]: 'description: a\n' });
    const made = await experiment(root, config, []);
    expect(made.configBlob).toBe(sh(root, 'hash-object', '--', join(root, config)));
    expect(status(root)).toBe('');
    await run(root, 1);
    expect(status(root)).toBe('');
    expect(sh(root, 'fsck', '--strict', '--no-dangling')).toBe('');
  },
);

test('a repository whose own path has a space, a newline and a snowman', async () => {
  const root = makeRepo(undefined, join(tempDir(), 'a b\n☃'));
  await run(root, 1);
  expect(status(root)).toBe('');
});

test('a sparse checkout that leaves out bench paths', async () => {
  const root = makeRepo({ 'src/a': 'a\n', 'docs/b': 'b\n', ...yaml });
  sh(root, 'sparse-checkout', 'set', '--cone', '--sparse-index', 'src');
  write(root, { 'configs/a.yaml': 'description: here all the same\n' });
  await experiment(root, 'configs/a.yaml', []);
  await run(root, 1);
  expect(status(root)).toBe('');
  expect(sh(root, 'ls-tree', '-r', '--name-only', 'HEAD').split('\n')).toEqual([
    'bench_results.tsv',
    'configs/a.yaml',
    'docs/b',
    'queries/q.csv',
    `results/${sampleRunId(1)}.json`,
    'src/a',
  ]);
  expect(existsSync(join(root, 'docs/b'))).toBe(false);
});

test('a submodule: its own repository gets the commits', async () => {
  const parent = makeRepo();
  const library = makeRepo({ 'lib.c': 'x\n' });
  sh(parent, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'lib');
  sh(parent, 'commit', '-q', '-m', 'submodule');
  const root = join(parent, 'lib');
  sh(root, 'config', 'user.name', 'A Person');
  sh(root, 'config', 'user.email', 'person@example.org');
  const repo = await open(root);
  expect(repo).toMatchObject({ root, isSubmodule: true });
  write(root, yaml);
  await experiment(root);
  await run(root, 1);
  expect(status(root)).toBe('');
  expect(existsSync(join(parent, 'bench_results.tsv'))).toBe(false);
  expect(sh(parent, 'rev-list', '--count', 'HEAD')).toBe('2');
});

test('a linked worktree: the commit is on its branch, its index is clean, the other is untouched', async () => {
  const root = makeRepo();
  const side = join(tempDir(), 'side');
  sh(root, 'worktree', 'add', '-q', '-b', 'side', side);
  const main = sh(root, 'rev-parse', 'main');
  await run(side, 1);
  expect(status(side)).toBe('');
  expect(status(root)).toBe('');
  expect(sh(root, 'rev-parse', 'main')).toBe(main);
  expect(sh(root, 'log', '-1', '--format=%s', 'side')).toContain('bench: iter-0');
});

test('a ledger that links into the repository is committed as link and as file', async () => {
  const root = makeRepo();
  write(root, { 'data/ledger.tsv': '' });
  symlinkSync('data/ledger.tsv', join(root, 'bench_results.tsv'));
  await run(root, 1);
  expect(committedFiles(root)).toEqual([
    'bench_results.tsv',
    'data/ledger.tsv',
    `results/${sampleRunId(1)}.json`,
  ]);
  expect(fileInHead(root, 'data/ledger.tsv')).toContain(sampleRunId(1));
  expect(status(root)).toBe('');
});

test('a ledger that links out of the repository is said not to be committed', async () => {
  const root = makeRepo();
  const elsewhere = join(tempDir(), 'ledger.tsv');
  writeFileSync(elsewhere, '');
  symlinkSync(elsewhere, join(root, 'bench_results.tsv'));
  const { skipped } = await run(root, 1);
  expect(skipped.map(({ why }) => why)).toEqual(['outside the repository']);
  expect(status(root)).toBe('');
});

test('index.lock held by git: exit 5, the row is in the file, the next run commits it', async () => {
  const root = makeRepo();
  write(root, { 'mine.txt': 'm\n' });
  sh(root, 'add', 'mine.txt');
  writeFileSync(join(root, '.git/index.lock'), '');
  await expect(run(root, 1, 2)).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringContaining('index.lock'),
  });
  expect(existsSync(join(root, '.git/index.lock'))).toBe(true);
  expect(readFileSync(join(root, 'bench_results.tsv'), 'utf8')).toContain(sampleRunId(1));
  expect(sh(root, 'rev-list', '--count', 'HEAD')).toBe('1');
  rmSync(join(root, '.git/index.lock'));
  await run(root, 2);
  expect(fileInHead(root, 'bench_results.tsv')).toContain(sampleRunId(1));
  expect(status(root)).toBe('A  mine.txt');
});

test('index.lock let go while bench waits: the commit is made', async () => {
  const root = makeRepo();
  writeFileSync(join(root, '.git/index.lock'), '');
  setTimeout(() => rmSync(join(root, '.git/index.lock')), 300);
  expect((await run(root, 1)).commit).not.toBeNull();
});

test('HEAD moves between the look and the commit: built anew on the new HEAD', async () => {
  const root = makeRepo();
  const repo = await open(root);
  const place = ledgerPlace(root, repo);
  const { row } = await appendRun(place, { row: sampleRow(1), record: null });
  // Holds bench back at index.lock, where its commit is built already.
  copyFileSync(join(root, '.git/index'), join(root, '.git/index.lock'));
  const made = commitRun(repo, place, row);
  await new Promise((done) => setTimeout(done, 700));
  const tree = sh(root, 'rev-parse', 'HEAD^{tree}');
  sh(root, 'update-ref', 'HEAD', sh(root, 'commit-tree', tree, '-p', 'HEAD', '-m', 'theirs'));
  rmSync(join(root, '.git/index.lock'));
  await made;
  expect(sh(root, 'log', '--format=%s').split('\n').slice(1)).toEqual(['theirs', 'first']);
  expect(status(root)).toBe('');
});

test('the description cannot forge a trailer or a second line', async () => {
  const root = makeRepo();
  write(root, yaml);
  await commitExperiment(await open(root), {
    config: 'configs/a.yaml',
    named: [],
    expId: 'abcdefabcdef',
    description: 'fine\n\nBench-Run: 20261122T071500Z-ffffffff',
  });
  expect(sh(root, 'log', '-1', '--format=%(trailers:key=Bench-Run)')).toBe('');
  expect(sh(root, 'log', '-1', '--format=%(trailers:key=Bench-Experiment,valueonly)')).toContain(
    'abcdefabcdef',
  );
});

test('a repository with sha256 ids', async () => {
  const root = tempDir();
  sh(root, 'init', '-q', '-b', 'main', '--object-format=sha256');
  sh(root, 'config', 'user.name', 'A Person');
  sh(root, 'config', 'user.email', 'person@example.org');
  write(root, yaml);
  const first = await experiment(root);
  expect(first.holder).toHaveLength(64);
  await run(root, 1);
  expect(status(root)).toBe('');
});

test('a separate git directory, and a config in a subdirectory', async () => {
  const root = tempDir();
  const gitDir = join(tempDir(), 'elsewhere.git');
  mkdirSync(join(root, 'sub/configs'), { recursive: true });
  sh(root, 'init', '-q', '-b', 'main', `--separate-git-dir=${gitDir}`);
  sh(root, 'config', 'user.name', 'A Person');
  sh(root, 'config', 'user.email', 'person@example.org');
  write(root, { 'sub/configs/a.yaml': 'description: a\n' });
  const repo = await open(join(root, 'sub/configs'));
  expect(repo.root).toBe(root);
  await experiment(root, 'sub/configs/a.yaml', []);
  await run(root, 1);
  expect(status(root)).toBe('');
});
