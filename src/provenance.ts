import { existsSync } from 'node:fs';
import { basename, isAbsolute, resolve } from 'node:path';
import type { LaunchFiles } from './bundle.ts';
import type { Json } from './canonical.ts';
import type { Experiment } from './config/experiment.ts';
import type { Engine } from './engines/engine.ts';
import type { Witnessed } from './launch.ts';
import { timingVersion } from './measure/clock.ts';
import type { Plan } from './plan.ts';
import type { Harness } from './repository.ts';
import type { VenvFacts } from './setup/venv.ts';
import { type Binary, describeBinary } from './snapshot/binary.ts';
import { findEngineFiles, type HashedEngineFile, hashEngineFiles } from './snapshot/engine-files.ts';
import { fingerprint, fingerprintFacts } from './snapshot/fingerprint.ts';
import { type GpuFacts, gpuFacts } from './snapshot/gpu.ts';
import type { HashOptions } from './snapshot/hash-files.ts';
import { type HostFacts, hardwareLabel, hostFacts } from './snapshot/host.ts';
import { merkleRoot } from './snapshot/merkle.ts';
import { artifactOf, type Snapshot, type SnapshotVenv, takeSnapshot } from './snapshot/snapshot.ts';
import { metricVersion } from './stats/metric.ts';
import { findCommand } from './supervisor/environment.ts';

/** What will make the number, hashed before the engine starts. */
export interface Inputs {
  readonly host: HostFacts;
  readonly gpu: GpuFacts;
  readonly binary: Binary | null;
  readonly venv: SnapshotVenv | null;
  readonly files: readonly HashedEngineFile[];
  /** `venv:` or `bin:` and 12 hex; null for a server that runs elsewhere. */
  readonly artifact: string | null;
  readonly hardware: string | null;
  readonly fingerprint: { readonly id: string; readonly facts: Json };
}

/** Host and GPUs as they are now. */
export async function lookAtMachine(env: NodeJS.ProcessEnv): Promise<Pick<Inputs, 'host' | 'gpu'>> {
  const [host, gpu] = await Promise.all([hostFacts(), gpuFacts(env)]);
  return { host, gpu };
}

/** UUIDs of the GPUs the engine may use: those its CUDA_VISIBLE_DEVICES leaves, else all the host has. */
export function visibleGpus(experiment: Experiment, gpu: GpuFacts): string[] {
  if ('absent' in gpu || experiment.engine === 'openai') return [];
  const visible = experiment.env.CUDA_VISIBLE_DEVICES;
  if (visible === undefined) return gpu.gpus.map(({ uuid }) => uuid);
  const wanted = visible.split(',').map((word) => word.trim());
  return gpu.gpus
    .filter(({ index, uuid }) =>
      wanted.some((word) => word === index || (word !== '' && uuid.startsWith(word))),
    )
    .map(({ uuid }) => uuid);
}

/** Hashes program, venv and the files the arguments name; nothing is read again once the engine runs. */
export async function gatherInputs(input: {
  readonly plan: Plan;
  readonly experiment: Experiment;
  readonly start: { readonly command: string; readonly cwd: string } | null;
  readonly venv: VenvFacts | null;
  readonly machine: Pick<Inputs, 'host' | 'gpu'>;
  readonly hashing: HashOptions;
}): Promise<Inputs> {
  const { plan, experiment, start, machine, hashing } = input;
  const { root } = plan.loaded;
  const versions = {
    workloadHash: plan.workload,
    metricVersion: String(metricVersion),
    timingVersion: String(timingVersion),
  };
  const identity = {
    ...machine,
    hardware: start === null ? null : hardwareLabel(machine.host, machine.gpu),
    fingerprint: {
      id: fingerprint(machine.host, machine.gpu, versions),
      facts: fingerprintFacts(machine.host, machine.gpu, versions),
    },
  };
  if (start === null) return { ...identity, binary: null, venv: null, files: [], artifact: null };
  const find = (name: string): string => findCommand(name, experiment.env, start.cwd);
  const binary = await describeBinary(start.command, find, hashing);
  const venv = await describeVenv(experiment, root, input.venv, hashing);
  const files = await hashNamed(experiment, { cwd: start.cwd, root }, hashing);
  return { ...identity, binary, venv, files, artifact: artifactOf({ venv, binary }) };
}

/** The files that an experiment's arguments and `files` name, hashed. */
export function hashNamed(
  experiment: Pick<Experiment, 'args' | 'files'>,
  place: { readonly cwd: string; readonly root: string },
  hashing: HashOptions,
): Promise<HashedEngineFile[]> {
  return hashEngineFiles(findEngineFiles(experiment.args, { ...place, extra: experiment.files }), hashing);
}

/**
 * What the engine serves, as the ledger names it: the id (of one that is a path only the file's name, which is the same
 * on every machine), and the hash of its weights when they are files.
 */
export function modelCell(model: string | null, inputs: Pick<Inputs, 'files'>): string | null {
  if (model === null) return null;
  const id = isAbsolute(model) ? basename(model) : model;
  const weights = inputs.files.filter((file) => file.role === 'model');
  const [first] = weights;
  return first === undefined
    ? id
    : `${id}@${first.sha256.slice(0, 12)}${weights.length > 1 ? `+${weights.length - 1}` : ''}`;
}

/** Freezes the snapshot of a warm engine and writes it to the launch's folder. */
export async function freezeSnapshot(
  seen: Witnessed,
  run: {
    readonly experiment: Experiment;
    readonly engine: Engine;
    readonly inputs: Inputs;
    readonly harness: Harness;
    readonly secrets: readonly string[];
    readonly shell: readonly string[] | null;
    readonly files: LaunchFiles;
  },
): Promise<Snapshot> {
  const { inputs } = run;
  const snapshot = await takeSnapshot({
    takenAt: new Date().toISOString(),
    engine: { name: run.experiment.engine, version: run.engine.version(seen.facts), facts: seen.facts },
    model: seen.target.model,
    rootPid: seen.running?.rootPid ?? 0,
    processes: seen.running?.processes() ?? [],
    containment: seen.running?.containment ?? 'none: the server runs elsewhere',
    host: inputs.host,
    gpu: inputs.gpu,
    binary: inputs.binary,
    venv: inputs.venv,
    files: inputs.files,
    shell: run.shell,
    bench: run.harness,
    secrets: run.secrets,
  });
  run.files.writeText('snapshot.json', snapshot.text);
  return snapshot;
}

async function describeVenv(
  experiment: Experiment,
  root: string,
  made: VenvFacts | null,
  hashing: HashOptions,
): Promise<SnapshotVenv | null> {
  if (experiment.venv === undefined) return null;
  const path = resolve(root, experiment.venv.path);
  if (!existsSync(path)) return null;
  return {
    path: experiment.venv.path,
    root: await merkleRoot(path, hashing),
    python: made?.python ?? null,
    installer: made === null ? null : `${made.installer} ${made.installerVersion}`,
    lockSha256: made?.lockSha256 ?? null,
  };
}
