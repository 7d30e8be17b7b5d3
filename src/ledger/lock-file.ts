import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { uptime } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { isGone, thisProcess } from '../process-identity.ts';

const holderSchema = z.object({
  token: z.string().regex(/^[0-9a-f]{32}$/),
  pid: z.int().positive(),
  startTicks: z.string().nullable(),
  bootId: z.string().nullable(),
  pidNamespace: z.string().nullable(),
  /** What the holder is doing, for people. */
  command: z.string(),
  runId: z.string().nullable(),
  /** UTC time at which it asked. */
  since: z.string(),
  /** What a successor needs to finish the work of a holder that died. */
  journal: z.record(z.string(), z.string()),
});

/** Who holds a lock: the JSON in the lock file. */
export type LockHolder = z.infer<typeof holderSchema>;

/** What the one who asks says about itself. */
export type LockFacts = Pick<LockHolder, 'command' | 'runId'>;

/** A lock that is held. */
export interface LockFile {
  readonly holder: LockHolder;
  /** The dead process it was taken over from, if any. */
  readonly left: LockHolder | null;
  /** Writes down what a successor would need to finish, whole or not at all. */
  note(journal: Record<string, string>): void;
  /** Lets go; a second call does nothing. */
  release(): void;
}

/** What came of asking once: `contended` means that others are at it this very moment, ask again. */
export type LockAttempt =
  | { readonly kind: 'held'; readonly lock: LockFile }
  | { readonly kind: 'busy'; readonly holder: LockHolder | null }
  | { readonly kind: 'contended' };

/**
 * Asks once for the lock file at `path`. A free lock is taken with link(2), which lets one of many win. A dead holder's
 * lock is first claimed, by linking `path.after-<its token>`, which again one of many can, and then replaced by
 * rename(2) once the lock is seen to be still the dead holder's; a dead claimant is followed in the same way. So a
 * lock never passes through a moment in which it is free or two have it. A live holder's lock is never touched.
 * A file that is no lock of ours is busy, unless `ours` and it is older than the last boot (torn by a power cut).
 */
export function tryLockFile(path: string, facts: LockFacts, options: { ours: boolean }): LockAttempt {
  const holder = newHolder(facts);
  const draft = `${path}.${holder.token}`;
  writeHolder(draft, holder);
  try {
    const attempt = link(draft, path)
      ? { kind: 'held' as const, lock: heldLock(path, holder, null) }
      : takeOver(path, draft, holder, options.ours);
    if (attempt.kind === 'held') sweep(path);
    return attempt;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Who holds the lock at `path` now and is not certainly gone; null when nobody does or the file is not readable as a lock. */
export function liveHolder(path: string): LockHolder | null {
  const holder = readHolder(path, false);
  return holder === null || holder === 'unreadable' || isGone(holder) ? null : holder;
}

/** Writes who this is to a file of its own, readable by all. */
export function writeHolder(path: string, holder: LockHolder): void {
  try {
    writeFileSync(path, `${JSON.stringify(holder)}\n`, { flag: 'wx', flush: true });
    chmodSync(path, 0o644);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** Facts -> a holder with a token no other has. */
export function newHolder(facts: LockFacts): LockHolder {
  const token = randomBytes(16).toString('hex');
  const { command, runId } = facts;
  return { token, ...thisProcess(), command, runId, since: new Date().toISOString(), journal: {} };
}

function takeOver(path: string, draft: string, holder: LockHolder, ours: boolean): LockAttempt {
  const dead = readHolder(path, ours);
  if (dead === null) return { kind: 'contended' };
  if (dead === 'unreadable') return { kind: 'busy', holder: null };
  if (!isGone(dead)) return { kind: 'busy', holder: dead };
  const claims: { path: string; token: string }[] = [];
  for (let last: LockHolder = dead; ; ) {
    const claim = `${path}.after-${last.token}`;
    if (link(draft, claim)) {
      const unchanged = [{ path, token: dead.token }, ...claims].every((step) =>
        holds(step.path, step.token, ours),
      );
      if (unchanged) {
        inherit(draft, holder, dead);
        renameSync(draft, path);
      }
      for (const step of unchanged ? claims : []) rmSync(step.path, { force: true });
      rmSync(claim, { force: true });
      return unchanged ? { kind: 'held', lock: heldLock(path, holder, dead) } : { kind: 'contended' };
    }
    const claimant = readHolder(claim, ours);
    if (claimant === null || claimant === 'unreadable' || !isGone(claimant)) return { kind: 'contended' };
    claims.push({ path: claim, token: claimant.token });
    last = claimant;
  }
}

/** The dead one's journal goes with the lock: a successor that is killed before it has finished leaves it to the next. */
function inherit(draft: string, holder: LockHolder, dead: LockHolder): void {
  if (Object.keys(dead.journal).length === 0) return;
  rmSync(draft);
  writeHolder(draft, { ...holder, journal: dead.journal });
}

/** Clears drafts and claims of processes that died; only for who holds the lock, when no claim can be of use any more. */
function sweep(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`) || !/\.(after-)?[0-9a-f]{32}$/.test(name)) continue;
    try {
      const scrap = join(dirname(path), name);
      const left = readHolder(scrap, false);
      if (left === null) continue;
      if (left === 'unreadable' ? isOld(scrap) : isGone(left)) rmSync(scrap, { force: true });
    } catch {
      // Another user's, not readable yet; the next holder will see.
    }
  }
}

/** Half a draft says nothing of its writer, who takes milliseconds: after a minute nobody writes it any more. */
function isOld(path: string): boolean {
  return statSync(path).mtimeMs < Date.now() - 60_000;
}

function heldLock(path: string, holder: LockHolder, left: LockHolder | null): LockFile {
  const release = (): void => {
    process.off('exit', release);
    if (holds(path, holder.token, false)) rmSync(path, { force: true });
  };
  process.on('exit', release);
  return {
    holder,
    left,
    note(journal) {
      const draft = `${path}.${holder.token}`;
      writeHolder(draft, { ...holder, journal });
      renameSync(draft, path);
    },
    release,
  };
}

function holds(path: string, token: string, ours: boolean): boolean {
  const holder = readHolder(path, ours);
  return holder !== null && holder !== 'unreadable' && holder.token === token;
}

function readHolder(path: string, ours: boolean): LockHolder | 'unreadable' | null {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return holderSchema.parse(JSON.parse(content));
  } catch {
    return ours ? tornBeforeBoot(path) : 'unreadable';
  }
}

/** Stands in for the holder whose lock a power cut emptied: a process of an earlier boot. */
function tornBeforeBoot(path: string): LockHolder | 'unreadable' {
  const { mtimeMs, ino } = statSync(path);
  if (mtimeMs >= Date.now() - uptime() * 1000) return 'unreadable';
  const token = `${ino.toString(16)}f${Math.trunc(mtimeMs).toString(16)}`.padStart(32, '0').slice(-32);
  return {
    token,
    ...thisProcess(),
    bootId: 'earlier',
    command: 'unknown',
    runId: null,
    since: '',
    journal: {},
  };
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'EPERM' || code === 'ENOTSUP') return copy(from, to);
    throw error;
  }
}

/** For file systems without hard links: as exclusive, but a reader may meet the file while it is still empty. */
function copy(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
