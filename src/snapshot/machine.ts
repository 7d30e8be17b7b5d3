import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { sha256Hex } from '../canonical.ts';
import { type Fact, probe, readFact } from './probe.ts';

/** Who built the machine and its firmware, by SMBIOS; no serial numbers. */
export interface MachineFacts {
  readonly vendor: Fact<string>;
  readonly product: Fact<string>;
  readonly board: Fact<string>;
  readonly biosVersion: Fact<string>;
  readonly biosDate: Fact<string>;
}

/** What the kernel and its C library were built with and how they are set. */
export interface SystemFacts {
  /** sha256 of the kernel's configuration text. */
  readonly kernelConfig: Fact<string>;
  readonly kernelTaint: Fact<string>;
  /** `glibc 2.36` and the like, of bench's own process. */
  readonly libc: Fact<string>;
  readonly aslr: Fact<string>;
  readonly clocksources: Fact<string>;
  readonly schedulerAutogroup: Fact<string>;
  /** Version of the loaded NVIDIA kernel module; nothing where none is. */
  readonly nvidiaModule: Fact<string>;
}

/** Reads /sys/class/dmi. */
export async function machineFacts(): Promise<MachineFacts> {
  const dmi = (name: string): Promise<Fact<string>> => readFact(`/sys/class/dmi/id/${name}`);
  const [vendor, product, board, biosVersion, biosDate] = await Promise.all([
    dmi('sys_vendor'),
    dmi('product_name'),
    dmi('board_name'),
    dmi('bios_version'),
    dmi('bios_date'),
  ]);
  return { vendor, product, board, biosVersion, biosDate };
}

/** Reads /proc and /boot. */
export async function systemFacts(): Promise<SystemFacts> {
  return {
    kernelConfig: await kernelConfig(),
    kernelTaint: await readFact('/proc/sys/kernel/tainted'),
    libc: await probe(libc),
    aslr: await readFact('/proc/sys/kernel/randomize_va_space'),
    clocksources: await readFact('/sys/devices/system/clocksource/clocksource0/available_clocksource'),
    schedulerAutogroup: await readFact('/proc/sys/kernel/sched_autogroup_enabled'),
    nvidiaModule: await readFact('/sys/module/nvidia/version'),
  };
}

function kernelConfig(): Promise<Fact<string>> {
  return probe(async () => {
    const built = await readFile('/proc/config.gz').then(gunzipSync, () => null);
    return sha256Hex(built ?? (await readFile(`/boot/config-${release()}`)));
  });
}

async function libc(): Promise<string> {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const networkWas = report.excludeNetwork;
  // Without this it may wait for a name server.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  report.excludeNetwork = networkWas ?? false;
  return header.glibcVersionRuntime === undefined ? 'not glibc' : `glibc ${header.glibcVersionRuntime}`;
}
