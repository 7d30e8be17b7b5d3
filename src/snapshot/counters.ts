import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupPlaces } from './cgroup-folders.ts';

/** Counters of the host that only ever rise, at one moment; null where the kernel does not count. */
export interface HostCounters {
  /** Ns since the run's epoch. */
  readonly tNs: number;
  /** Of the groups of the engine, innermost first, that count what their CPU quota held back. */
  readonly cpuQuota: readonly QuotaCounters[];
  /** Processes that the kernel killed for want of memory, in the engine's groups where these count, else anywhere. */
  readonly oomKills: number | null;
  /** Ticks (usually 10 ms) of all processors together: total, and those a hypervisor gave to others. */
  readonly cpuTicks: {
    readonly total: number;
    readonly steal: number;
    readonly iowait: number;
    readonly idle: number;
  } | null;
  /** Ticks that the engine's processes and bench itself had. */
  readonly ownTicks: number;
  /** Time in which at least one task stood still for want of the resource, microseconds (PSI `some`). */
  readonly stalledUs: { readonly [resource in Resource]: number | null };
  /** Pages moved between memory and swap. */
  readonly swappedPages: number | null;
}

/** What a group's CPU quota did. */
export interface QuotaCounters {
  readonly group: string;
  readonly throttledTimes: number;
  readonly throttledUs: number;
}

type Resource = 'cpu' | 'memory' | 'io';

/**
 * Reads them now, in well under a millisecond, so that nothing comes between this and the next request.
 * @param pids of the engine's processes, the first of them its root: whose groups count.
 */
export function hostCounters(pids: readonly number[], tNs: number): HostCounters {
  const [pid = process.pid] = pids;
  const places = cgroupPlaces(read(`/proc/${pid}/cgroup`), read('/proc/self/mountinfo'));
  const vmstat = read('/proc/vmstat');
  const [pagesIn, pagesOut] = [count(vmstat, 'pswpin'), count(vmstat, 'pswpout')];
  return {
    tNs,
    cpuQuota: places.flatMap(({ folders }) => folders.flatMap(quotaOf)),
    oomKills: oomKillsOf(places.flatMap(({ folders }) => folders.slice(0, 2))) ?? count(vmstat, 'oom_kill'),
    cpuTicks: ticks(read('/proc/stat')),
    ownTicks: [...new Set([process.pid, ...pids])].reduce((sum, one) => sum + ticksOf(one), 0),
    stalledUs: { cpu: stalled('cpu'), memory: stalled('memory'), io: stalled('io') },
    swappedPages: pagesIn === null || pagesOut === null ? null : pagesIn + pagesOut,
  };
}

/** Version 2 counts microseconds, version 1 nanoseconds. */
function quotaOf(folder: string): QuotaCounters[] {
  const stat = read(join(folder, 'cpu.stat'));
  const throttledTimes = count(stat, 'nr_throttled');
  if (throttledTimes === null) return [];
  const throttledUs =
    count(stat, 'throttled_usec') ?? Math.round((count(stat, 'throttled_time') ?? 0) / 1000);
  return [{ group: folder, throttledTimes, throttledUs }];
}

/** Of the engine's own group, or bench's, which holds it: `memory.events` counts all that is below. */
function oomKillsOf(folders: readonly string[]): number | null {
  const counts = folders.flatMap((folder) => {
    const text = `${read(join(folder, 'memory.events'))}\n${read(join(folder, 'memory.oom_control'))}`;
    return count(text, 'oom_kill') ?? [];
  });
  return counts.length === 0 ? null : Math.max(...counts);
}

/** proc_stat(5): user nice system idle iowait irq softirq steal; guest time is in user already. */
function ticks(stat: string): HostCounters['cpuTicks'] {
  const numbers = (/^cpu\s+(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number).slice(0, 8);
  if (numbers.length < 8) return null;
  return {
    total: numbers.reduce((sum, one) => sum + one, 0),
    steal: numbers[7] ?? 0,
    iowait: numbers[4] ?? 0,
    idle: numbers[3] ?? 0,
  };
}

/** proc_pid_stat(5): utime and stime; 0 of a process that has ended. */
function ticksOf(pid: number): number {
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return text === '' ? 0 : Number(fields[11]) + Number(fields[12]);
}

function stalled(resource: Resource): number | null {
  const total = /^some .*total=(\d+)/m.exec(read(`/proc/pressure/${resource}`))?.[1];
  return total === undefined ? null : Number(total);
}

function count(text: string, name: string): number | null {
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
  return value === undefined ? null : Number(value);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
