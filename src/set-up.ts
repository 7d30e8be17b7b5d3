import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeRunsFolder } from './bundle.ts';
import type { Experiment } from './config/experiment.ts';
import { plainSecrets, substitute } from './config/substitute.ts';
import { asHint, engineFlags, lintArguments } from './engine-lint.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { Interrupt } from './interrupt.ts';
import { acquireMeasurementLock, type MeasurementLock } from './ledger/lock.ts';
import type { Plan } from './plan.ts';
import { gatherInputs, type Inputs, lookAtMachine, visibleGpus } from './provenance.ts';
import { type ReadyContainer, readyContainer } from './ready-container.ts';
import { redactingErrors } from './redacted-errors.ts';
import { prepare } from './setup/prepare.ts';
import { askPython } from './setup/python.ts';
import { captureShell, type ShellCapture } from './setup/shell.ts';
import { ensureVenv, type VenvFacts } from './setup/venv.ts';
import { computeCapabilities } from './snapshot/gpu-capability.ts';
import { cacheFolder, openHashCache } from './snapshot/hash-cache.ts';
import { type HashOptions, hashFile } from './snapshot/hash-files.ts';
import { redactor } from './snapshot/redact.ts';
import { findCommand } from './supervisor/environment.ts';
import { sweepStale } from './supervisor/sweep.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';

/** What set-up needs. */
export interface SetUpInput {
  readonly plan: Plan;
  readonly runId: string;
  readonly wait: boolean;
  readonly interrupt: Interrupt;
  readonly teller: Teller;
  readonly world: World;
  /** How the measurement lock names it; default: the run of this experiment. */
  readonly command?: string;
}

/** The machine is ours, everything the engine needs is there and hashed; nothing has been started. */
export interface Readied {
  readonly lock: MeasurementLock;
  /** Filled but for `$PORT`. */
  readonly experiment: Experiment;
  /** Absolute program and folder; null when the server runs elsewhere. */
  readonly start: { readonly command: string; readonly cwd: string } | null;
  /** The image to run; `start` is then the runtime's tool. */
  readonly container: ReadyContainer | null;
  readonly venv: VenvFacts | null;
  readonly shell: ShellCapture | null;
  readonly inputs: Inputs;
  /** The engine's own values of its flags, where it states them. */
  readonly defaults: { readonly [flag: string]: string };
  /** The longest name of each of its flags, by the other ones. */
  readonly flagNames: { readonly [alias: string]: string };
  /** How files are hashed, with what was hashed already. */
  readonly hashing: HashOptions;
  /** Where the host's own tools are looked up. */
  readonly hostEnv: NodeJS.ProcessEnv;
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
  redact(text: string): string;
}

/**
 * Takes the measurement lock, makes venv and prepared files, finds the command, hashes what the engine reads.
 * @throws BenchError exit 5 when set-up fails or the lock is held, exit 2 for a command that is not there.
 */
