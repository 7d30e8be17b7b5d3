import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGone, parseIdentity, thisProcess } from '../process-identity.ts';

/**
 * Does the work while no other process does work under the same folder; a lock of a dead process is taken over.
 * The lock is the highest of the files `owner-N` in the folder: taking it means making `owner-(N+1)` when N is
 * free or its process is dead, which only one can do, so a stale lock has one heir however many saw it.
 * @param waiting told once, with the owner's process id, when the lock is held.
 * @throws the signal's reason when it aborts the wait.
 */
export async function withLock<T>(
  folder: string,
  options: { waiting: (pid: number) => void; signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const claim = join(folder, `claim-${process.pid}-${randomBytes(4).toString('hex')}`);
  writeFileSync(claim, JSON.stringify(thisProcess()));
  try {
    const held = await acquire(folder, claim, options);
    try {
      return await work();
    } finally {
      writeFileSync(claim, 'free');
      renameSync(claim, ownerFile(folder, held));
    }
  } finally {
    rmSync(claim, { force: true });
  }
}

async function acquire(
  folder: string,
  claim: string,
  { waiting, signal }: { waiting: (pid: number) => void; signal: AbortSignal },
): Promise<number> {
  for (let told = false; ; ) {
    signal.throwIfAborted();
    const last = lastOwner(folder);
    const holder = last === 0 ? null : holderOf(folder, last);
    if (holder === null || isGone(holder)) {
      if (take(folder, claim, last + 1)) return last + 1;
      continue;
    }
    if (!told) waiting(holder.pid);
    told = true;
    await sleep(200, undefined, { signal });
  }
}

function take(folder: string, claim: string, turn: number): boolean {
  try {
    linkSync(claim, ownerFile(folder, turn));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  // Who looked long ago may make a number that was used and removed since: a higher one then exists.
  if (lastOwner(folder) > turn) {
    rmSync(ownerFile(folder, turn), { force: true });
    return false;
  }
  for (const old of owners(folder)) if (old < turn) rmSync(ownerFile(folder, old), { force: true });
  return true;
}

function holderOf(folder: string, turn: number): ReturnType<typeof parseIdentity> {
  try {
    return parseIdentity(readFileSync(ownerFile(folder, turn), 'utf8'));
  } catch {
    return null;
  }
}

function lastOwner(folder: string): number {
  return Math.max(0, ...owners(folder));
}

function owners(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => /^owner-(\d+)$/.exec(name)?.slice(1).map(Number) ?? []);
}

function ownerFile(folder: string, turn: number): string {
  return join(folder, `owner-${turn}`);
}
