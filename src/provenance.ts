import { existsSync } from 'node:fs';
import { basename, isAbsolute, resolve } from 'node:path';
import type { LaunchFiles } from './bundle.ts';
import { asJson, type Json, sha256Hex } from './canonical.ts';
import type { Experiment } from './config/experiment.ts';
import { substitute } from './config/substitute.ts';
import type { Engine } from './engines/engine.ts';
import type { Witnessed } from './launch.ts';
import type { LaunchWatch } from './launch-watch.ts';
import { timingVersion } from './measure/clock.ts';
import type { Plan } from './plan.ts';
import { onHost, type ReadyContainer } from './ready-container.ts';
import type { Harness } from './repository.ts';
import type { VenvFacts } from './setup/venv.ts';
import { type Binary, describeBinary } from './snapshot/binary.ts';
import { compileCaches } from './snapshot/compile-caches.ts';
import { findEngineFiles, type HashedEngineFile, hashEngineFiles } from './snapshot/engine-files.ts';
import { fingerprint, fingerprintFacts } from './snapshot/fingerprint.ts';
import { type GpuFacts, gpuFacts } from './snapshot/gpu.ts';
import { gpuState } from './snapshot/gpu-state.ts';
import type { HashOptions } from './snapshot/hash-files.ts';
import { type HostFacts, hardwareLabel, hostFacts } from './snapshot/host.ts';
import { findHubModel, type HubModel } from './snapshot/hub-model.ts';
import { describeImage, imageArtifact } from './snapshot/image.ts';
import { describeLibraries } from './snapshot/libraries.ts';
import { type Hardware, hardware } from './snapshot/lshw.ts';
import { merkleRoot } from './snapshot/merkle.ts';
import { startPhases } from './snapshot/phases.ts';
import { type Fact, isAbsent } from './snapshot/probe.ts';
import { artifactOf, type Snapshot, type SnapshotVenv, takeSnapshot } from './snapshot/snapshot.ts';
import { venvContents } from './snapshot/venv-view.ts';
import { keptStated, withoutSecretNames } from './stated.ts';
import { metricVersion } from './stats/metric.ts';
import { findCommand } from './supervisor/environment.ts';

/** What will make the number, hashed before the engine starts. */
export interface Inputs {
  readonly host: HostFacts;
  readonly gpu: GpuFacts;
  readonly binary: Binary | null;
  readonly venv: SnapshotVenv | null;
  readonly files: readonly HashedEngineFile[];
  /** `img:`, `venv:` or `bin:` and 12 hex; null for a server that runs elsewhere. */
  readonly artifact: string | null;
  readonly hardware: string | null;
  readonly lshw: Fact<Hardware>;
  /** The model in the hub's cache before the spawn; null when none was named or it was not there yet. */
  readonly hubModel: HubModel | null;
  readonly fingerprint: { readonly id: string; readonly facts: Json };
}

/** Host and GPUs as they are now. */
export async function lookAtMachine(env: NodeJS.ProcessEnv): Promise<Pick<Inputs, 'host' | 'gpu'>> {
  const [host, gpu] = await Promise.all([hostFacts(), gpuFacts(env)]);
  return { host, gpu };
}

/**
 * UUIDs of the GPUs the engine may use: those its CUDA_VISIBLE_DEVICES leaves, else all the host has; in a container
 * those it is given.
 */
export function visibleGpus(experiment: Experiment, gpu: GpuFacts): string[] {
  if ('absent' in gpu || experiment.engine === 'openai') return [];
  if (experiment.image !== undefined) {
    const given = experiment.container?.gpus ?? 'all';
    const isGiven = (uuid: string): boolean =>
      given === 'all' || (given !== 'none' && given.some((wanted) => uuid.startsWith(wanted)));
    return gpu.gpus.map(({ uuid }) => uuid).filter(isGiven);
  }
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
  readonly container: ReadyContainer | null;
  readonly venv: VenvFacts | null;
  readonly machine: Pick<Inputs, 'host' | 'gpu'>;
  readonly hashing: HashOptions;
  /** Where the host's own tools are looked up. */
  readonly hostEnv: NodeJS.ProcessEnv;
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
  if (start === null) {
    const lshw = { absent: elsewhere };
    return { ...identity, binary: null, venv: null, files: [], artifact: null, lshw, hubModel: null };
  }
  // Beside the hashing, which it does not disturb: the engine does not run yet.
  const listing = hardware(input.hostEnv);
  const hubModel = hubModelOf(experiment, input.container);
  if (input.container !== null) {
    const { spec, facts } = input.container;
    const words = experiment.args.map((word) => onHost(word, spec.mounts));
    const named = findEngineFiles(words, { cwd: '/', root, extra: experiment.files });
    const files = await hashEngineFiles(named, hashing);
    const artifact = imageArtifact(facts);
    return { ...identity, binary: null, venv: null, files, artifact, lshw: await listing, hubModel };
  }
  const subject = await hashSubject({ plan, experiment, start, venv: input.venv, hashing });
  return { ...identity, ...subject, lshw: await listing, hubModel };
}

