import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/snapshot/doctor.ts';
import type { Checkup } from '../../src/snapshot/doctor-check.ts';
import type { DoctorFacts } from '../../src/snapshot/doctor-facts.ts';
import { loadBetween, readLoad, sampleLoad } from '../../src/snapshot/doctor-load.ts';
import { treeFacts } from '../../src/snapshot/doctor-tree.ts';
import type { GpuDetail } from '../../src/snapshot/gpu-xml.ts';
import { goodFacts, repo } from './doctor-facts.ts';

type Over = Partial<DoctorFacts>;

const good = goodFacts();

/** What the checks say that is not `ok`. */
function complaints(over: Over): Checkup[] {
  return diagnose(goodFacts(over)).filter(({ severity }) => severity !== 'ok');
}

function cpu(over: object): Over {
  return { host: { ...good.host, cpu: { ...good.host.cpu, ...over } } };
}

function memory(over: object): Over {
  return { host: { ...good.host, memory: { ...good.host.memory, ...over } } };
}

function gpus(change: (gpu: GpuDetail, index: number) => Partial<GpuDetail>): Over {
  if ('absent' in good.gpuState) throw new Error(good.gpuState.absent);
  const { gpuState } = good;
  return {
    gpuState: { ...gpuState, gpus: gpuState.gpus.map((gpu, at) => ({ ...gpu, ...change(gpu, at) })) },
  };
}

const scaling = '/sys/devices/system/cpu/cpufreq/policy*/scaling_governor';
const absent = { absent: 'not there' };
const noGpu: Over = { gpu: { absent: 'nvidia-smi not found' }, gpuState: { absent: 'nvidia-smi not found' } };

it('finds nothing against a machine that has everything', () => {
  expect(complaints({})).toEqual([]);
  const all = diagnose(good);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  for (const { found, meaning } of all) expect(`${found}|${meaning}`).toMatch(/^.+\|.+\.$/);
});

