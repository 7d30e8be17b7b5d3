import { hostname, machine, release, type, version } from 'node:os';
import { type CgroupLimits, cgroupLimits } from './cgroup-limits.ts';
import { type CpuFacts, countCpus, cpuFacts } from './cpu.ts';
import type { GpuFacts } from './gpu.ts';
import { type MachineFacts, machineFacts, type SystemFacts, systemFacts } from './machine.ts';
import { type MemoryFacts, memoryFacts } from './memory.ts';
import { type Fact, isAbsent, readFact } from './probe.ts';

/** The machine a number was measured on. Each fact that cannot be had says so in its place. */
export interface HostFacts {
  readonly name: string;
  readonly kernel: {
    readonly system: string;
    readonly release: string;
    readonly version: string;
    readonly machine: string;
    readonly commandLine: Fact<string>;
  };
  readonly distribution: Fact<string>;
  readonly bootId: Fact<string>;
  readonly uptimeS: Fact<number>;
  readonly clocksource: Fact<string>;
  readonly machine: MachineFacts;
  readonly system: SystemFacts;
  readonly cpu: CpuFacts;
  /** Processors the engine can have: those allowed, cut by the smallest cgroup quota; a fraction under a quota. */
  readonly usableCores: Fact<number>;
  readonly memory: MemoryFacts;
  readonly cgroup: Fact<CgroupLimits>;
  /** Load averages over 1, 5 and 15 minutes and running/all tasks, as /proc/loadavg has them. */
  readonly load: Fact<string>;
  /** Stall shares (PSI) of each resource. */
  readonly pressure: { readonly cpu: Fact<string>; readonly memory: Fact<string>; readonly io: Fact<string> };
}

/** Reads the host's facts, none for longer than 5 s. Never throws. */
export async function hostFacts(): Promise<HostFacts> {
  const [cpu, memory, cgroup, machineParts, system] = await Promise.all([
    cpuFacts(),
    memoryFacts(),
    cgroupLimits(),
    machineFacts(),
    systemFacts(),
  ]);
  const osRelease = await readFact('/etc/os-release');
  const uptime = await readFact('/proc/uptime');
  return {
    name: hostname(),
    kernel: {
      system: type(),
      release: release(),
      version: version(),
      machine: machine(),
      commandLine: await readFact('/proc/cmdline'),
    },
    distribution: isAbsent(osRelease)
      ? osRelease
      : (/^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? osRelease),
    bootId: await readFact('/proc/sys/kernel/random/boot_id'),
    uptimeS: isAbsent(uptime) ? uptime : Number.parseFloat(uptime),
    clocksource: await readFact('/sys/devices/system/clocksource/clocksource0/current_clocksource'),
    machine: machineParts,
    system,
    cpu,
    usableCores: usableCores(cpu, cgroup),
    memory,
    cgroup,
    load: await readFact('/proc/loadavg'),
    pressure: {
      cpu: await readFact('/proc/pressure/cpu'),
      memory: await readFact('/proc/pressure/memory'),
      io: await readFact('/proc/pressure/io'),
    },
  };
}

/** `2xH100`-like for the GPUs, each model once; without a GPU the CPU's model. */
export function hardwareLabel(host: HostFacts, gpu: GpuFacts): string {
  if (!isAbsent(gpu) && gpu.gpus.length > 0) {
    const counts = new Map<string, number>();
    for (const { model } of gpu.gpus) {
      const short = model.replace(/^(?:NVIDIA|Tesla)\s+/, '');
      counts.set(short, (counts.get(short) ?? 0) + 1);
    }
    return [...counts].map(([model, count]) => `${count}x${model}`).join('+');
  }
  return isAbsent(host.cpu.model) ? `${host.kernel.machine} CPU` : host.cpu.model;
}

function usableCores(cpu: CpuFacts, cgroup: Fact<CgroupLimits>): Fact<number> {
  const allowed = isAbsent(cpu.allowed) ? cpu.online : cpu.allowed;
  if (isAbsent(allowed)) return allowed;
  const quota = isAbsent(cgroup) ? null : cgroup.cpus;
  return Math.min(countCpus(allowed), quota ?? Number.POSITIVE_INFINITY);
}
