import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const graceMs = 3000;
const running = new Map<number, Promise<void>>();

/** Starts a child as the head of a process group of its own; when it ends, so do all it has started. */
export function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid === undefined) return child;
  const ended = once(child, 'exit').then(async () => {
    await endGroup(pid);
    running.delete(pid);
  });
  running.set(pid, ended);
  return child;
}

/** Ends every child that still runs, with its descendants. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map(([pid, ended]) => Promise.all([endGroup(pid), ended])));
}

/** The same at once, for the impatient. */
export function killAll(): void {
  for (const pid of running.keys()) signalGroup(pid, 'SIGKILL');
}

/** How a child ended. */
export interface Ended {
  /** Null when all was well, or what to say: `exit 1`, `not done after 180 s`, `Error: spawn x ENOENT`. */
  readonly failure: string | null;
  /** Its last line of stdout and stderr that says anything. */
  readonly lastLine: string;
}

/** Waits for a child's end, which comes soon after `limitMs` at the latest. `onLine` sees each line of its output. */
export async function finish(
  child: ChildProcess,
  limitMs: number,
  onLine: (line: string) => void = () => undefined,
): Promise<Ended> {
  let lastLine = '';
  const listen = (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n')) {
      if (!/\w/.test(line)) continue;
      lastLine = line.trim();
      onLine(lastLine);
    }
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    if (child.pid !== undefined) void endGroup(child.pid);
  }, limitMs);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    const failure = isLate ? `not done after ${limitMs / 1000} s` : (signal ?? `exit ${code}`);
    return { failure: code === 0 ? null : failure, lastLine };
  } catch (error) {
    return { failure: String(error), lastLine };
  } finally {
    clearTimeout(limit);
  }
}

/** Asks first: killed outright, Python's multiprocessing leaves its semaphores in /dev/shm. */
async function endGroup(pid: number): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const until = performance.now() + graceMs;
  while (performance.now() < until && signalGroup(pid, 0)) await sleep(20);
  signalGroup(pid, 'SIGKILL');
}

/** Whether there was anybody to get the signal. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