describe('each lack is told with what it means and the command that mends it', () => {
  it.each<[string, Over, Partial<Checkup>]>([
    [
      'cpu-governor',
      cpu({ governor: 'powersave' }),
      { severity: 'warn', command: `echo performance | sudo tee ${scaling}` },
    ],
    [
      'cpu-governor',
      cpu({ governor: absent, hypervisor: 'KVM' }),
      { severity: 'note', found: 'not there', command: '' },
    ],
    [
      'cpu-boost',
      cpu({ boost: 'on' }),
      { severity: 'note', command: 'echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost' },
    ],
    [
      'smt',
      cpu({ smt: 'on' }),
      { severity: 'note', command: 'echo off | sudo tee /sys/devices/system/cpu/smt/control' },
    ],
    ['affinity', cpu({ allowed: '0-3' }), { severity: 'note', found: '0-3 of 0-31' }],
    [
      'cpu-load',
      { load: { busyPercent: 61, stealPercent: 0, busiest: [{ pid: 9, name: 'cc1', percent: 99 }] } },
      { severity: 'warn', found: '61 % of all processors, cc1 (pid 9) 99 %' },
    ],
    ['cpu-load', { load: { busyPercent: 8, stealPercent: 0, busiest: [] } }, { severity: 'note' }],
    [
      'steal',
      { ...cpu({ hypervisor: 'KVM' }), load: { busyPercent: 0, stealPercent: 12, busiest: [] } },
      { severity: 'warn', found: '12 % (KVM)' },
    ],
    [
      'clock-source',
      { host: { ...good.host, clocksource: 'hpet' } },
      {
        severity: 'warn',
        command: 'echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource',
      },
    ],
    ['clock-sync', { isClockSynced: false }, { severity: 'note', command: 'sudo timedatectl set-ntp true' }],
    ['huge-pages', memory({ transparentHugepages: 'never' }), { severity: 'note' }],
    [
      'swap',
      { ...memory({ swapTotalBytes: 2 ** 33 }), tree: { ...good.tree, swapUsedBytes: 2 ** 30 } },
      { severity: 'warn', found: '1.00 GiB of 8.00 GiB used, swappiness 60', command: 'sudo swapoff -a' },
    ],
    ['swap', memory({ swapTotalBytes: 2 ** 33 }), { severity: 'note' }],
    ['memory', memory({ availableBytes: 1e9 }), { severity: 'warn' }],
    [
      'numa-balancing',
      memory({ numaBalancing: '1', numa: [node(0), node(1)] }),
      { severity: 'warn', command: 'sudo sysctl kernel.numa_balancing=0' },
    ],
    [
      'open-files',
      { tree: { ...good.tree, openFiles: { soft: 1024, hard: 524288 } } },
      { severity: 'warn', command: 'ulimit -n 524288' },
    ],
    [
      'locked-memory',
      { tree: { ...good.tree, lockedMemory: { soft: 8 << 20, hard: 8 << 20 } } },
      { severity: 'note', found: '8.00 MiB at most' },
    ],
    [
      'cgroup',
      { containment: { leafProblem: 'no cgroup can be used below /a (EACCES)', staleLeaves: [] } },
      { severity: 'note', command: 'systemd-run --user --scope -p Delegate=yes bash' },
    ],
    [
      'stale-leaves',
      { containment: { leafProblem: null, staleLeaves: ['/c/bench-1'] } },
      { severity: 'warn', command: 'echo 1 > /c/bench-1/cgroup.kill && rmdir /c/bench-1' },
    ],
    [
      'lock',
      { locks: [{ path: '/l', holder: 'pid 7 (bench run x.yaml) since now' }] },
      { severity: 'note', found: 'pid 7 (bench run x.yaml) since now' },
    ],
    ['git', { tools: { ...good.tools, git: absent } }, { severity: 'warn', command: 'sudo apt install git' }],
    ['git', { tools: { ...good.tools, git: 'git version 2.25.1' } }, { severity: 'bad', found: '2.25.1' }],
    ['repository', { repo: { kind: 'none', note: null } }, { severity: 'note', command: 'git init' }],
    ['repository', { repo: { kind: 'bare', gitDir: '/x' } }, { severity: 'bad' }],
    [
      'repository',
      { repo: repo({ inProgress: 'merge' }) },
      { severity: 'bad', command: 'git merge --continue' },
    ],
    [
      'repository',
      { repo: repo({ branch: null }) },
      { severity: 'note', command: 'git switch -c measuring' },
    ],
    [
      'repository',
      { repo: repo({ hasIdentity: false }) },
      { severity: 'note', found: 'git does not know who you are' },
    ],
    [
      'repository',
      { repo: repo({ commitSetting: false }) },
      { severity: 'note', command: 'git config --unset bench.commit' },
    ],
    ['repository', { repo: { absent: 'dubious ownership' } }, { severity: 'bad' }],
    [
      'python',
      { tools: { ...good.tools, python: absent } },
      { severity: 'note', command: 'sudo apt install python3 python3-venv' },
    ],
    [
      'container',
      { tools: { ...good.tools, container: { absent: 'neither is on PATH' } } },
      { severity: 'note', command: 'sudo apt install podman catatonit' },
    ],
    [
      'lshw',
      { tools: { ...good.tools, lshw: absent }, isRoot: true },
      { severity: 'note', command: 'apt install lshw' },
    ],
    [
      'lshw',
      { tools: { ...good.tools, lshw: absent }, tree: { ...good.tree, packages: null } },
      { command: '' },
    ],
    ['platform', { platform: 'darwin' }, { severity: 'bad' }],
    ['node', { nodeVersion: 'v20.10.0' }, { severity: 'bad' }],
    ['disk-repository', disk({ freeBytes: 1e9 }), { severity: 'warn' }],
    ['disk-repository', disk({ freeBytes: 1e6 }), { severity: 'bad', command: '' }],
    ['disk-repository', disk({ isWritable: false }), { severity: 'bad', found: '/repo is not writable' }],
    [
      'gpu-tools',
      noGpu,
      {
        severity: 'warn',
        found: 'driver loaded; nvidia-smi not found',
        command: 'sudo apt install nvidia-smi',
      },
    ],
    [
      'gpu-tools',
      { ...noGpu, host: { ...good.host, system: { ...good.host.system, nvidiaModule: absent } } },
      {
        severity: 'warn',
        found: '2 NVIDIA, no driver loaded; nvidia-smi not found',
        command: 'sudo apt install nvidia-driver',
      },
    ],
    [
      'gpu-tools',
      { ...noGpu, gpu: { absent: 'nvidia-smi failed: Driver/library version mismatch' } },
      { command: 'sudo reboot' },
    ],
    [
      'gpu-neighbours',
      gpus((_, at) =>
        at === 1 ? { processes: [{ pid: 5, type: 'C', name: '/usr/bin/python3', usedMiB: 900 }] } : {},
      ),
      { severity: 'warn', found: 'GPU 1: pid 5 python3, 900 MiB' },
    ],
    [
      'gpu-persistence',
      gpus(() => ({ persistence: false })),
      { severity: 'note', found: 'GPU 0: off; GPU 1: off', command: 'sudo nvidia-smi -pm 1' },
    ],
    [
      'gpu-power',
      gpus((_, at) => (at === 0 ? { powerW: { current_power_limit: 250, default_power_limit: 350 } } : {})),
      { severity: 'note', found: 'GPU 0: 250 W of 350 W', command: 'sudo nvidia-smi -i 0 -pl 350' },
    ],
    [
      'gpu-throttle',
      gpus(() => ({ eventReasons: ['hw_thermal_slowdown'], temperatureC: { gpu_temp: 93 } })),
      { severity: 'warn', found: 'GPU 0: hw_thermal_slowdown at 93 °C; GPU 1: hw_thermal_slowdown at 93 °C' },
    ],
    [
      'gpu-display',
      gpus((_, at) => ({ displayActive: at === 0 })),
      { severity: 'note', found: 'GPU 0: drives a display' },
    ],
    [
      'gpu-link',
      gpus((gpu) => ({ pcie: { ...gpu.pcie, width: 4 } })),
      { severity: 'note', found: 'GPU 0: x4 of x16; GPU 1: x4 of x16' },
    ],
    [
      'gpu-pending',
      gpus((gpu, at) => (at === 0 ? { ecc: { ...gpu.ecc, current: 'Disabled', pending: 'Enabled' } } : {})),
      {
        severity: 'note',
        found: 'GPU 0: ECC Disabled, then Enabled',
        command: 'sudo nvidia-smi -i 0 --gpu-reset',
      },
    ],
  ])('%s', (id, over, expected) => {
    const found = complaints(over);
    expect(found.map((one) => one.id)).toEqual([id]);
    expect(found[0]).toMatchObject(expected);
  });

  it('a quota names its file', async () => {
    const quota = { host: { ...good.host, cgroup: { ...limits(), cpus: 1.5 } } };
    const tree = { ...good.tree, quotaFile: '/sys/fs/cgroup/a/cpu.max' };
    expect(complaints({ ...quota, tree })).toMatchObject([
      {
        id: 'cpu-quota',
        severity: 'warn',
        found: '1.5 processors, by /sys/fs/cgroup/a/cpu.max',
        command: 'echo max | sudo tee /sys/fs/cgroup/a/cpu.max',
      },
    ]);
  });

  it('no GPU at all is no lack', () => {
    const system = { ...good.host.system, nvidiaModule: absent };
    const cards = { nvidia: 0, amd: 0 };
    const over = { ...noGpu, host: { ...good.host, system }, tree: { ...good.tree, cards } };
    expect(complaints(over)).toEqual([]);
    expect(complaints({ ...over, tree: { ...good.tree, cards: { nvidia: 0, amd: 1 } } })).toMatchObject([
      { id: 'gpu-tools', found: '1 AMD', severity: 'note' },
    ]);
  });
});

