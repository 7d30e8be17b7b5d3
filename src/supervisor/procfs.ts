import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The fields of /proc/<pid>/stat that supervision needs (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly pid: number;
  readonly comm: string;
  /** One letter; Z is a zombie, X is gone. */
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** Clock ticks since boot: with the pid, it names one process for ever. */
  readonly startTicks: number;
  /** Address of the stack's bottom: changes at every exec, so it names the program image. 0 when hidden. */
  readonly stackAddress: string;
}

/** Reads a process's stat; null when it is gone. */
export function readStat(pid: number | 'self'): ProcessStat | null {
  const text = readProcText(pid, 'stat');
  const close = text?.lastIndexOf(')') ?? -1;
  if (text === null || close < 0) return null;
  // The name is in brackets and may itself hold spaces and brackets: count fields from the last bracket.
  const fields = text.slice(close + 2).split(' ');
  return {
    pid: Number.parseInt(text, 10),
    comm: text.slice(text.indexOf('(') + 1, close),
    state: fields[0] ?? 'X',
    ppid: Number(fields[1]),
    pgrp: Number(fields[2]),
    session: Number(fields[3]),
    startTicks: Number(fields[19]),
    stackAddress: fields[25] ?? '0',
  };
}

/** Whether a stat is that of a process which still runs: zombies only wait to be buried. */
export function isLive(stat: ProcessStat | null): stat is ProcessStat {
  return stat !== null && stat.state !== 'Z' && stat.state !== 'X';
}

/** Whether this very process, not a later one with the same pid, still runs. */
export function isAlive(pid: number, startTicks: number): boolean {
  const stat = readStat(pid);
  return isLive(stat) && stat.startTicks === startTicks;
}

/** All pids there are. */
export function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The bytes of /proc/<pid>/<file>; null when the process is gone or may not be read. */
export function readProc(pid: number | 'self', file: string): Buffer | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch {
    return null;
  }
}

/** As `readProc`, as text. */
export function readProcText(pid: number | 'self', file: string): string | null {
  return readProc(pid, file)?.toString('utf8') ?? null;
}

/** Where a link under /proc/<pid> points (`cwd`, `exe`, `fd/1`); null when it cannot be read. */
export function readProcLink(pid: number | 'self', link: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/${link}`);
  } catch {
    return null;
  }
}

/** NUL-ended strings, as cmdline and environ hold them. */
export function splitNul(bytes: Buffer): string[] {
  const text = bytes.toString('utf8');
  const parts = text.split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
}
