import type { Check, Checkup } from './doctor-check.ts';
import {
  affinity,
  boost,
  clockSource,
  clockSync,
  cpuQuota,
  foreignLoad,
  governor,
  smt,
  steal,
} from './doctor-cpu.ts';
import type { DoctorFacts } from './doctor-facts.ts';
import {
  gpuDisplay,
  gpuLink,
  gpuNeighbours,
  gpuPending,
  gpuPersistence,
  gpuPower,
  gpuThrottle,
  gpuTools,
} from './doctor-gpu.ts';
import { freeMemory, hugePages, lockedMemory, numaBalancing, openFiles, swap } from './doctor-memory.ts';
import { cgroup, disks, git, heldLock, node, platform, repository, staleLeaves } from './doctor-place.ts';
import { containerRuntime, lshw, python, uv } from './doctor-tools.ts';

/** In the order in which a reader wants them: what numbers hang on first. */
const checks: readonly Check[] = [
  platform,
  node,
  heldLock,
  cgroup,
  staleLeaves,
  gpuTools,
  gpuNeighbours,
  gpuThrottle,
  gpuPower,
  gpuPersistence,
  gpuDisplay,
  gpuLink,
  gpuPending,
  foreignLoad,
  cpuQuota,
  affinity,
  steal,
  governor,
  boost,
  smt,
  numaBalancing,
  freeMemory,
  swap,
  hugePages,
  clockSource,
  clockSync,
  openFiles,
  lockedMemory,
  git,
  repository,
  python,
  uv,
  containerRuntime,
  lshw,
];

/** Everything that is good or bad for honest numbers here. Pure. */
export function diagnose(facts: DoctorFacts): Checkup[] {
  return [...checks.flatMap((check) => check(facts) ?? []), ...disks(facts)];
}
