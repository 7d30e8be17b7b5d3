import { readFileSync, readlinkSync } from 'node:fs';

/** Names one process for ever on this machine: a reused pid has another start, a reboot another boot id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start (/proc/PID/stat, field 22); null where there is no /proc. */
  readonly startTicks: string | null;
  readonly bootId: string | null;
  /** The pid namespace its number counts in, such as `pid:[4026531836]`. */
  readonly pidNamespace: string | null;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  return identifyProcess(process.pid);
}

/** Who has this pid now, in this process's own namespace. */
export function identifyProcess(pid: number): ProcessIdentity {
  return {
    pid,
    startTicks: readStat(pid)?.startTicks ?? null,
    bootId: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
  };
}

/**
 * Whether a process is certainly gone (a zombie is). What cannot be known counts as alive: above all a process
 * of another pid namespace, whose number means nothing here.
 */
export function isGone(other: ProcessIdentity): boolean {
  const me = thisProcess();
  if (other.bootId !== null && me.bootId !== null && other.bootId !== me.bootId) return true;
  if (other.pidNamespace !== me.pidNamespace) return false;
  if (!exists(other.pid)) return true;
  const stat = readStat(other.pid);
  if (stat === null || other.startTicks === null) return !exists(other.pid);
  return stat.startTicks !== other.startTicks || stat.state === 'Z' || stat.state === 'X';
}

/** Reads what `JSON.stringify` made of an identity; null for anything else. */
export function parseIdentity(text: string): ProcessIdentity | null {
  const value = attempt(() => JSON.parse(text) as Partial<ProcessIdentity> | null);
  if (typeof value?.pid !== 'number') return null;
  const { pid, startTicks = null, bootId = null, pidNamespace = null } = value;
  return { pid, startTicks, bootId, pidNamespace };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function readStat(pid: number): { state: string; startTicks: string } | null {
  return attempt(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything, spaces and parentheses too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startTicks: fields[19] ?? '' };
  });
}

function attempt<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch {
    return null;
  }
}
