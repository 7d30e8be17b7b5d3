import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

/** How one command of the set-up ended. */
export interface StepEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Why it did not even start (ENOENT ...); null when it did. */
  readonly startError: string | null;
  /** Its last 400 lines, stdout and stderr as they came. */
  readonly lines: readonly string[];
}

/**
 * Runs one command in a process group of its own, with exactly the given environment and no input.
 * On abort the whole group gets SIGTERM, 2 s later SIGKILL.
 * @throws the signal's reason when aborted; never for anything the command does.
 */
export async function runStep(
  argv: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly signal: AbortSignal;
    readonly onLine?: (line: string) => void;
    readonly onStart?: (pid: number) => void;
  },
): Promise<StepEnd> {
  const { cwd, env, signal, onLine, onStart } = options;
  signal.throwIfAborted();
  const [file = '', ...args] = argv;
  const child = execa(file, args, {
    cwd,
    env,
    extendEnv: false,
    detached: true,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  const stop = (): void => {
    if (child.pid !== undefined) void endGroup(child.pid);
  };
  signal.addEventListener('abort', stop, { once: true });
  const lines: string[] = [];
  try {
    for await (const line of child.iterable({ from: 'all' })) {
      lines.push(line);
      if (lines.length > 400) lines.shift();
      onLine?.(line);
    }
  } catch {
    // A command that could not start or was killed ends the stream too; how it ended says the result.
  }
  const result = await child;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  const exitCode = result.exitCode ?? null;
  const startError =
    exitCode === null && result.signal === undefined ? (result.code ?? result.shortMessage ?? '') : null;
  return { exitCode, startError, lines };
}

/** SIGTERM to a process group, SIGKILL 2 s later to what is left of it. */
export async function endGroup(pid: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return;
  for (let waits = 0; waits < 20 && signalGroup(pid, 0); waits++) await sleep(100);
  signalGroup(pid, 'SIGKILL');
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
