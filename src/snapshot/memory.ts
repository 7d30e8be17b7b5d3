import { readdir, readFile } from 'node:fs/promises';
import { type Fact, isAbsent, probe, readChoice, readFact } from './probe.ts';

/** The host's memory and the kernel's policies for it. */
export interface MemoryFacts {
  readonly totalBytes: Fact<number>;
  readonly availableBytes: Fact<number>;
  readonly swapTotalBytes: Fact<number>;
  readonly swappiness: Fact<string>;
  readonly overcommit: Fact<string>;
  readonly hugepages: Fact<number>;
  readonly transparentHugepages: Fact<string>;
  readonly hugepageDefrag: Fact<string>;
  readonly hugepageShared: Fact<string>;
  readonly khugepagedDefrag: Fact<string>;
  readonly numaBalancing: Fact<string>;
  readonly zoneReclaim: Fact<string>;
  /** Each NUMA node's processors, distances and size. */
  readonly numa: Fact<readonly NumaNode[]>;
}

/** One NUMA node. */
interface NumaNode {
  readonly node: number;
  readonly cpus: string;
  readonly distances: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** Reads /proc/meminfo, /proc/sys/vm and the NUMA nodes. */
export async function memoryFacts(): Promise<MemoryFacts> {
  const meminfo = await readFact('/proc/meminfo');
  const number = (name: string, unitBytes: number): Fact<number> => {
    if (isAbsent(meminfo)) return meminfo;
    const value = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1];
    return value === undefined ? { absent: `the kernel states no ${name}` } : Number(value) * unitBytes;
  };
  return {
    totalBytes: number('MemTotal', 1024),
    availableBytes: number('MemAvailable', 1024),
    swapTotalBytes: number('SwapTotal', 1024),
    swappiness: await readFact('/proc/sys/vm/swappiness'),
    overcommit: await readFact('/proc/sys/vm/overcommit_memory'),
    hugepages: number('HugePages_Total', 1),
    transparentHugepages: await readChoice('/sys/kernel/mm/transparent_hugepage/enabled'),
    hugepageDefrag: await readChoice('/sys/kernel/mm/transparent_hugepage/defrag'),
    hugepageShared: await readChoice('/sys/kernel/mm/transparent_hugepage/shmem_enabled'),
    khugepagedDefrag: await readFact('/sys/kernel/mm/transparent_hugepage/khugepaged/defrag'),
    numaBalancing: await readFact('/proc/sys/kernel/numa_balancing'),
    zoneReclaim: await readFact('/proc/sys/vm/zone_reclaim_mode'),
    numa: await probe(numaNodes),
  };
}

async function numaNodes(): Promise<NumaNode[]> {
  const folder = '/sys/devices/system/node';
  const names = (await readdir(folder)).filter((name) => /^node\d+$/.test(name));
  const nodes = names.map(async (name) => {
    const read = async (file: string): Promise<string> =>
      (await readFile(`${folder}/${name}/${file}`, 'utf8')).trim();
    const meminfo = await read('meminfo');
    const bytes = (field: string): number =>
      Number(new RegExp(`${field}:\\s+(\\d+)`).exec(meminfo)?.[1] ?? '0') * 1024;
    return {
      node: Number(name.slice(4)),
      cpus: await read('cpulist'),
      distances: await read('distance'),
      totalBytes: bytes('MemTotal'),
      freeBytes: bytes('MemFree'),
    };
  });
  return (await Promise.all(nodes)).sort((a, b) => a.node - b.node);
}
