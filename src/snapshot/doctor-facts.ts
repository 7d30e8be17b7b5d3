import type { Repo } from '../ledger/repo.ts';
import type { LoadShares } from './doctor-load.ts';
import type { TreeFacts } from './doctor-tree.ts';
import type { GpuFacts } from './gpu.ts';
import type { GpuState } from './gpu-state.ts';
import type { HostFacts } from './host.ts';
import type { Fact } from './probe.ts';

/** Everything the checks look at; what could not be had says why. */
export interface DoctorFacts {
  readonly platform: string;
  /** Of the running node, like `v20.20.0`. */
  readonly nodeVersion: string;
  /** Whether commands need no `sudo`. */
  readonly isRoot: boolean;
  readonly host: HostFacts;
  readonly gpu: GpuFacts;
  readonly gpuState: Fact<GpuState>;
  readonly tree: TreeFacts;
  readonly load: Fact<LoadShares>;
  /** Whether the wall clock follows a time server. */
  readonly isClockSynced: Fact<boolean>;
  readonly tools: ToolFacts;
  readonly containment: ContainmentFacts;
  readonly locks: Fact<readonly HeldLock[]>;
  readonly repo: Fact<Repo>;
  readonly disks: readonly DiskFacts[];
}

/** Versions of programs, as they state them. */
export interface ToolFacts {
  readonly git: Fact<string>;
  readonly python: Fact<string>;
  readonly uv: Fact<string>;
  readonly lshw: Fact<string>;
  /** `podman 4.3.1`, when it answers. */
  readonly container: Fact<string>;
}

/** What keeps an engine's tree together. */
export interface ContainmentFacts {
  /** Why no cgroup leaf can be made and used; null when one was, and removed again. */
  readonly leafProblem: string | null;
  /** Leaves that dead benches left behind. */
  readonly staleLeaves: readonly string[];
}

/** A measurement that is going on. */
export interface HeldLock {
  readonly path: string;
  /** `pid 12 (bench run x.yaml) since ...` */
  readonly holder: string;
}

/** A place that runs write to. */
export interface DiskFacts {
  readonly name: 'repository' | 'bundles' | 'temporary files';
  readonly path: string;
  readonly freeBytes: Fact<number>;
  readonly isWritable: boolean;
}
