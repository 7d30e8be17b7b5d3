import { asJson, canonicalJson, type Json, sha256Hex } from '../canonical.ts';
import type { ProcessSeen } from '../supervisor/processes.ts';
import type { Binary } from './binary.ts';
import type { HashedEngineFile } from './engine-files.ts';
import type { GpuFacts } from './gpu.ts';
import type { HostFacts } from './host.ts';
import type { VenvRoot } from './merkle.ts';
import { describeProcesses } from './processes.ts';
import { redact } from './redact.ts';

/** Everything that is known about what made the number. Null: the run has no such thing. */
export interface SnapshotInput {
  readonly takenAt: string;
  readonly engine: { readonly name: string; readonly version: string | null; readonly facts: Json };
  /** Id the engine's model list gave. */
  readonly model: string | null;
  readonly rootPid: number;
  readonly processes: readonly ProcessSeen[];
  readonly containment: string;
  readonly host: HostFacts;
  readonly gpu: GpuFacts;
  readonly binary: Binary | null;
  readonly venv: SnapshotVenv | null;
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
  /** `bin:` or `venv:` and 12 hex, as the ledger names what ran; empty when neither is known. */
  readonly artifact: string;
}

/** What a complete snapshot holds and this one does not; a reader must not take silence for absence. */
const notCaptured = [
  'mapped libraries with sha256 and version',
  'compile caches (path, cold or warm)',
  'container image digest and id',
  'lshw',
  'nvidia-smi -q -x (clocks, throttle reasons, PCIe, topology)',
  'model files that the engine finds by a hub id instead of a path',
  'counters before and after the run (cpu.stat, PSI, throttle reasons)',
] as const;

/**
 * Assembles and freezes the snapshot: command, environment and folder as the kernel showed them, the process tree,
 * host, GPUs, engine, artifact, files and bench itself. Secrets are taken out by value, everywhere. Facts that could
 * not be had say so in their place.
 */
export async function takeSnapshot(input: SnapshotInput): Promise<Snapshot> {
  const root = input.processes.find(({ pid }) => pid === input.rootPid);
  const artifact = artifactOf(input);
  const document = redact(
    {
      format: 'bench-snapshot-1',
      takenAt: input.takenAt,
      command: root === undefined ? { absent: 'its first process was never seen' } : commandOf(root),
      processes: await describeProcesses(input.processes, input.rootPid),
      containment: input.containment,
      engine: { ...input.engine, model: input.model },
      artifact,
      binary: asJson(input.binary),
      venv: input.venv === null ? null : describeVenv(input.venv),
      files: input.files.map(({ path, named, role, sha256, sizeBytes, source }) => {
        return { path, named, role, sha256, sizeBytes, source };
      }),
      shell: asJson(input.shell),
      host: asJson(input.host),
      gpu: asJson(input.gpu),
      bench: { ...input.bench },
      notCaptured,
    },
    input.secrets,
  );
  const text = canonicalJson(document);
  return { sha256: sha256Hex(text), text, document, artifact };
}

/** The ledger's name for what ran: the venv when there is one, else the binary. */
export function artifactOf({ venv, binary }: Pick<SnapshotInput, 'venv' | 'binary'>): string {
  if (venv !== null) return `venv:${venv.root.root.slice(0, 12)}`;
  return binary === null ? '' : `bin:${binary.sha256.slice(0, 12)}`;
}

function commandOf({ argv, env, envSource, cwd, exe }: ProcessSeen): Json {
  return { argv: [...argv], env: { ...env }, envSource, cwd, exe };
}

function describeVenv({ root, ...venv }: SnapshotVenv): Json {
  const { listing: _attachment, ...numbers } = root;
  return { ...venv, ...numbers };
}
