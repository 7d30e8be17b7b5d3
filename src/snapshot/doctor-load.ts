import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fact, probe } from './probe.ts';

/** What the processors did at one moment, in clock ticks since boot. */
export interface LoadReading {
  /** proc_stat(5), the line of all processors: user nice system idle iowait irq softirq steal. */
  readonly all: readonly number[];
  readonly processes: ReadonlyMap<number, { readonly name: string; readonly ticks: number }>;
}

/** What they did between two, as shares of all processors' time. */
export interface LoadShares {
  readonly busyPercent: number;
  readonly stealPercent: number;
  /** Of one processor each, the busiest first; this process left out. */
  readonly busiest: readonly { readonly pid: number; readonly name: string; readonly percent: number }[];
}

const sampleMs = 1000;

/** Looks at /proc twice, a second apart. Never throws. @param root `/`, or the top of another tree. */
export function sampleLoad(root: string, ownPid: number): Promise<Fact<LoadShares>> {
  return probe(async () => {
    const before = readLoad(root);
    await sleep(sampleMs);
    return loadBetween(before, readLoad(root), ownPid);
  });
}

/** Reads the counters now. @throws when there is no /proc/stat. */
export function readLoad(root: string): LoadReading {
  const line = /^cpu\s+(.*)$/m.exec(readFileSync(`${root}/proc/stat`, 'utf8'))?.[1] ?? '';
  const pids = readdirSync(`${root}/proc`).filter((name) => /^\d+$/.test(name));
  return {
    all: line.split(' ').map(Number).slice(0, 8),
    processes: new Map(pids.flatMap((pid) => ticksOf(root, pid))),
  };
}

/** The difference of two readings. */
export function loadBetween(before: LoadReading, after: LoadReading, ownPid: number): LoadShares {
  const spent = after.all.map((ticks, index) => ticks - (before.all[index] ?? 0));
  const total = spent.reduce((sum, ticks) => sum + ticks, 0);
  const share = (ticks: number): number => (total <= 0 ? 0 : Math.round((1000 * ticks) / total) / 10);
  const [, , , idle = 0, iowait = 0, , , steal = 0] = spent;
  const own = after.processes.get(ownPid)?.ticks ?? 0;
  const ownTicks = own - (before.processes.get(ownPid)?.ticks ?? own);
  const busiest = [...after.processes]
    .flatMap(([pid, { name, ticks }]) => {
      const earlier = before.processes.get(pid);
      const percent = earlier === undefined ? 0 : Math.round((ticks - earlier.ticks) / (sampleMs / 1000));
      return pid === ownPid || percent < 5 ? [] : [{ pid, name, percent }];
    })
    .sort((a, b) => b.percent - a.percent)
    .slice(0, 3);
  return {
    busyPercent: Math.max(0, share(total - idle - iowait - steal - ownTicks)),
    stealPercent: share(steal),
    busiest,
  };
}

/** proc_pid_stat(5): the name is in brackets; utime and stime are the 14th and 15th field. A tick is 10 ms. */
function ticksOf(root: string, pid: string): [number, { name: string; ticks: number }][] {
  try {
    const text = readFileSync(`${root}/proc/${pid}/stat`, 'utf8');
    const close = text.lastIndexOf(')');
    const fields = text.slice(close + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return [[Number(pid), { name: text.slice(text.indexOf('(') + 1, close), ticks }]];
  } catch {
    // It ended meanwhile.
    return [];
  }
}
