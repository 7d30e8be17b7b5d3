import type { Json } from '../canonical.ts';
import type { CompileCache } from './compile-caches.ts';
import type { GpuFacts } from './gpu.ts';
import type { GpuState } from './gpu-state.ts';
import type { HostFacts } from './host.ts';
import type { HubModel } from './hub-model.ts';
import type { Library } from './libraries.ts';
import type { Hardware } from './lshw.ts';
import type { StartPhases } from './phases.ts';
import type { Fact } from './probe.ts';
import type { ProcessView } from './processes.ts';
import type { VenvView } from './venv-view.ts';

/**
 * The shape of snapshot.json. Every text may stand as `{redacted: true, sha256}` where it was a secret, and hold
 * `[redacted HASH]` where it contained one; `{absent: reason}` stands where a fact could not be had; null where the run
 * has no such thing. `docs/snapshot.md` says in words what each section holds and which fields are noise.
 */
export interface SnapshotDocument {
  readonly format: 'bench-snapshot-1';
  /** ISO 8601, UTC. */
  readonly takenAt: string;
  /** The engine's first process, as the kernel showed it at its spawn. */
  readonly command: Fact<CommandView>;
  /** Every process of the tree ever seen, in the order of first sight; other sections name them by their index here. */
  readonly processes: readonly ProcessView[];
  /** `cgroup2`, `pgroup`, or why there is none. */
  readonly containment: string;
  /** How long the start took, phase by phase. */
  readonly phases: Fact<StartPhases>;
  readonly engine: {
    readonly name: string;
    readonly version: string | null;
    /** What it stated, in words all engines share. */
    readonly facts: Json;
    /** The same as its endpoints put it, path by path. */
    readonly stated: Json;
    /** Id its model list gave. */
    readonly model: string | null;
  };
  /** Where a model named by a hub id lies in the hub's cache; null when none was named or found there. */
  readonly hubModel: HubModel | null;
  /** `img:`, `venv:` or `bin:` and 12 hex; empty when nothing is known. */
  readonly artifact: string;
  readonly binary: Json;
  readonly venv: VenvView | null;
  readonly image: Json;
  /** Files the arguments name, hashed before the spawn. */
  readonly files: readonly FileView[];
  /** Program code mapped into the living tree. */
  readonly libraries: Fact<readonly Library[]>;
  /** What the engine compiled or tuned in earlier starts, before the spawn and now. */
  readonly compileCaches: readonly CompileCache[];
  readonly shell: readonly string[] | null;
  readonly host: HostFacts;
  /** `lshw -json`, in short. */
  readonly lshw: Fact<Hardware>;
  /** One query before the spawn: what the fingerprint is made of. */
  readonly gpu: GpuFacts;
  /** `nvidia-smi -q -x` beside the warm engine, and `nvidia-smi topo -m`. */
  readonly gpuState: Fact<GpuState>;
  readonly bench: { readonly version: string; readonly commit: string | null; readonly dirty: boolean };
  /** What a complete snapshot would hold and this one does not. */
  readonly notCaptured: readonly string[];
}

/** A command as the kernel had it. */
export interface CommandView {
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly envSource: string;
  readonly cwd: string | null;
  readonly exe: string | null;
}

/** A file that an argument names. */
export interface FileView {
  readonly path: string;
  /** The argument, or `files`, that named it or its folder. */
  readonly named: string;
  readonly role: 'model' | 'file';
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Noise: whether the hash was read or remembered. */
  readonly source: 'computed' | 'cache';
}