export async function ready(input: SetUpInput): Promise<Readied> {
  const { plan, teller, world } = input;
  const machine = await lookAtMachine(world.env);
  const gpus = visibleGpus(plan.experiment, machine.gpu);
  const lock = await takeMachine(input, gpus, input.command ?? `bench run ${plan.loaded.configPath}`);
  try {
    for (const swept of await sweepStale()) teller.note(swept);
    return { lock, ...(await makeAll(input, machine)) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * The same for two experiments that are to be measured in turn, under one lock of all their GPUs.
 * @throws BenchError as `ready` does; exit 2 also where making the one's venv or files would unmake the other's.
 */
export async function readyBoth(
  input: Omit<SetUpInput, 'plan'> & { readonly baseline: Plan; readonly candidate: Plan },
): Promise<{ readonly baseline: Readied; readonly candidate: Readied }> {
  const { baseline, candidate, teller, world } = input;
  refuseSharedPlaces(baseline.experiment, candidate.experiment);
  const machine = await lookAtMachine(world.env);
  const gpus = new Set([baseline, candidate].flatMap((plan) => visibleGpus(plan.experiment, machine.gpu)));
  const command = input.command ?? `bench run ${candidate.loaded.configPath}`;
  const lock = await takeMachine(input, [...gpus], command);
  try {
    for (const swept of await sweepStale()) teller.note(swept);
    const first = await makeAll({ ...input, plan: baseline }, machine);
    return {
      baseline: { lock, ...first },
      candidate: { lock, ...(await makeAll({ ...input, plan: candidate }, machine)) },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Two arms take turns: what one makes at a path must not be replaced by what the other makes there. */
function refuseSharedPlaces(one: Experiment, other: Experiment): void {
  const [venv, otherVenv] = [one.venv, other.venv];
  const clash =
    venv !== undefined &&
    otherVenv !== undefined &&
    resolve('/', venv.path) === resolve('/', otherVenv.path) &&
    JSON.stringify(venv) !== JSON.stringify(otherVenv)
      ? `the venv ${venv.path} from two locks`
      : one.prepare.flatMap((step) =>
          other.prepare.some(
            (its) => its.makes === step.makes && JSON.stringify(its) !== JSON.stringify(step),
          )
            ? [`${step.makes} in two ways`]
            : [],
        )[0];
  if (clash === undefined) return;
  throw new BenchError(`The two experiments make ${clash}`, {
    exitCode: ExitCode.usage,
    hint: 'They are measured in turn, so each needs a path of its own: change it in the child.',
  });
}

/** The measurement lock of these GPUs, or of the host's CPU when there are none. */
export function takeMachine(
  input: Pick<SetUpInput, 'runId' | 'wait' | 'interrupt' | 'teller' | 'world'>,
  gpus: readonly string[],
  command: string,
): Promise<MeasurementLock> {
  const { runId, wait, interrupt, teller, world } = input;
  return acquireMeasurementLock({
    env: world.env,
    gpus,
    wait,
    signal: interrupt.signal,
    command,
    runId,
    onWait(holder) {
      const who = holder === null ? 'another measurement' : `pid ${holder.pid} (${holder.command})`;
      teller.note(`waiting for ${who}`);
    },
  });
}

async function makeAll(
  input: SetUpInput,
  machine: Pick<Inputs, 'host' | 'gpu'>,
): Promise<Omit<Readied, 'lock'>> {
  const { plan, interrupt, world } = input;
  const { root } = plan.loaded;
  const signal = interrupt.signal;
  const hashing = { cache: openHashCache(cacheFolder(world.env)), seen: new Map<string, string>(), signal };
  const venv = await makeVenv(input);
  const shell =
    plan.experiment.shell === undefined
      ? null
      : await captureShell(plan.experiment.shell, { cwd: root, env: world.env, signal });
  const experiment = substitute(plan.experiment, {
    ...shell?.env,
    VENV: venv?.path ?? venvPath(plan.experiment, root),
    SITE_PACKAGES: venv?.sitePackages ?? (await ownSitePackages(plan.experiment, root, world.env)),
    REPO_ROOT: root,
  });
  // The call with a port is the last one: it refuses what is left, here before anything starts.
  const whole =
    experiment.engine === 'openai' ? experiment : substitute(experiment, { PORT: '0', REPO_ROOT: root });
  const secrets = [...new Set([...plan.loaded.secrets, ...plainSecrets(whole)])];
  const redact = redactor(secrets);
  const filled = { experiment: whole, venv, machine, hashing, redact };
  const made = await redactingErrors(redact, () => makeFiles(input, filled));
  return { experiment, venv, shell, hashing, hostEnv: world.env, secrets, redact, ...made };
}

type Filled = Pick<Readied, 'experiment' | 'venv' | 'hashing' | 'redact'> & {
  readonly machine: Pick<Inputs, 'host' | 'gpu'>;
};

/** What needs the experiment's variables: prepared files, the command, the hashes of all that is read. */
async function makeFiles(
  input: SetUpInput,
  filled: Filled,
): Promise<Pick<Readied, 'start' | 'container' | 'inputs' | 'defaults' | 'flagNames'>> {
  const { plan, teller, interrupt, world } = input;
  const { experiment, venv, machine, hashing, redact } = filled;
  const { root } = plan.loaded;
  const { signal } = interrupt;
  const cwd = resolve(root, experiment.cwd);
  if (experiment.prepare.length > 0) {
    teller.step('preparing files');
    makeRunsFolder(root);
  }
  await prepare(experiment.prepare, {
    root,
    cwd: root,
    env: experiment.env,
    venvLockSha256: venv?.lockSha256 ?? null,
    say: (line) => teller.detail(redact(line)),
    signal,
    hashFile: async (path) => (await hashFile(path, hashing)).sha256,
  });
  const gpus = visibleGpus(experiment, machine.gpu);
  const container = await readyContainer({ experiment, root, gpus, env: world.env, teller, signal });
  const start =
    container !== null
      ? { command: container.spec.runtime.path, cwd: '/' }
      : experiment.cmd === undefined
        ? null
        : startIn(cwd, experiment.cmd, experiment.env);
  await tellProblems(input, filled);
  teller.step('hashing what the engine reads');
  const inputs = await gatherInputs({
    plan,
    experiment,
    start,
    container,
    venv,
    machine,
    hashing,
    hostEnv: world.env,
  });
  const asked = { engine: plan.engine, experiment, cwd, hostEnv: world.env, signal };
  const { defaults, names } = await engineFlags(asked);
  return { start, container, inputs, defaults, flagNames: names };
}

/** What the engine will refuse or not do: said before minutes are spent on its start. */
async function tellProblems(
  { plan, teller, interrupt, world }: SetUpInput,
  { experiment, machine, redact }: Filled,
): Promise<void> {
  if (experiment.engine === 'openai') return;
  teller.step('checking the arguments');
  const gpus = { facts: machine.gpu, capabilities: await computeCapabilities(world.env) };
  const { loaded, engine } = plan;
  const { signal } = interrupt;
  const say = (line: string): void => teller.step(line);
  const question = { loaded, experiment, engine, gpus, env: world.env, signal, say };
  for (const problem of await lintArguments(question)) teller.note(redact(`hint: ${asHint(problem)}`));
  signal.throwIfAborted();
}

function startIn(cwd: string, cmd: string, env: Record<string, string>): Readied['start'] {
  if (!existsSync(cwd)) {
    throw new BenchError(`The folder to start in, ${cwd}, is not there`, {
      exitCode: ExitCode.usage,
      hint: 'Check `cwd:`, and what `shell:` or `prepare:` give it.',
    });
  }
  return { command: findCommand(cmd, env, cwd), cwd };
}

async function makeVenv({ plan, teller, interrupt, world }: SetUpInput): Promise<VenvFacts | null> {
  const { venv } = plan.experiment;
  if (venv === undefined || !('lock' in venv) || venv.lock === undefined) return null;
  teller.step(`making the venv ${venv.path}`);
  return ensureVenv({
    root: plan.loaded.root,
    path: venv.path,
    lock: venv.lock,
    say: (line) => teller.detail(line),
    signal: interrupt.signal,
    env: world.env,
  });
}

/** Of a venv that bench did not make, as its own interpreter tells. @throws BenchError (exit 2) when it is not there. */
async function ownSitePackages(
  experiment: Experiment,
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const path = venvPath(experiment, root);
  if (path === undefined) return undefined;
  if (!existsSync(path)) {
    throw new BenchError(`The venv ${experiment.venv?.path} is not there.`, {
      exitCode: ExitCode.usage,
      hint: 'Make it, or name the file it is to be made from: venv: { path: ..., lock: ... }.',
    });
  }
  return (await askPython(join(path, 'bin/python'), env))?.sitePackages;
}

function venvPath(experiment: Experiment, root: string): string | undefined {
  return experiment.venv === undefined ? undefined : resolve(root, experiment.venv.path);
}
