import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError, ExitCode } from '../errors.ts';
import { isGone, thisProcess } from '../process-identity.ts';
import { explainDiskError } from './disk-error.ts';
import { git } from './git.ts';
import { type LockFile, tryLockFile } from './lock-file.ts';
import { readHead, type WorkRepo } from './repo.ts';

const retryMs = 100;

/**
 * git's own lock on the user's index (`index.lock`), held as git holds it while a commit moves HEAD and index
 * together. What it will do is in the lock file before it is done, so that after a kill -9 the next bench
 * finishes it; without that HEAD would have the row and the index would have its removal staged.
 */
export interface IndexLock {
  /** Moves HEAD from `parent` to `commit` and puts `index` in the place of the user's; false when HEAD has moved. */
  moveTo(commit: string, parent: string | null, index: string): Promise<boolean>;
  release(): void;
}

/** Waits for index.lock, about `tries` x 100 ms; then BenchError (exit 5). */
export async function lockIndex(repo: WorkRepo, tries: number): Promise<IndexLock> {
  const lock = await takeSoon(repo, tries);
  try {
    if (lock.left !== null) await finish(repo, lock.left.journal);
    await sweepIndexes(repo.gitDir);
  } catch (error) {
    lock.release();
    throw error;
  }
  return {
    async moveTo(commit, parent, index) {
      lock.note({ commit, parent: parent ?? '', index });
      return finish(repo, { commit, parent: parent ?? '', index });
    },
    release: lock.release,
  };
}

/**
 * Finishes the commit of a bench that was killed in the middle of it: its index.lock would block the user's git. Does
 * nothing without one, nor when it is git's or a living bench's.
 */
export async function finishLeftCommit(repo: WorkRepo): Promise<void> {
  const path = join(repo.gitDir, 'index.lock');
  if (!existsSync(path)) return;
  const attempt = tryLockFile(path, { command: 'bench commit', runId: null }, { ours: false });
  if (attempt.kind !== 'held') return;
  try {
    if (attempt.lock.left !== null) await finish(repo, attempt.lock.left.journal);
    await sweepIndexes(repo.gitDir);
  } finally {
    attempt.lock.release();
  }
}

/** A name in the git directory for an index of bench's own; it says whose it is, so that leftovers can be cleared. */
export function scratchIndex(gitDir: string): string {
  const { pid, startTicks } = thisProcess();
  return join(gitDir, `bench-${pid}-${startTicks ?? 0}-${randomBytes(4).toString('hex')}.index`);
}

/**
 * Copies the user's index, if there is one. The copy must not look younger than the original: git takes a file
 * for unchanged when its time is before the index's.
 */
export async function copyIndex(repo: WorkRepo, to: string): Promise<void> {
  const from = join(repo.gitDir, 'index');
  const before = await stat(from).catch(() => null);
  if (before === null) return;
  await copyFile(from, to);
  const second = Math.floor(before.mtimeMs / 1000);
  await utimes(to, second, second);
}

async function takeSoon(repo: WorkRepo, tries: number): Promise<LockFile> {
  const path = join(repo.gitDir, 'index.lock');
  for (let tried = 0; tried <= tries; tried++) {
    try {
      const attempt = tryLockFile(path, { command: 'bench commit', runId: null }, { ours: false });
      if (attempt.kind === 'held') return attempt.lock;
    } catch (error) {
      throw explainDiskError(error, `lock the git index (${path})`, rowIsSafe);
    }
    await sleep(retryMs);
  }
  throw new BenchError(`Another git command holds ${path}: nothing was committed`, {
    exitCode: ExitCode.host,
    hint: `${rowIsSafe} If no git command is running, remove that file.`,
  });
}

/** Safe to do twice, and safe beside the dead bench's last git command, should that still be running. */
async function finish(repo: WorkRepo, journal: Readonly<Record<string, string>>): Promise<boolean> {
  const { commit, parent, index } = journal;
  if (commit === undefined || parent === undefined || index === undefined) return false;
  const none = '0'.repeat(commit.length);
  const update = ['update-ref', '-m', 'bench: commit', 'HEAD', commit, parent === '' ? none : parent];
  await git(repo, update, { ok: 'any' });
  const moved = (await readHead(repo)) === commit;
  if (moved) await rename(index, join(repo.gitDir, 'index')).catch(ignoreMissing);
  else await rm(index, { force: true });
  return moved;
}

/** Indexes of benches that died; those of others that are building a commit right now stay. */
async function sweepIndexes(gitDir: string): Promise<void> {
  for (const name of await readdir(gitDir)) {
    const [, pid, startTicks] = /^bench-(\d+)-(\d+)-[0-9a-f]{8}\.index(\.lock)?$/.exec(name) ?? [];
    if (pid === undefined || startTicks === undefined) continue;
    if (isGone({ ...thisProcess(), pid: Number(pid), startTicks }))
      await rm(join(gitDir, name), { force: true });
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

const rowIsSafe = 'The row is safe in the ledger file; the next run commits it.';
