import { canonicalJson, type Json, sha256Hex } from '../canonical.ts';
import type { GpuFacts } from './gpu.ts';
import type { HostFacts } from './host.ts';
import { type Fact, isAbsent } from './probe.ts';

/** Versions of how bench asks and counts: numbers of different ones do not compare. */
export interface MeasureVersions {
  readonly workloadHash: string;
  readonly metricVersion: string;
  readonly timingVersion: string;
}

/**
 * What must match for two runs to be comparable, as 12 hex: CPU model, usable cores, memory size (in GiB, rounded
 * up: the kernel keeps a varying part), kernel release, models and UUIDs of the GPUs visible to the host, driver,
 * power and clock policy, workload, metric and timing version. Not the host's name, its load, or the engine.
 */
export function fingerprint(host: HostFacts, gpu: GpuFacts, versions: MeasureVersions): string {
  return sha256Hex(canonicalJson(fingerprintFacts(host, gpu, versions))).slice(0, 12);
}

/** The facts behind {@link fingerprint}, for saying which of them differ. */
export function fingerprintFacts(host: HostFacts, gpu: GpuFacts, versions: MeasureVersions): Json {
  const gpus = isAbsent(gpu) ? [] : gpu.gpus;
  return {
    cpu: known(host.cpu.model),
    usableCores: known(host.usableCores),
    memoryGiB: isAbsent(host.memory.totalBytes) ? null : Math.ceil(host.memory.totalBytes / 2 ** 30),
    kernel: host.kernel.release,
    cpuPolicy: {
      governor: known(host.cpu.governor),
      driver: known(host.cpu.driver),
      energyPreference: known(host.cpu.energyPreference),
      boost: known(host.cpu.boost),
      minKhz: known(host.cpu.minKhz),
      maxKhz: known(host.cpu.maxKhz),
      smt: known(host.cpu.smt),
    },
    gpus: gpus
      .map(({ model, uuid, powerLimitW, persistence, applicationSmMhz, applicationMemoryMhz, mig, ecc }) => ({
        model,
        uuid,
        policy: { powerLimitW, persistence, applicationSmMhz, applicationMemoryMhz, mig, ecc },
      }))
      .sort((a, b) => (a.uuid < b.uuid ? -1 : 1)),
    driver: gpus[0]?.driver ?? null,
    ...versions,
  };
}

/** A missing fact is null, whatever the reason was this time. */
function known<T extends string | number>(fact: Fact<T>): T | null {
  return isAbsent(fact) ? null : fact;
}
