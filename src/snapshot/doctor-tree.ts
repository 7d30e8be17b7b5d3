import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cgroupPlaces } from './cgroup-folders.ts';
import { type Fact, isAbsent, probe } from './probe.ts';

/** What the kernel's files say beside the host's facts, and where to write to change it. */
export interface TreeFacts {
  /** Display controllers by vendor, as the PCI bus has them, with or without a driver. */
  readonly cards: Fact<{ readonly nvidia: number; readonly amd: number }>;
  /** The file that holds the smallest CPU quota above this process; null when there is none. */
  readonly quotaFile: string | null;
  /** The file that switches turbo off, and the word for it; null where the kernel has none. */
  readonly boostSwitch: { readonly path: string; readonly off: string } | null;
  readonly swapUsedBytes: Fact<number>;
  /** Soft and hard limit; null: unlimited. */
  readonly openFiles: Fact<Limit>;
  /** In bytes. */
  readonly lockedMemory: Fact<Limit>;
  /** How software is installed here; null where that is not known. */
  readonly packages: PackageTool | null;
}

/** A resource limit; null: none. */
export interface Limit {
  readonly soft: number | null;
  readonly hard: number | null;
}

/** A distribution's package tool. */
export type PackageTool = 'apt' | 'dnf' | 'pacman' | 'zypper' | 'apk';

/** /etc/os-release's ID or ID_LIKE -> its tool. */
const toolOf: { readonly [id: string]: PackageTool } = {
  debian: 'apt',
  ubuntu: 'apt',
  fedora: 'dnf',
  rhel: 'dnf',
  centos: 'dnf',
  arch: 'pacman',
  suse: 'zypper',
  opensuse: 'zypper',
  alpine: 'apk',
};

/** Reads them. Never throws. @param root empty for this machine, or the top of another tree without a slash at its end. */
export async function treeFacts(root: string): Promise<TreeFacts> {
  const limits = await probe(async () => readFileSync(`${root}/proc/self/limits`, 'utf8'));
  return {
    cards: await probe(async () => cardsIn(`${root}/sys/bus/pci/devices`)),
    quotaFile: quotaFile(root),
    boostSwitch: boostSwitch(root),
    swapUsedBytes: await probe(async () => swapUsed(readFileSync(`${root}/proc/meminfo`, 'utf8'))),
    openFiles: isAbsent(limits) ? limits : limitIn(limits, 'Max open files'),
    lockedMemory: isAbsent(limits) ? limits : limitIn(limits, 'Max locked memory'),
    packages: packageTool(read(`${root}/etc/os-release`)),
  };
}

/** PCI class 03 is a display controller; 0x10de is NVIDIA, 0x1002 AMD. */
function cardsIn(folder: string): { nvidia: number; amd: number } {
  const vendors = readdirSync(folder)
    .filter((name) => read(`${folder}/${name}/class`).startsWith('0x03'))
    .map((name) => read(`${folder}/${name}/vendor`).trim());
  const count = (vendor: string): number => vendors.filter((one) => one === vendor).length;
  return { nvidia: count('0x10de'), amd: count('0x1002') };
}

function quotaFile(root: string): string | null {
  const found: { path: string; cores: number }[] = [];
  for (const { folders, isUnified } of cgroupPlaces(
    read(`${root}/proc/self/cgroup`),
    read(`${root}/proc/self/mountinfo`),
  )) {
    for (const folder of folders) {
      const path = `${folder}/${isUnified ? 'cpu.max' : 'cpu.cfs_quota_us'}`;
      const period = isUnified ? '' : read(`${root}${folder}/cpu.cfs_period_us`);
      const [quota, per] = `${read(`${root}${path}`).trim()} ${period}`.split(/\s+/).map(Number);
      if (quota !== undefined && per !== undefined && quota > 0 && per > 0)
        found.push({ path, cores: quota / per });
    }
  }
  return found.sort((a, b) => a.cores - b.cores)[0]?.path ?? null;
}

function boostSwitch(root: string): TreeFacts['boostSwitch'] {
  const system = '/sys/devices/system/cpu';
  const known = [
    { path: `${system}/intel_pstate/no_turbo`, off: '1' },
    { path: `${system}/cpufreq/boost`, off: '0' },
  ];
  return known.find(({ path }) => existsSync(`${root}${path}`)) ?? null;
}

function swapUsed(meminfo: string): number {
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? '0');
  return (kib('SwapTotal') - kib('SwapFree')) * 1024;
}

/** proc_pid_limits(5). */
function limitIn(text: string, name: string): Fact<Limit> {
  const [, soft, hard] = new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(text) ?? [];
  if (soft === undefined || hard === undefined) return { absent: `the kernel states no ${name}` };
  const number = (word: string): number | null => (word === 'unlimited' ? null : Number(word));
  return { soft: number(soft), hard: number(hard) };
}

function packageTool(osRelease: string): PackageTool | null {
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(osRelease)?.[1]?.toLowerCase() ?? '';
  const ids = [field('ID'), ...field('ID_LIKE').split(' ')];
  return ids.map((id) => toolOf[id.split('-')[0] ?? '']).find((tool) => tool !== undefined) ?? null;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