/** Program, venv and named files of an engine that runs on the host, hashed. */
export async function hashSubject({
  plan,
  experiment,
  start,
  venv: made,
  hashing,
}: {
  readonly plan: Plan;
  readonly experiment: Experiment;
  readonly start: { readonly command: string; readonly cwd: string };
  readonly venv: VenvFacts | null;
  readonly hashing: HashOptions;
}): Promise<Pick<Inputs, 'binary' | 'venv' | 'files' | 'artifact'>> {
  const { root } = plan.loaded;
  const find = (name: string): string => findCommand(name, experiment.env, start.cwd);
  const binary = await describeBinary(start.command, find, hashing);
  const venv = await describeVenv(experiment, root, made, hashing);
  const files = await hashNamed(experiment, { cwd: start.cwd, root }, hashing);
  return { binary, venv, files, artifact: artifactOf({ venv, binary }) };
}

/** Stands where a server that runs elsewhere leaves nothing to see. */
const elsewhere = 'the server runs elsewhere';

function hubModelOf(experiment: Experiment, container: ReadyContainer | null): HubModel | null {
  const words = [...experiment.args, ...(experiment.model === undefined ? [] : [experiment.model])];
  if (container === null) return findHubModel(words, experiment.env);
  const { imageEnv, mounts } = container.spec;
  return findHubModel(words, { ...imageEnv, ...experiment.env }, (path) => onHost(path, mounts));
}

/** The places whose state makes a start cold or warm, as this host has them; a container's own are new each time. */
export function cacheRoots(
  engine: Engine,
  experiment: Experiment,
  container: ReadyContainer | null,
): string[] {
  if (container === null) return [...engine.compileCaches(experiment.env)];
  const { imageEnv, mounts } = container.spec;
  return engine.compileCaches({ ...imageEnv, ...experiment.env }).flatMap((path) => {
    const place = onHost(path, mounts);
    return place === path ? [] : [place];
  });
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
 * on every machine), and the hash of its files, or the hub's revision. Several files count by one hash over all of them.
 * @param frozen the model as the snapshot found it in the hub's cache.
 */
export function modelCell(
  model: string | null,
  inputs: Pick<Inputs, 'files' | 'hubModel'>,
  frozen: HubModel | null = null,
): string | null {
  if (model === null) return null;
  const id = isAbsolute(model) ? basename(model) : model;
  const files = inputs.files.filter((file) => file.role === 'model');
  const [first] = files;
  if (first !== undefined) {
    const hash = files.length === 1 ? first.sha256 : filesHash(files);
    return `${id}@${hash.slice(0, 12)}`;
  }
  const revision = (frozen ?? inputs.hubModel)?.revision;
  return revision === undefined || isAbsent(revision) ? id : `${id}@${revision.slice(0, 12)}`;
}

/** in-toto's dirHash, with each file's last name: the same wherever the files lie. */
function filesHash(files: readonly HashedEngineFile[]): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${basename(path)}\n`);
  return sha256Hex(lines.sort().join(''));
}

/** The file's own variables as the engine got them. */
function givenEnv(experiment: Experiment, running: Witnessed['running']): Record<string, string> {
  return substitute(experiment, { PORT: String(running?.port ?? 0), REPO_ROOT: '' }).env;
}

/** Freezes the snapshot of a warm engine and writes it to the launch's folder. */
export async function freezeSnapshot(
  seen: Witnessed,
  run: {
    readonly experiment: Experiment;
    readonly engine: Engine;
    readonly inputs: Inputs;
    readonly container: ReadyContainer | null;
    readonly harness: Harness;
    readonly secrets: readonly string[];
    readonly shell: readonly string[] | null;
    readonly files: LaunchFiles;
    readonly watch: LaunchWatch;
  },
): Promise<Snapshot & { readonly hubModel: HubModel | null }> {
  const { inputs, watch, files } = run;
  const { running } = seen;
  const processes = running?.processes() ?? [];
  const hubModel = running === null ? null : hubModelOf(run.experiment, run.container);
  const owners = inputs.venv?.contents.owners ?? new Map();
  const [state, libraries] = await Promise.all([
    running === null ? { absent: elsewhere } : gpuState(watch.env),
    running === null
      ? { absent: elsewhere }
      : describeLibraries(processes, running.livePids(), owners, watch.hashing),
  ]);
  watch.frozen(state);
  const root = processes.find(({ pid }) => pid === seen.running?.rootPid);
  const snapshot = await takeSnapshot({
    takenAt: new Date().toISOString(),
    engine: {
      name: run.experiment.engine,
      version: run.engine.version(seen.stated),
      facts: withoutSecretNames(asJson(run.engine.facts(seen.stated))),
      stated: keptStated(seen.stated),
    },
    model: seen.target.model,
    rootPid: seen.running?.rootPid ?? 0,
    processes,
    containment: seen.running?.containment ?? 'none: the server runs elsewhere',
    phases:
      running === null
        ? { absent: elsewhere }
        : startPhases(files.events(), running.lines(), run.engine.phases),
    host: inputs.host,
    lshw: inputs.lshw,
    gpu: inputs.gpu,
    gpuState: state,
    hubModel,
    libraries,
    compileCaches: compileCaches(watch.cachesBefore),
    binary: inputs.binary,
    venv: inputs.venv,
    image:
      run.container === null
        ? null
        : describeImage(
            run.container.facts,
            running?.container ?? null,
            root,
            givenEnv(run.experiment, running),
          ),
    artifact: inputs.artifact ?? '',
    files: inputs.files,
    shell: run.shell,
    bench: run.harness,
    secrets: run.secrets,
  });
  files.writeText('snapshot.json', snapshot.text);
  return { ...snapshot, hubModel };
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
    contents: await venvContents(path, hashing),
    python: made?.python ?? null,
    installer: made === null ? null : `${made.installer} ${made.installerVersion}`,
    lockSha256: made?.lockSha256 ?? null,
  };
}
