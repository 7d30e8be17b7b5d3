import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findCgroup } from '../../src/supervisor/cgroup.ts';
import { isLive, listPids, readProcLink, readProcText, readStat } from '../../src/supervisor/procfs.ts';

/** A process that should not be there. */
export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** Living processes, this one aside, that have one of the marks in argv, environment, program or folder. */
export function processesWith(marks: readonly string[]): Leftover[] {
  return listPids()
    .filter((pid) => pid !== process.pid)
    .flatMap((pid) => {
      const command = readProcText(pid, 'cmdline') ?? '';
      const traces = [
        command,
        readProcText(pid, 'environ') ?? '',
        readProcLink(pid, 'exe') ?? '',
        readProcLink(pid, 'cwd') ?? '',
      ];
      const isMarked = marks.some((mark) => traces.some((trace) => trace.includes(mark)));
      return isMarked && isLive(readStat(pid))
        ? [{ pid, command: command.replaceAll('\0', ' ').trim() }]
        : [];
    });
}

/** cgroup leaves of the bench of this identity. */
export function leavesOf(identity: string): string[] {
  const place = findCgroup(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    readFileSync('/proc/self/cgroup', 'utf8'),
  );
  if (typeof place === 'string') throw new Error(place);
  return readdirSync(place.home).filter((name) => name.startsWith('bench-') && name.endsWith(identity));
}

/** What a bench has left after `limitMs` at most: processes of its lane, its guard, its leaves. */
export async function leftoversOf(
  mark: string,
  identity: string,
  limitMs = 5_000,
): Promise<{ processes: Leftover[]; leaves: string[]; tookMs: number }> {
  const startMs = performance.now();
  for (;;) {
    const processes = processesWith([mark, `${identity}`]);
    const leaves = leavesOf(identity);
    const tookMs = performance.now() - startMs;
    if ((processes.length === 0 && leaves.length === 0) || tookMs > limitMs)
      return { processes, leaves, tookMs };
    await sleep(20);
  }
}

/** The guard of a bench; undefined when none is up. */
export function guardOf(identity: string): Leftover | undefined {
  return processesWith([identity]).find(({ command }) => command.includes('bench-guard'));
}
