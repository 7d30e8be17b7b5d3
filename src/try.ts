import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { openBundle, withoutSecrets } from './bundle.ts';
import { findCheckout } from './checkout.ts';
import { substitute } from './config/substitute.ts';
import { BenchError, ExitCode } from './errors.ts';
import { type Interrupt, interruptibly } from './interrupt.ts';
import { type LaunchInput, type LaunchOutcome, runLaunch } from './launch.ts';
import type { LaunchFailure } from './launch-failure.ts';
import { newRunId } from './ledger/run-id.ts';
import { rootOf } from './ledger-story.ts';
import { type Clock, startClock } from './measure/clock.ts';
import { measureOverhead } from './overhead.ts';
import { type Plan, plannedRequests, planRun } from './plan.ts';
import { hashNamed, lookAtMachine, modelCell, visibleGpus } from './provenance.ts';
import { redactingErrors } from './redacted-errors.ts';
import { reachRemote, remoteAddress, runRemote } from './remote.ts';
import { takeMachine } from './set-up.ts';
import { cacheFolder, openHashCache } from './snapshot/hash-cache.ts';
import { redactor } from './snapshot/redact.ts';
import { type SummaryInput, summarize } from './stats/summarize.ts';
import type { Summary } from './stats/summary.ts';
import { findCommand } from './supervisor/environment.ts';
import { sweepStale } from './supervisor/sweep.ts';
import type { Teller } from './teller.ts';
import { type NamedSecret, notesOn, secretsIn, shownWithout, variablesOf } from './try-secrets.ts';
import { passedOn, type TryChoices, type TryTarget, tryYaml, withoutAddress, wordsOf } from './try-yaml.ts';
import type { World } from './world.ts';

/** What `bench try` is asked. */
export interface TryRequest extends Omit<TryChoices, 'queries' | 'cwd' | 'secrets'> {
  readonly target: TryTarget;
  /** Where the experiment goes, relative to the working directory; null: only shown. */
  readonly saveTo: string | null;
  readonly wait: boolean;
}

/** What it found. */
export interface TryResult {
  /** The address, or the command as it was given; secrets as `$NAME`. */
  readonly target: string;
  readonly engine: string;
  readonly engineVersion: string | null;
  /** As the ledger names it. */
  readonly model: string | null;
  readonly summary: Summary;
  readonly yaml: string;
}

type Measured = Omit<TryResult, 'target' | 'yaml'>;

/** Warm-up and measuring together: with start and stop the whole stays under a minute. */
const enoughMs = 40_000;
const warmUpShare = 0.4;
const fewestMeasured = 3;
const mostWarmUps = 6;

/**
 * Measures a server now, by the path every experiment takes, and leaves nothing but the file asked for.
 * @throws BenchError: exit 2 for the target, 4 when the server died, 5 when it does not answer or too much failed.
 */
