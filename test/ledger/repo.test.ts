import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gitEnvironment } from '../../src/ledger/git.ts';
import { openRepo, type Repo } from '../../src/ledger/repo.ts';
import { type CommitWish, whyNoCommit } from '../../src/ledger/why-no-commit.ts';
import { gitEnv, makeRepo, open, sh, tempDir, write } from './repository.ts';

const noWish: CommitWish = { flag: null, ci: undefined };

/** Two branches that both changed a.txt, and a git command that stops in the middle of bringing them together. */
function inTheMiddle(...command: string[]): string {
  const root = makeRepo({ 'a.txt': '1\n' });
  sh(root, 'switch', '-q', '-c', 'side');
  write(root, { 'a.txt': 'side\n' });
  sh(root, 'commit', '-q', '-am', 'side');
  sh(root, 'switch', '-q', 'main');
  write(root, { 'a.txt': 'main\n' });
  sh(root, 'commit', '-q', '-am', 'main');
  expect(() => sh(root, ...command)).toThrow();
  return root;
}

test('a repository as it stands', async () => {
  const root = makeRepo();
  expect(await open(root)).toMatchObject({
    root,
    gitDir: join(root, '.git'),
    commonDir: join(root, '.git'),
    head: sh(root, 'rev-parse', 'HEAD'),
    branch: 'refs/heads/main',
    inProgress: null,
    hasIdentity: true,
    commitSetting: null,
    isSubmodule: false,
  });
  expect(whyNoCommit(await open(root), noWish)).toBeNull();
});

test('an unborn branch is no reason not to commit', async () => {
  const repo = await open(makeRepo(null));
  expect(repo).toMatchObject({ head: null, branch: 'refs/heads/main' });
  expect(whyNoCommit(repo, noWish)).toBeNull();
});

test('seen from a subdirectory and from a worktree', async () => {
  const root = makeRepo({ 'sub/a': 'a\n' });
  expect((await open(join(root, 'sub'))).root).toBe(root);
  const side = join(tempDir(), 'side');
  sh(root, 'worktree', 'add', '-q', '-b', 'side', side);
  expect(await open(side)).toMatchObject({
    root: side,
    gitDir: join(root, '.git/worktrees/side'),
    commonDir: join(root, '.git'),
    branch: 'refs/heads/side',
  });
});

test('no repository', async () => {
  const repo = await openRepo(tempDir(), { ...gitEnv, GIT_CEILING_DIRECTORIES: '/tmp' });
  expect(repo).toEqual({ kind: 'none', note: null });
  expect(whyNoCommit(repo, noWish)).toBe('not a git repository');
});

test('no git on PATH', async () => {
  const repo = await openRepo(makeRepo(), { ...gitEnv, PATH: tempDir() });
  expect(whyNoCommit(repo, noWish)).toBe('git is not installed, or not on PATH');
});

test('a bare repository: exit 2', async () => {
  const root = tempDir();
  sh(root, 'init', '-q', '--bare');
  const repo = await openRepo(root, gitEnv);
  expect(repo).toEqual({ kind: 'bare', gitDir: root });
  expect(() => whyNoCommit(repo, { flag: false, ci: undefined })).toThrow(
    expect.objectContaining({ exitCode: 2 }),
  );
});

test('a worktree of a bare repository is a normal one', async () => {
  const origin = makeRepo();
  const bare = join(tempDir(), 'x.git');
  sh(origin, 'clone', '-q', '--bare', '.', bare);
  const side = join(tempDir(), 'side');
  sh(bare, 'worktree', 'add', '-q', '-b', 'side', side);
  expect(await open(side)).toMatchObject({ root: side, commonDir: bare });
});

test('a repository of another user: exit 2, and what to type', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('needs root to give files away');
  const root = makeRepo();
  execFileSync('chown', ['-R', '12345', root]);
  await expect(openRepo(root, gitEnv)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('another user'),
    hint: expect.stringContaining(`safe.directory '${root}'`),
  });
  const trusted = {
    ...gitEnv,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: root,
  };
  expect((await openRepo(root, trusted)).kind).toBe('normal');
});

test('a broken configuration: exit 2 with what git says', async () => {
  const root = makeRepo();
  writeFileSync(join(root, '.git/config'), '[core\n');
  await expect(openRepo(root, gitEnv)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('bad config'),
  });
});

