import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError, ExitCode } from '../errors.ts';
import { thisProcess } from '../process-identity.ts';
import { explainDiskError } from './disk-error.ts';
import { prepareLockDirectory } from './lock-directory.ts';
import {
  type LockFacts,
  type LockFile,
  type LockHolder,
  liveHolder,
  newHolder,
  tryLockFile,
} from './lock-file.ts';
import { drawTicket, waitsBefore } from './ticket.ts';

/** The right to measure on some GPUs or on the host's CPU. */
export interface MeasurementLock {
  readonly names: readonly string[];
  /** Lets go; a second call does nothing. Exit and even kill -9 let go too. */
  release(): void;
}

/** What is asked for. */
export interface MeasurementLockRequest extends LockFacts {
  readonly env: NodeJS.ProcessEnv;
  /** UUIDs of the GPUs that the engine sees; none: the lock of the host's CPU. */
  readonly gpus: readonly string[];
  /** Whether to queue behind who measures now, instead of failing. */
  readonly wait: boolean;
  /** Ends the waiting; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Told once for each new holder waited for; null when its file cannot be read. */
  onWait(holder: LockHolder | null): void;
  /** How often a waiter looks again; 250 when left out. */
  readonly pollMs?: number;
}

/**
 * Takes the machine-wide measurement lock: one lock file per GPU, or `cpu.lock`. All are taken or none, in one order
 * for all, so two sets that overlap cannot block each other. Waiters are served in the order in which they came.
 * Held by another without `wait`: BenchError (exit 5) that says by whom.
 */
export async function acquireMeasurementLock(request: MeasurementLockRequest): Promise<MeasurementLock> {
  const { directory, elsewhere } = prepareLockDirectory(request.env);
  const names = request.gpus.length === 0 ? ['cpu'] : [...new Set(request.gpus)].sort().map(fileName);
  const order = `${String(Date.now()).padStart(15, '0')}-${randomBytes(6).toString('hex')}`;
  const ticket = request.wait ? drawTicket(directory, names, order, newHolder(request)) : null;
  let told: string | undefined;
  try {
    for (let contended = 0; ; ) {
      request.signal.throwIfAborted();
      const outcome = takeAll({ directory, elsewhere, names, order }, request);
      if ('locks' in outcome) return heldLocks(names, outcome.locks);
      if (outcome.contended && contended++ < 100)
        await sleep(10 * Math.random(), undefined, { signal: request.signal });
      else {
        if (!request.wait) throw refusal(outcome);
        const token = outcome.holder?.token ?? '';
        if (token !== told) request.onWait(outcome.holder);
        told = token;
        contended = 0;
        await sleep(request.pollMs ?? 250, undefined, { signal: request.signal });
      }
    }
  } catch (error) {
    request.signal.throwIfAborted();
    throw explainDiskError(
      error,
      `take the measurement lock in ${directory}`,
      'Set BENCH_LOCK_DIR to a directory that every user of this machine can write.',
    );
  } finally {
    ticket?.discard();
  }
}

interface Place {
  readonly directory: string;
  /** Directories in which other users' benches may hold theirs; only looked at. */
  readonly elsewhere: readonly string[];
  readonly names: readonly string[];
  readonly order: string;
}

type Refused = {
  readonly holder: LockHolder | null;
  readonly path: string;
  readonly waiting: boolean;
  readonly contended: boolean;
};

function takeAll(place: Place, facts: LockFacts): { locks: LockFile[] } | Refused {
  const locks: LockFile[] = [];
  const refuse = (refused: Refused): Refused => {
    for (const lock of locks) lock.release();
    return refused;
  };
  for (const name of place.names) {
    const path = `${place.directory}/${name}.lock`;
    for (const other of place.elsewhere) {
      const holder = liveHolder(`${other}/${name}.lock`);
      if (holder !== null)
        return refuse({ holder, path: `${other}/${name}.lock`, waiting: false, contended: false });
    }
    const first = waitsBefore(place.directory, name, place.order);
    const holder = liveHolder(path);
    if (first !== null)
      return refuse({ holder: holder ?? first, path, waiting: holder === null, contended: false });
    const attempt = tryLockFile(path, facts, { ours: true });
    if (attempt.kind === 'contended') return refuse({ holder, path, waiting: false, contended: true });
    if (attempt.kind === 'busy')
      return refuse({ holder: attempt.holder, path, waiting: false, contended: false });
    locks.push(attempt.lock);
  }
  return { locks };
}

function heldLocks(names: readonly string[], locks: readonly LockFile[]): MeasurementLock {
  return {
    names,
    release() {
      for (const lock of locks) lock.release();
    },
  };
}

function refusal({ holder, path, waiting }: Refused): BenchError {
  const hint = 'Add --wait to queue behind it.';
  if (holder === null) {
    return new BenchError(`Another measurement seems to be running, but ${path} cannot be read as a lock`, {
      exitCode: ExitCode.host,
      hint: `If nothing is measuring on this machine, remove ${path}.`,
    });
  }
  const run = holder.runId === null ? '' : `, run ${holder.runId}`;
  const foreign = holder.pidNamespace !== thisProcess().pidNamespace;
  return new BenchError(
    `Another measurement is ${waiting ? 'next in the queue' : 'running'} on this machine: pid ${holder.pid} (${holder.command}${run}) since ${holder.since}`,
    {
      exitCode: ExitCode.host,
      hint: foreign ? `${hint} It belongs to another container: if that is gone, remove ${path}.` : hint,
    },
  );
}

function fileName(gpu: string): string {
  return gpu.replace(/[^A-Za-z0-9._-]/g, '_');
}
