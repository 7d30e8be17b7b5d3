import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fact, probe } from './probe.ts';

/** What the control groups of this process allow; null: no limit. */
export interface CgroupLimits {
  /** The smallest quota from its group up to the root, in processors. */
  readonly cpus: number | null;
  /** The smallest memory limit, bytes. */
  readonly memoryBytes: number | null;
  /** Share of the processors under contention, as its own group states it. */
  readonly cpuWeight: string | null;
  /** Its path in each hierarchy, as /proc/self/cgroup has it. */
  readonly paths: readonly string[];
}

interface Hierarchy {
  readonly mount: string;
  /** The part of the hierarchy that is mounted there. */
  readonly mountRoot: string;
  readonly controllers: readonly string[];
  readonly unified: boolean;
}

/** Memory limits of cgroup v1 beyond this mean none (it writes the largest page-aligned number). */
const unlimitedBytes = 2 ** 60;

/** Reads the limits of version 1 and 2 hierarchies alike, from /proc/self and the mounted trees. */
export function cgroupLimits(): Promise<Fact<CgroupLimits>> {
  return probe(async () => {
    const paths = (await readFile('/proc/self/cgroup', 'utf8')).trim().split('\n');
    const hierarchies = parseHierarchies(await readFile('/proc/self/mountinfo', 'utf8'));
    const cpus: number[] = [];
    const memory: number[] = [];
    let cpuWeight: string | null = null;
    for (const line of paths) {
      const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const names = controllers.split(',');
      const found = hierarchies.find((one) =>
        controllers === '' ? one.unified : one.controllers.includes(names[0] ?? ''),
      );
      if (found === undefined) continue;
      const folders = foldersUp(found, path);
      for (const folder of folders) {
        cpus.push(...(await quota(folder, found.unified)));
        memory.push(...(await memoryLimit(folder, found.unified)));
      }
      cpuWeight ??= await text(join(folders[0] ?? '', found.unified ? 'cpu.weight' : 'cpu.shares'));
    }
    return { cpus: smallest(cpus), memoryBytes: smallest(memory), cpuWeight, paths };
  });
}

/** Cgroup mounts of a mountinfo text (proc(5)). */
function parseHierarchies(mountinfo: string): Hierarchy[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , mountRoot = '/', mount = ''] = left.split(' ');
    const [type = '', , options = ''] = right.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    return [{ mount, mountRoot, controllers: options.split(','), unified: type === 'cgroup2' }];
  });
}

/** The group's folder and those above it, up to the mount. */
function foldersUp({ mount, mountRoot }: Hierarchy, path: string): string[] {
  const inside = mountRoot !== '/' && path.startsWith(mountRoot) ? path.slice(mountRoot.length) : path;
  const steps = inside.split('/').filter((step) => step !== '');
  return Array.from({ length: steps.length + 1 }, (_, cut) =>
    join(mount, ...steps.slice(0, steps.length - cut)),
  );
}

async function quota(folder: string, unified: boolean): Promise<number[]> {
  const pair = unified
    ? await text(join(folder, 'cpu.max'))
    : `${await text(join(folder, 'cpu.cfs_quota_us'))} ${await text(join(folder, 'cpu.cfs_period_us'))}`;
  const [quotaUs = Number.NaN, periodUs = Number.NaN] = (pair ?? '').split(' ').map(Number);
  return quotaUs > 0 && periodUs > 0 ? [quotaUs / periodUs] : [];
}

async function memoryLimit(folder: string, unified: boolean): Promise<number[]> {
  const bytes = Number(
    (await text(join(folder, unified ? 'memory.max' : 'memory.limit_in_bytes'))) ?? Number.NaN,
  );
  return bytes > 0 && bytes < unlimitedBytes ? [bytes] : [];
}

async function text(path: string): Promise<string | null> {
  return readFile(path, 'utf8').then(
    (content) => content.trim(),
    () => null,
  );
}

function smallest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}