export async function tryTarget(request: TryRequest, teller: Teller, world: World): Promise<TryResult> {
  const root = await rootOf(world);
  const asked = cleaned(request, teller);
  requireCommand(asked, request.extraEnv, world);
  const saved = request.saveTo === null ? null : resolve(world.cwd, request.saveTo);
  if (saved !== null && existsSync(saved)) {
    throw new BenchError(`${request.saveTo} is there already`, {
      exitCode: ExitCode.usage,
      hint: 'Choose another name for --save.',
    });
  }
  const secrets = secretsIn(wordsOf(request.target, request.model), world.env);
  for (const line of notesOn(secrets)) teller.note(line);
  const own = { ...world, env: { ...world.env, ...variablesOf(secrets) } };
  const folder = await mkdtemp(join(tmpdir(), 'bench-try-'));
  try {
    const queries = join(findCheckout().root, 'queries/queries.csv');
    const config = join(folder, 'try.yaml');
    await writeFile(config, tryYaml(asked, { ...request, secrets, queries, cwd: world.cwd }, own.env));
    const measured = await measure({ config, folder, secrets, wait: request.wait }, teller, own);
    const cwd = relative(root, world.cwd) || null;
    const choices = { ...request, secrets, queries: 'queries/queries.csv', cwd };
    const yaml = tryYaml(asked, choices, own.env);
    if (saved !== null) await save(saved, yaml, join(root, 'queries/queries.csv'), queries);
    return { ...measured, target: shownWithout(wordsOf(request.target).join(' '), secrets), yaml };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function cleaned(request: TryRequest, teller: Teller): TryTarget {
  if (request.target.kind === 'url') return request.target;
  const { words, dropped } = withoutAddress(request.target.words, [request.hostFlag, request.portFlag]);
  if (dropped.length > 0)
    teller.note(`left out ${dropped.join(' ')}: bench gives the server an address that only it knows`);
  return { kind: 'command', words };
}

/** Looks the command up as the launch will, but says what is wrong to a person who has no file. */
function requireCommand(target: TryTarget, extraEnv: readonly string[], world: World): void {
  if (target.kind === 'url') return;
  const [command = ''] = target.words;
  const env = passedOn(world.env, extraEnv).map((name): [string, string] => [name, world.env[name] ?? '']);
  try {
    findCommand(command, Object.fromEntries(env), world.cwd);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    // Other hints, as for a program that may not be executed, speak of no file.
    if (!/`(?:cmd|env):`/.test(error.hint)) throw error;
    throw new BenchError(
      command.includes('/') ? error.message : `${command || 'The empty name'} was not found on your PATH`,
      { exitCode: ExitCode.usage, hint: 'Check the name, or give its full path.' },
    );
  }
}

/** What is to be measured: the experiment's file, and a folder for what a launch leaves. */
interface Measuring {
  readonly config: string;
  readonly folder: string;
  readonly wait: boolean;
  /** Secret beside what the file says is. */
  readonly secrets: readonly NamedSecret[];
}

async function measure(measuring: Measuring, teller: Teller, world: World): Promise<Measured> {
  const { config, secrets, wait } = measuring;
  const values = secrets.map(({ value }) => value);
  const flags = { commit: false, allowDirty: true, keepOutputs: false, wait };
  const plan = await redactingErrors(redactor(values), () => planRun(config, flags, world));
  const redact = redactor([...new Set([...plan.loaded.secrets, ...values])]);
  return redactingErrors(redact, () =>
    interruptibly(async (interrupt) => {
      const runId = newRunId();
      const machine = await lookAtMachine(world.env);
      const gpus = visibleGpus(plan.experiment, machine.gpu);
      const lock = await takeMachine({ runId, wait, interrupt, teller, world }, gpus, 'bench try');
      try {
        await sweepStale();
        const files = openBundle(measuring.folder, runId, redact).launch(1);
        return await measurePlan(plan, { runId, files, interrupt, teller, redact, world });
      } finally {
        lock.release();
      }
    }),
  );
}

type Parts = Pick<LaunchInput, 'runId' | 'files' | 'interrupt' | 'teller' | 'redact'> & {
  readonly world: World;
};

async function measurePlan(plan: Plan, parts: Parts): Promise<Measured> {
  const { interrupt, teller, redact, world } = parts;
  const { root } = plan.loaded;
  const overhead = await measureOverhead(findCheckout().root, interrupt.signal);
  teller.step('hashing what the engine reads');
  const named = await hashNamed(
    substitute(plan.experiment, { REPO_ROOT: root }),
    { cwd: world.cwd, root },
    { cache: openHashCache(cacheFolder(world.env)), signal: interrupt.signal },
  );
  const stated = { version: null as string | null };
  const outcome = await launchOf({
    ...launchInput(plan, parts),
    async freeze(seen) {
      stated.version = plan.engine.version(seen.stated);
      return true;
    },
  });
  const known = { planned: plannedRequests(plan), clientErrorMs: overhead?.ttftP99Ms ?? 1 };
  const measured = {
    engine: plan.experiment.engine,
    engineVersion: stated.version,
    // Redacted before it is cut to the file's name: nobody recognises half a secret.
    model: modelCell(outcome.model === null ? null : redact(outcome.model), { files: named, hubModel: null }),
    summary: summaryOf(outcome, interrupt, known),
  };
  return withoutSecrets(measured, redact);
}

function launchInput(plan: Plan, parts: Parts): Omit<LaunchInput, 'freeze'> {
  const { world, ...rest } = parts;
  const clock = startClock();
  return {
    ...rest,
    number: 1,
    of: 1,
    plan,
    experiment: substitute(plan.experiment, { REPO_ROOT: plan.loaded.root }),
    command: '',
    container: null,
    cwd: world.cwd,
    clock,
    isEnough: (count, part) => isEnough(count, part, clock),
  };
}

function isEnough(count: number, part: 'warm-up' | 'measured', clock: Clock): boolean {
  const spentMs = clock.now() / 1e6;
  if (part === 'warm-up') return count >= mostWarmUps || spentMs > enoughMs * warmUpShare;
  return count >= fewestMeasured && spentMs > enoughMs;
}

async function launchOf(input: LaunchInput): Promise<LaunchOutcome> {
  const { experiment } = input;
  if (experiment.cmd === undefined)
    return runRemote(input, await reachRemote(remoteAddress(experiment), input.redact));
  return runLaunch({ ...input, command: findCommand(experiment.cmd, experiment.env, input.cwd) });
}

function summaryOf(
  outcome: LaunchOutcome,
  interrupt: Interrupt,
  known: Pick<SummaryInput, 'planned' | 'clientErrorMs'>,
): Summary {
  const { failure, result } = outcome;
  if (failure !== null || result === null) {
    if (failure?.bug) throw failure.bug;
    const lines = failure?.lines.map((line) => `\n  ${line}`).join('') ?? '';
    throw new BenchError(`${failure?.message ?? 'Nothing was measured.'}${lines}`, {
      exitCode: failure?.exitCode ?? interrupt.exitCode() ?? ExitCode.host,
      hint: failure === null ? '' : hintFor(failure),
    });
  }
  return summarize({
    arm: 'candidate',
    requests: result.requests,
    warmUps: [result.warmUp],
    speculative: false,
    histograms: result.histogram === null ? [] : [{ launch: outcome.number, ...result.histogram }],
    ...known,
    findings: [...outcome.findings, ...result.findings],
  });
}

/** What points at engine.log helps nobody here: the folder is gone. */
function hintFor({ detail, lines, hint }: LaunchFailure): string {
  if (detail !== 'engine-error') return hint;
  return lines.length === 0 ? 'It wrote nothing.' : 'Start it by hand to see all that it writes.';
}

async function save(path: string, yaml: string, queries: string, shipped: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, yaml, { flag: 'wx' });
  if (existsSync(queries)) return;
  await mkdir(dirname(queries), { recursive: true });
  await copyFile(shipped, queries);
}
