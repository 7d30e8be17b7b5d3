import { asJson, canonicalJson, type Json, sha256Hex } from '../canonical.ts';
import type { ProcessSeen } from '../supervisor/processes.ts';
import type { Binary } from './binary.ts';
import type { CompileCache } from './compile-caches.ts';
import type { CommandView, SnapshotDocument } from './document.ts';
import type { HashedEngineFile } from './engine-files.ts';
import type { GpuFacts } from './gpu.ts';
import type { GpuState } from './gpu-state.ts';
import type { HostFacts } from './host.ts';
import type { HubModel } from './hub-model.ts';
import type { Library } from './libraries.ts';
import type { Hardware } from './lshw.ts';
import type { VenvRoot } from './merkle.ts';
import type { StartPhases } from './phases.ts';
import type { Fact } from './probe.ts';
import { describeProcesses } from './processes.ts';
import { redact } from './redact.ts';
import type { VenvContents, VenvView } from './venv-view.ts';

/** Everything that is known about what made the number. Null: the run has no such thing. */
export interface SnapshotInput {
  readonly takenAt: string;
  readonly engine: {
    readonly name: string;
    readonly version: string | null;
    /** What it stated, in words all engines share. */
    readonly facts: Json;
    /** The same as its endpoints put it, path by path. */
    readonly stated: Json;
  };
  /** Id the engine's model list gave. */
  readonly model: string | null;
  readonly rootPid: number;
  readonly processes: readonly ProcessSeen[];
  readonly containment: string;
  readonly phases: Fact<StartPhases>;
  readonly host: HostFacts;
  readonly lshw: Fact<Hardware>;
  readonly gpu: GpuFacts;
  readonly gpuState: Fact<GpuState>;
  readonly hubModel: HubModel | null;
  readonly libraries: Fact<readonly Library[]>;
  readonly compileCaches: readonly CompileCache[];
  readonly binary: Binary | null;
  readonly venv: SnapshotVenv | null;
  /** The image it runs in, as `describeImage` tells it. */
  readonly image?: Json;
  /** The ledger's name for what runs; default: that of venv or binary. */
  readonly artifact?: string;
  readonly files: readonly HashedEngineFile[];
  /** `shell:` of the experiment, whose environment the variables came from. */
  readonly shell: readonly string[] | null;
  readonly bench: { readonly version: string; readonly commit: string | null; readonly dirty: boolean };
  /** Values that must not appear. */
  readonly secrets: readonly string[];
}

/** The experiment's venv: its root, and how it was made when bench made it. */
export interface SnapshotVenv {
  readonly path: string;
  readonly root: VenvRoot;
  readonly contents: VenvContents;
  readonly python: string | null;
  readonly installer: string | null;
  readonly lockSha256: string | null;
}

/** The frozen snapshot. */
export interface Snapshot {
  /** sha256, lower-case hex, of `text`. */
  readonly sha256: string;
  /** Canonical JSON of `document`. */
  readonly text: string;
  readonly document: Json;
  /** `img:`, `bin:` or `venv:` and 12 hex, as the ledger names what ran; empty when neither is known. */
  readonly artifact: string;
}

/** What a complete snapshot would hold and this one does not; a reader must not take silence for absence. */
const notCaptured = [
  'NVLink state, speed and error counters',
  "the kernel log's lines of the GPU driver (Xid)",
  "the base interpreter's standard library",
] as const;

/**
 * Assembles and freezes the snapshot: command, environment and folder as the kernel showed them, the process tree,
 * host, GPUs, engine, artifact, files and bench itself. Secrets are taken out by value, everywhere. Facts that could
 * not be had say so in their place.
 */
export async function takeSnapshot(input: SnapshotInput): Promise<Snapshot> {
  const root = input.processes.find(({ pid }) => pid === input.rootPid);
  const artifact = input.artifact ?? artifactOf(input);
  const complete: SnapshotDocument = {
    format: 'bench-snapshot-1',
    takenAt: input.takenAt,
    command: root === undefined ? { absent: 'its first process was never seen' } : commandOf(root),
    processes: await describeProcesses(input.processes, input.rootPid),
    containment: input.containment,
    phases: input.phases,
    engine: { ...input.engine, model: input.model },
    hubModel: input.hubModel,
    artifact,
    binary: asJson(input.binary),
    venv: input.venv === null ? null : describeVenv(input.venv),
    image: input.image ?? null,
    files: input.files.map(({ path, named, role, sha256, sizeBytes, source }) => {
      return { path, named, role, sha256, sizeBytes, source };
    }),
    libraries: input.libraries,
    compileCaches: input.compileCaches,
    shell: input.shell,
    host: input.host,
    lshw: input.lshw,
    gpu: input.gpu,
    gpuState: input.gpuState,
    bench: { ...input.bench },
    notCaptured,
  };
  const document = redact(asJson(complete), input.secrets);
  const text = canonicalJson(document);
  return { sha256: sha256Hex(text), text, document, artifact };
}

/** The ledger's name for what ran: the venv when there is one, else the binary. */
export function artifactOf({ venv, binary }: Pick<SnapshotInput, 'venv' | 'binary'>): string {
  if (venv !== null) return `venv:${venv.root.root.slice(0, 12)}`;
  return binary === null ? '' : `bin:${binary.sha256.slice(0, 12)}`;
}

function commandOf({ argv, env, envSource, cwd, exe }: ProcessSeen): CommandView {
  return { argv: [...argv], env: { ...env }, envSource, cwd, exe };
}

function describeVenv({ root, contents, ...venv }: SnapshotVenv): VenvView {
  const { listing: _attachment, ...numbers } = root;
  const { owners: _lookup, ...installed } = contents;
  return { ...venv, ...numbers, ...installed };
}
