import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** The machine the numbers belong to; no host name. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly compiler: string;
}

/** @param compiler first line of `cc --version`. */
export function machine(compiler: string): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    compiler,
  };
}

/** CPU time of all processes and time taken by the hypervisor since boot, us. */
export interface CpuTime {
  readonly busyUs: number;
  readonly stealUs: number;
}

/** Reads /proc/stat (10 ms steps); NaN where there is none. */
export function cpuTime(): CpuTime {
  try {
    const [, ...ticks] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').trim().split(/\s+/);
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks.map(Number);
    return { busyUs: (user + nice + system + irq + softirq) * 10_000, stealUs: steal * 10_000 };
  } catch {
    return { busyUs: Number.NaN, stealUs: Number.NaN };
  }
}

/** One-minute load average, two decimals. */
export function load1(): number {
  return Math.round((loadavg()[0] ?? Number.NaN) * 100) / 100;
}
