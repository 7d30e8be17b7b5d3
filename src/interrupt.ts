import { BenchError, ExitCode } from './errors.ts';

const exitCodes = { SIGHUP: ExitCode.sighup, SIGINT: ExitCode.sigint, SIGTERM: ExitCode.sigterm } as const;
export type StopSignal = keyof typeof exitCodes;

/** Ctrl-C and its kin, as values: the first asks for an orderly end, the second for an immediate one. */
export interface Interrupt {
  /** Aborts at the first signal; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** Aborts at the second. */
  readonly force: AbortSignal;
  /** Exit code of the signal that came, or null. */
  exitCode(): ExitCode | null;
  name(): StopSignal | null;
  /** Gives the signals back to the process. */
  release(): void;
}

/**
 * Does work that a signal may end. What such an end throws is told as one (exit 129, 130, 143), unless it is a
 * BenchError, which knows better.
 */
export async function interruptibly<Result>(
  work: (interrupt: Interrupt) => Promise<Result>,
): Promise<Result> {
  const interrupt = listenForInterrupt();
  try {
    return await work(interrupt);
  } catch (error) {
    await aWholePass();
    const exitCode = interrupt.exitCode();
    if (exitCode === null || error instanceof BenchError) throw error;
    throw new BenchError('Interrupted before the engine started; nothing was written.', {
      exitCode,
      cause: error,
    });
  } finally {
    interrupt.release();
  }
}

/** A Ctrl-C that also ended a child of bench may reach bench itself later: signals are told between two passes of the loop. */
async function aWholePass(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

/** Listens for SIGINT, SIGTERM and SIGHUP until `release`. */
function listenForInterrupt(): Interrupt {
  const first = new AbortController();
  const second = new AbortController();
  let name: StopSignal | null = null;
  const onSignal = (signal: StopSignal): void => {
    if (name !== null) second.abort(signal);
    else {
      name = signal;
      first.abort(signal);
    }
  };
  const signals = Object.keys(exitCodes) as StopSignal[];
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: first.signal,
    force: second.signal,
    name: () => name,
    exitCode: () => (name === null ? null : exitCodes[name]),
    release() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