describe("the kernel's files", () => {
  /** A tree of invented /proc and /sys files. */
  function tree(files: Readonly<Record<string, string>>): string {
    const root = mkdtempSync(join(tmpdir(), 'bench-doctor-'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  }

  it('tell of cards, quota, boost, swap, limits and distribution', async () => {
    const root = tree({
      'proc/self/cgroup': '0::/a/b\n',
      'proc/self/mountinfo': '30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
      'sys/fs/cgroup/a/cpu.max': '150000 100000\n',
      'sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
      'proc/meminfo': 'MemTotal: 100 kB\nSwapTotal: 4096 kB\nSwapFree: 1024 kB\n',
      'proc/self/limits':
        'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \nMax locked memory         unlimited            unlimited            bytes     \n',
      'sys/devices/system/cpu/intel_pstate/no_turbo': '0\n',
      'sys/bus/pci/devices/0000:17:00.0/class': '0x030200\n',
      'sys/bus/pci/devices/0000:17:00.0/vendor': '0x10de\n',
      'sys/bus/pci/devices/0000:18:00.0/class': '0x020000\n',
      'sys/bus/pci/devices/0000:18:00.0/vendor': '0x10de\n',
      'etc/os-release': 'ID=linuxmint\nID_LIKE="ubuntu debian"\n',
    });
    expect(await treeFacts(root)).toEqual({
      cards: { nvidia: 1, amd: 0 },
      quotaFile: '/sys/fs/cgroup/a/cpu.max',
      boostSwitch: { path: '/sys/devices/system/cpu/intel_pstate/no_turbo', off: '1' },
      swapUsedBytes: 3 << 20,
      openFiles: { soft: 1024, hard: 524288 },
      lockedMemory: { soft: null, hard: null },
      packages: 'apt',
    });
  });

  it('of version 1 hold their quota in two files', async () => {
    const root = tree({
      'proc/self/cgroup': '1:cpu:/x\n',
      'proc/self/mountinfo': '30 1 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n',
      'sys/fs/cgroup/cpu/x/cpu.cfs_quota_us': '50000\n',
      'sys/fs/cgroup/cpu/x/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    });
    expect((await treeFacts(root)).quotaFile).toBe('/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us');
  });

  it('that are not there are absent facts', async () => {
    expect(await treeFacts(tree({}))).toEqual({
      cards: { absent: 'not there' },
      quotaFile: null,
      boostSwitch: null,
      swapUsedBytes: { absent: 'not there' },
      openFiles: { absent: 'not there' },
      lockedMemory: { absent: 'not there' },
      packages: null,
    });
    expect(await sampleLoad(tree({}), 1)).toEqual({ absent: 'not there' });
  });

  it('give the load between two readings, without our own', () => {
    const stat = (pid: number, name: string, ticks: number): string =>
      `${pid} (${name}) S 1 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 5`;
    const at = (user: number, idle: number, steal: number, other: number, own: number): string =>
      tree({
        'proc/stat': `cpu  ${user} 0 0 ${idle} 0 0 0 ${steal} 0 0\ncpu0 1 2 3\n`,
        'proc/7/stat': stat(7, 'cc1) plus', other),
        'proc/9/stat': stat(9, 'node', own),
      });
    const [before, after] = [at(100, 1000, 0, 10, 5), at(180, 1100, 20, 70, 25)].map(readLoad);
    if (before === undefined || after === undefined) throw new Error('no reading');
    expect(loadBetween(before, after, 9)).toEqual({
      busyPercent: 30,
      stealPercent: 10,
      busiest: [{ pid: 7, name: 'cc1) plus', percent: 60 }],
    });
  });
});

it('works on this machine', async () => {
  const { swapUsedBytes, openFiles } = await treeFacts('');
  expect(typeof swapUsedBytes).toBe('number');
  expect(openFiles).toHaveProperty('soft');
  expect(await sampleLoad('', process.pid)).toMatchObject({ stealPercent: expect.any(Number) });
});

function node(number: number): object {
  return { node: number, cpus: '0', distances: '10', totalBytes: 1, freeBytes: 1 };
}

function disk(over: object): Over {
  return { disks: good.disks.map((one) => (one.name === 'repository' ? { ...one, ...over } : one)) };
}

function limits(): Exclude<DoctorFacts['host']['cgroup'], { absent: string }> {
  const { cgroup } = good.host;
  if ('absent' in cgroup) throw new Error(cgroup.absent);
  return cgroup;
}
