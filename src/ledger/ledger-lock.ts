import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError, ExitCode } from '../errors.ts';
import { explainDiskError } from './disk-error.ts';
import { type LockFile, tryLockFile } from './lock-file.ts';

const retryMs = 20;

/**
 * Runs `work` while holding the lock files at `paths`, taken in the order given. They are meant to be held for
 * milliseconds: a holder that is alive after `tries` of about 20 ms each is a BenchError (exit 5).
 */
export async function withLedgerLock<Result>(
  paths: readonly string[],
  command: string,
  work: () => Promise<Result>,
  tries = 1500,
): Promise<Result> {
  const held: LockFile[] = [];
  try {
    for (const path of paths) held.push(await takeSoon(path, command, tries));
    return await work();
  } finally {
    for (const lock of held.reverse()) lock.release();
  }
}

async function takeSoon(path: string, command: string, tries: number): Promise<LockFile> {
  for (let tried = 0; ; tried++) {
    const attempt = ask(path, command);
    if (attempt.kind === 'held') return attempt.lock;
    if (tried >= tries) {
      const holder = attempt.kind === 'busy' ? attempt.holder : null;
      const who =
        holder === null ? 'another process' : `pid ${holder.pid} (${holder.command}, since ${holder.since})`;
      throw new BenchError(`The ledger is locked by ${who}`, {
        exitCode: ExitCode.host,
        hint: `If that process is gone, remove ${path} and run again.`,
      });
    }
    // Unequal waits: those who wait do not all come back at the same moment.
    await sleep(retryMs * (0.5 + Math.random()));
  }
}

function ask(path: string, command: string): ReturnType<typeof tryLockFile> {
  try {
    return tryLockFile(path, { command, runId: null }, { ours: true });
  } catch (error) {
    throw explainDiskError(error, `lock the ledger (${path})`, 'Nothing was changed.');
  }
}
