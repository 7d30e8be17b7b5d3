import { readFileSync } from 'node:fs';

/** A process as one can recognise it later: ids are used again, start times tell two users of an id apart. */
interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot (proc(5), stat field 22), as text; empty where there is no /proc. */
  readonly start: string;
}

/** Who has this process id now; `start` is empty when nobody has or there is no /proc. */
export function identify(pid: number): ProcessIdentity {
  return { pid, start: startOf(pid) };
}

/** Whether that very process still lives. */
export function isAlive(process_: ProcessIdentity): boolean {
  try {
    process.kill(process_.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return process_.start === '' || startOf(process_.pid) === process_.start;
}

/** `pid start`: how a lock names its owner. */
export function formatIdentity(process_: ProcessIdentity): string {
  return `${process_.pid} ${process_.start}`;
}

/** Reads what {@link formatIdentity} wrote; null for anything else. */
export function parseIdentity(text: string): ProcessIdentity | null {
  const match = /^([1-9]\d{0,9}) (\d*)$/.exec(text.trimEnd());
  return match === null ? null : { pid: Number(match[1]), start: match[2] ?? '' };
}

function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not noticed.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
