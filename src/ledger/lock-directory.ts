import { accessSync, chmodSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { BenchError, ExitCode } from '../errors.ts';
import { explainDiskError } from './disk-error.ts';

const hint = 'Set BENCH_LOCK_DIR to a directory that every user of this machine can write.';
const wellKnown = ['/run/lock/bench', '/tmp/bench-lock'];

/**
 * The directory of the measurement locks, made if need be: `BENCH_LOCK_DIR`, else /run/lock/bench, else
 * /tmp/bench-lock. It is open to all users and not sticky, so that one user can clear the lock of another who
 * died. `elsewhere` are the well-known directories that another user may have had to use instead.
 */
export function prepareLockDirectory(env: NodeJS.ProcessEnv): {
  directory: string;
  elsewhere: readonly string[];
} {
  const chosen = env.BENCH_LOCK_DIR;
  if (chosen !== undefined && chosen !== '') {
    make(chosen, true);
    return { directory: chosen, elsewhere: [] };
  }
  const directory = wellKnown.find((candidate) => isUsable(candidate));
  if (directory === undefined) throw unusable(wellKnown.join(' and '));
  return { directory, elsewhere: wellKnown.filter((other) => other !== directory) };
}

/** Where benches of this machine may keep their locks; makes nothing. */
export function lockDirectories(env: NodeJS.ProcessEnv): readonly string[] {
  const chosen = env.BENCH_LOCK_DIR;
  return chosen === undefined || chosen === '' ? wellKnown : [chosen];
}

function isUsable(directory: string): boolean {
  try {
    make(directory, false);
    return true;
  } catch {
    return false;
  }
}

function make(directory: string, isChosen: boolean): void {
  try {
    if (makeOnce(directory, isChosen)) chmodSync(directory, 0o777);
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw explainDiskError(error, `use ${directory} for the measurement lock`, hint);
  }
  // A link planted in a world-writable /tmp would lead the locks astray.
  if (!isChosen && !lstatSync(directory).isDirectory()) throw unusable(directory);
}

/** Whether it was this process that made the directory: only then is its mode ours to set. */
function makeOnce(directory: string, recursive: boolean): boolean {
  try {
    return mkdirSync(directory, { recursive }) !== undefined || !recursive;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function unusable(directory: string): BenchError {
  return new BenchError(`Cannot keep the measurement lock in ${directory}`, {
    exitCode: ExitCode.host,
    hint,
  });
}
