import { readFileSync } from 'node:fs';
import { leafPids } from './cgroup.ts';
import { isLive, listPids, type ProcessStat, readProc, readProcLink, readStat } from './procfs.ts';

/** One look at the engine's tree: every live process of it, zombies left out. */
export type ReadTree = () => ProcessStat[];

/** The tree as a cgroup leaf holds it: exact, whatever the processes did. */
export function treeOfLeaf(path: string): ReadTree {
  return () => leafPids(path).map(readStat).filter(isLive);
}

/** What tells a process of the tree from a stranger where no cgroup does. */
export interface TreeMarks {
  readonly rootPid: number;
  /** Names of the engine's output pipes in /proc/<pid>/fd. */
  readonly outputs: readonly string[];
}

/**
 * The tree by a walk over /proc, as well as it can be done: whoever hangs on a known process by parent,
 * session or group, holds the engine's output, or was orphaned with exactly the engine's environment (a
 * daemon that left before it was seen). Once seen, always of the tree.
 */
export function treeByWalk(marks: TreeMarks): ReadTree {
  const root = readStat(marks.rootPid);
  const environment = readProc(marks.rootPid, 'environ');
  const known = new Map<number, number>([[marks.rootPid, root?.startTicks ?? 0]]);
  const strangers = new Map<number, number>();
  const isMarked = (stat: ProcessStat): boolean =>
    stat.startTicks >= (root?.startTicks ?? 0) &&
    (holdsOutput(stat.pid, marks.outputs) || (stat.ppid === 1 && hasEnvironment(stat.pid, environment)));
  return () => {
    const all = listPids()
      .map(readStat)
      .filter((stat) => stat !== null);
    forget(known, all);
    const tree = new Map<number, ProcessStat>();
    for (let before = -1; before !== tree.size; ) {
      before = tree.size;
      for (const stat of all) {
        if (tree.has(stat.pid)) continue;
        const related = [stat.pid, stat.ppid, stat.session, stat.pgrp].some((pid) => known.has(pid));
        // Marks cost two links and a file each: a stranger is asked once.
        const asked = strangers.get(stat.pid) === stat.startTicks;
        if (!related && (asked || !isMarked(stat))) {
          strangers.set(stat.pid, stat.startTicks);
          continue;
        }
        known.set(stat.pid, stat.startTicks);
        tree.set(stat.pid, stat);
      }
    }
    return [...tree.values()].filter(isLive);
  };
}

/**
 * Drops known pids that the kernel has given to somebody else. A dead one that nobody took stays: its
 * number still names its session and group.
 */
function forget(known: Map<number, number>, all: readonly ProcessStat[]): void {
  for (const stat of all) {
    const startTicks = known.get(stat.pid);
    if (startTicks !== undefined && startTicks !== stat.startTicks) known.delete(stat.pid);
  }
}

function holdsOutput(pid: number, outputs: readonly string[]): boolean {
  return ['fd/1', 'fd/2'].some((link) => {
    const target = readProcLink(pid, link);
    return target !== null && outputs.some((output) => target.startsWith(output));
  });
}

function hasEnvironment(pid: number, environment: Buffer | null): boolean {
  if (environment === null || environment.length === 0) return false;
  try {
    return readFileSync(`/proc/${pid}/environ`).equals(environment);
  } catch {
    return false;
  }
}