describe('in the middle of something: exit 2, also with --no-commit', () => {
  test.each([
    ['merge', ['merge', 'side']],
    ['rebase', ['rebase', 'side']],
    ['rebase', ['rebase', '--apply', 'side']],
    ['cherry-pick', ['cherry-pick', 'side']],
    ['revert', ['revert', '--no-edit', 'HEAD~1', 'side']],
  ])('%s', async (name, command) => {
    const root = inTheMiddle(...(command as string[]));
    const repo = await open(root);
    expect(repo.inProgress).toBe(name);
    for (const flag of [true, false, null]) {
      expect(() => whyNoCommit(repo, { flag, ci: undefined })).toThrow(
        expect.objectContaining({ exitCode: 2, hint: expect.stringContaining(`git ${name} --abort`) }),
      );
    }
  });

  test('a merge in one worktree is none in the other', async () => {
    const root = inTheMiddle('merge', 'side');
    const other = join(tempDir(), 'other');
    sh(root, 'worktree', 'add', '-q', '-b', 'other', other);
    expect((await open(other)).inProgress).toBeNull();
  });
});

describe('reasons not to commit', () => {
  test('detached HEAD', async () => {
    const root = makeRepo();
    sh(root, 'switch', '-q', '--detach');
    expect(whyNoCommit(await open(root), { flag: true, ci: undefined })).toContain('HEAD is detached');
  });

  test('a bisect', async () => {
    const root = makeRepo();
    sh(root, 'bisect', 'start', '-q');
    expect(whyNoCommit(await open(root), noWish)).toContain('bisect');
  });

  test('no identity, even where git would guess one', async () => {
    const root = makeRepo();
    sh(root, 'config', '--unset', 'user.email');
    expect(await open(root)).toMatchObject({ hasIdentity: false });
    expect(whyNoCommit(await open(root), noWish)).toContain('who you are');
    const person = {
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@x',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@x',
    };
    expect(whyNoCommit(await open(root, { ...gitEnv, ...person }), noWish)).toBeNull();
  });

  test('bench.commit is false; --commit is stronger', async () => {
    const root = makeRepo();
    sh(root, 'config', 'bench.commit', 'off');
    const repo = await open(root);
    expect(whyNoCommit(repo, noWish)).toContain('bench.commit is false');
    expect(whyNoCommit(repo, { flag: true, ci: 'true' })).toBeNull();
    sh(root, 'config', 'bench.commit', 'true');
    expect(whyNoCommit(await open(root), { flag: null, ci: 'true' })).toContain('CI');
    sh(root, 'config', 'bench.commit', 'perhaps');
    await expect(open(root)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('bench.commit'),
    });
  });

  test.each([
    ['true', true],
    ['1', true],
    ['', false],
    ['0', false],
    ['False', false],
  ])('CI=%s', async (ci, stops) => {
    const repo: Repo = await open(makeRepo());
    expect(whyNoCommit(repo, { flag: null, ci }) !== null).toBe(stops);
    expect(whyNoCommit(repo, { flag: true, ci })).toBeNull();
    expect(whyNoCommit(repo, { flag: false, ci })).toBe('--no-commit');
  });
});

test('the environment for git has nothing that leads to another repository', () => {
  const env = gitEnvironment({
    PATH: '/bin',
    GIT_DIR: 'x',
    GIT_INDEX_FILE: 'x',
    GIT_CONFIG_PARAMETERS: 'x',
    GIT_TRACE: '1',
    EDITOR: 'vi',
    LC_ALL: 'de_DE',
  });
  expect(
    Object.keys(env)
      .filter((name) => name.startsWith('GIT_'))
      .sort(),
  ).toEqual(['GIT_OPTIONAL_LOCKS', 'GIT_TERMINAL_PROMPT']);
  expect(env).toMatchObject({ PATH: '/bin', LC_ALL: 'C' });
});

test('looking changes nothing', async () => {
  const root = makeRepo();
  mkdirSync(join(root, 'empty'));
  const before = execFileSync('find', [join(root, '.git'), '-printf', '%p %T@ %s\n'], { encoding: 'utf8' });
  await open(root);
  expect(execFileSync('find', [join(root, '.git'), '-printf', '%p %T@ %s\n'], { encoding: 'utf8' })).toBe(
    before,
  );
});
