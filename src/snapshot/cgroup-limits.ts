import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroupPlaces } from './cgroup-folders.ts';
import { type Fact, probe } from './probe.ts';

/** What the control groups of this process allow; null: no limit. */
export interface CgroupLimits {
  /** The smallest quota from its group up to the root, in processors. */
  readonly cpus: number | null;
  /** The smallest memory limit, bytes. */
  readonly memoryBytes: number | null;
  /** Share of the processors under contention, as its own group states it. */
  readonly cpuWeight: string | null;
  /** Processors and memory nodes its own group may use, as lists. */
  readonly cpuset: string | null;
  readonly memorySet: string | null;
  /** Its path in each hierarchy, as /proc/self/cgroup has it. */
  readonly paths: readonly string[];
}

/** Memory limits of cgroup v1 beyond this mean none (it writes the largest page-aligned number). */
const unlimitedBytes = 2 ** 60;

/** Reads the limits of version 1 and 2 hierarchies alike, from /proc/self and the mounted trees. */
export function cgroupLimits(): Promise<Fact<CgroupLimits>> {
  return probe(async () => {
    const own = (await readFile('/proc/self/cgroup', 'utf8')).trim();
    const cpus: number[] = [];
    const memory: number[] = [];
    const shares: { [key in 'cpuWeight' | 'cpuset' | 'memorySet']: string | null } = {
      cpuWeight: null,
      cpuset: null,
      memorySet: null,
    };
    for (const { folders, isUnified } of cgroupPlaces(own, await readFile('/proc/self/mountinfo', 'utf8'))) {
      for (const folder of folders) {
        cpus.push(...(await quota(folder, isUnified)));
        memory.push(...(await memoryLimit(folder, isUnified)));
      }
      const [group = ''] = folders;
      const effective = isUnified ? '.effective' : '';
      shares.cpuWeight ??= await text(join(group, isUnified ? 'cpu.weight' : 'cpu.shares'));
      shares.cpuset ??= await text(join(group, `cpuset.cpus${effective}`));
      shares.memorySet ??= await text(join(group, `cpuset.mems${effective}`));
    }
    return { cpus: smallest(cpus), memoryBytes: smallest(memory), ...shares, paths: own.split('\n') };
  });
}

async function quota(folder: string, isUnified: boolean): Promise<number[]> {
  const pair = isUnified
    ? await text(join(folder, 'cpu.max'))
    : `${await text(join(folder, 'cpu.cfs_quota_us'))} ${await text(join(folder, 'cpu.cfs_period_us'))}`;
  const [quotaUs = Number.NaN, periodUs = Number.NaN] = (pair ?? '').split(' ').map(Number);
  return quotaUs > 0 && periodUs > 0 ? [quotaUs / periodUs] : [];
}

async function memoryLimit(folder: string, isUnified: boolean): Promise<number[]> {
  const bytes = Number(
    (await text(join(folder, isUnified ? 'memory.max' : 'memory.limit_in_bytes'))) ?? Number.NaN,
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
