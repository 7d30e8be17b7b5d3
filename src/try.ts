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
import { type Plan, planRun } from './plan.ts';
import { lookAtMachine, visibleGpus } from './provenance.ts';
import { reachRemote, remoteAddress, runRemote } from './remote.ts';
import { takeMachine } from './set-up.ts';
import { redactText } from './snapshot/redact.ts';
import { summarize } from './stats/summarize.ts';
import type { Summary } from './stats/summary.ts';
import { findCommand } from './supervisor/environment.ts';
import { sweepStale } from './supervisor/sweep.ts';
import type { Teller } from './teller.ts';
import { passedOn, type TryChoices, type TryTarget, tryYaml, withoutAddress } from './try-yaml.ts';
import type { World } from './world.ts';

/** What `bench try` is asked. */
export interface TryRequest extends Omit<TryChoices, 'queries' | 'cwd'> {
  readonly target: TryTarget;
  /** Where the experiment goes, relative to the working directory; null: only shown. */
  readonly saveTo: string | null;
  readonly wait: boolean;
}

/** What it found. */
export interface TryResult {
  readonly engine: string;
  readonly engineVersion: string | null;
  readonly model: string | null;
  readonly summary: Summary;
  readonly yaml: string;
}

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
  const folder = await mkdtemp(join(tmpdir(), 'bench-try-'));
  try {
    const queries = join(findCheckout().root, 'queries/queries.csv');
    const config = join(folder, 'try.yaml');
    await writeFile(config, tryYaml(asked, { ...request, queries, cwd: world.cwd }, world.env));
    const measured = await measure(config, folder, request, teller, world);
    const cwd = relative(root, world.cwd);
    const yaml = tryYaml(
      asked,
      { ...request, queries: 'queries/queries.csv', cwd: cwd === '' ? null : cwd },
      world.env,
    );
    if (saved !== null) await save(saved, yaml, join(root, 'queries/queries.csv'), queries);
    return { ...measured, yaml };
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

async function measure(
  config: string,
  folder: string,
  request: TryRequest,
  teller: Teller,
  world: World,
): Promise<Omit<TryResult, 'yaml'>> {
  const flags = { commit: false, allowDirty: true, keepOutputs: false, wait: request.wait };
  const plan = await planRun(config, flags, world);
  const runId = newRunId();
  return interruptibly(async (interrupt) => {
    const machine = await lookAtMachine(world.env);
    const gpus = visibleGpus(plan.experiment, machine.gpu);
    const waiting = { runId, wait: request.wait, interrupt, teller, world };
    const lock = await takeMachine(waiting, gpus, 'bench try');
    try {
      await sweepStale();
      const overhead = await measureOverhead(findCheckout().root, interrupt.signal);
      const redact = (text: string): string => redactText(text, plan.loaded.secrets);
      const files = openBundle(folder, runId, redact).launch(1);
      const stated = { version: null as string | null };
      const outcome = await launchOf({
        ...launchInput(plan, { runId, files, interrupt, teller, world }),
        async freeze(seen) {
          stated.version = plan.engine.version(seen.stated, '');
          return true;
        },
      });
      const summary = withoutSecrets(summaryOf(outcome, interrupt, overhead?.ttftP99Ms ?? 1), redact);
      return { engine: plan.experiment.engine, engineVersion: stated.version, model: outcome.model, summary };
    } finally {
      lock.release();
    }
  });
}

function launchInput(
  plan: Plan,
  parts: Pick<LaunchInput, 'runId' | 'files' | 'interrupt' | 'teller'> & { readonly world: World },
): Omit<LaunchInput, 'freeze'> {
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
    redact: (text) => redactText(text, plan.loaded.secrets),
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
  if (experiment.cmd === undefined) return runRemote(input, await reachRemote(remoteAddress(experiment)));
  return runLaunch({ ...input, command: findCommand(experiment.cmd, experiment.env, input.cwd) });
}

function summaryOf(outcome: LaunchOutcome, interrupt: Interrupt, clientErrorMs: number): Summary {
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
    clientErrorMs,
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
