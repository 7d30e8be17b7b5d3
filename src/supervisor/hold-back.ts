import { spawn } from 'node:child_process';

/** One stop in so many ms: shorter than the gap between two tokens of most engines. */
const periodMs = 10;

/**
 * Holds processes still for a share of the time, by SIGSTOP and SIGCONT from a process of its own, so that the client's
 * clock is not disturbed: a slowdown of a known size, for testing what is to notice one. Everything takes
 * 1 / (1 - share) as long. Call the answer to let go; the processes run on then, and also when bench dies.
 */
export function holdBack(pids: readonly number[], share: number): () => void {
  const script = `(${holder.toString()})(${JSON.stringify(pids)}, ${share}, ${periodMs})`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  return () => {
    child.stdin.end();
    for (const pid of pids) signal(pid, 'SIGCONT');
  };
}

/** Runs in the other process, alone: what it has been stopped for in all is kept at its share of the time. */
function holder(pids: readonly number[], share: number, period: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const wait = (ms: number): unknown => Atomics.wait(cell, 0, 0, ms);
  const all = (name: string): void => {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended.
      }
    }
  };
  const startedMs = Date.now();
  let heldMs = 0;
  let isOver = false;
  process.stdin.on('end', () => {
    isOver = true;
  });
  process.stdin.resume();
  const turn = (): void => {
    if (isOver) {
      all('SIGCONT');
      return;
    }
    const due = share * (Date.now() - startedMs + period) - heldMs;
    if (due > 0.2) {
      const from = Date.now();
      all('SIGSTOP');
      wait(due);
      all('SIGCONT');
      // Whole milliseconds, but at any phase: right on average.
      heldMs += Date.now() - from;
    }
    setTimeout(turn, period * (1 - share));
  };
  turn();
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
