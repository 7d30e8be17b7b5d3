import type { DoctorFacts } from '../../src/snapshot/doctor-facts.ts';
import { document, host } from './documents.ts';

/** A machine that has everything and is idle: no check has anything to say against it. */
export function goodFacts(over: Partial<DoctorFacts> = {}): DoctorFacts {
  const { gpu, gpuState } = document();
  if ('absent' in gpuState) throw new Error(gpuState.absent);
  const base = host();
  return {
    platform: 'linux',
    nodeVersion: 'v20.20.0',
    isRoot: false,
    host: { ...base, cpu: { ...base.cpu, governor: 'performance', boost: 'off', smt: 'off' } },
    gpu,
    gpuState: {
      ...gpuState,
      gpus: gpuState.gpus.map((one) => ({
        ...one,
        processes: [],
        persistence: true,
        displayActive: false,
        eventReasons: ['gpu_idle'],
        powerW: { current_power_limit: 350, default_power_limit: 350 },
        pcie: { ...one.pcie, width: 16, maxWidth: 16 },
        ecc: { ...one.ecc, current: null, pending: null },
        mig: { current: null, pending: null },
      })),
    },
    tree: {
      cards: { nvidia: 2, amd: 0 },
      quotaFile: null,
      boostSwitch: { path: '/sys/devices/system/cpu/cpufreq/boost', off: '0' },
      swapUsedBytes: 0,
      openFiles: { soft: 65536, hard: 65536 },
      lockedMemory: { soft: null, hard: null },
      packages: 'apt',
    },
    load: { busyPercent: 0.4, stealPercent: 0, busiest: [] },
    isClockSynced: true,
    tools: {
      git: 'git version 2.43.0',
      python: '3.12.3',
      uv: 'uv 0.9.1',
      lshw: 'B.02.20',
      container: 'podman 4.9.3',
    },
    containment: { leafProblem: null, staleLeaves: [] },
    locks: [],
    repo: repo({}),
    disks: [
      { name: 'repository', path: '/repo', freeBytes: 9e11, isWritable: true },
      { name: 'bundles', path: '/repo/.bench_runs', freeBytes: 9e11, isWritable: true },
      { name: 'temporary files', path: '/tmp', freeBytes: 9e11, isWritable: true },
    ],
    ...over,
  };
}

type WorkRepo = Extract<DoctorFacts['repo'], { kind: 'normal' }>;

/** A repository on a branch, whose rows are committed. */
export function repo(over: Partial<WorkRepo>): WorkRepo {
  return {
    kind: 'normal',
    root: '/repo',
    env: {},
    gitDir: '/repo/.git',
    commonDir: '/repo/.git',
    head: 'f'.repeat(40),
    branch: 'refs/heads/main',
    inProgress: null,
    hasIdentity: true,
    commitSetting: null,
    isSubmodule: false,
    ...over,
  };
}
