import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openRepo, type WorkRepo } from '../../src/ledger/repo.ts';

/** An environment in which only the repository's own settings count. */
export const gitEnv: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** A directory that goes away with the test. */
export function tempDir(prefix = 'bench-ledger-'): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs git as a user would; its output without the last newline. */
export function sh(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    env: gitEnv,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).replace(/\n$/, '');
}

/** Writes files below a directory. */
export function write(root: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** A throw-away repository with an identity and, unless `files` is null, a first commit of them. */
export function makeRepo(
  files: Record<string, string> | null = { 'README.md': 'hello\n' },
  root = tempDir(),
): string {
  mkdirSync(root, { recursive: true });
  sh(root, 'init', '-q', '-b', 'main');
  sh(root, 'config', 'user.name', 'A Person');
  sh(root, 'config', 'user.email', 'person@example.org');
  if (files !== null) {
    write(root, files);
    sh(root, 'add', '-A');
    sh(root, 'commit', '-q', '-m', 'first');
  }
  return root;
}

/** The repository as bench sees it. */
export async function open(root: string, env: NodeJS.ProcessEnv = gitEnv): Promise<WorkRepo> {
  const repo = await openRepo(root, env);
  if (repo.kind !== 'normal') throw new Error(`${root} is ${repo.kind}`);
  return repo;
}

/** `git status` as short lines. */
export function status(root: string): string {
  return sh(root, 'status', '--porcelain');
}
