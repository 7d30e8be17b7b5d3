import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { canonicalJson, type Json, sha256Hex } from '../canonical.ts';
import { BenchError, ExitCode } from '../errors.ts';
import { withLock } from './lock.ts';
import { runStep } from './run-step.ts';

/** One `prepare:` entry: a command that makes a file or folder out of others. */
export interface PrepareStep {
  readonly run: readonly string[];
  readonly makes: string;
  readonly inputs: readonly string[];
}

/** What a step made. */
export interface Prepared {
  /** As the experiment names it. */
  readonly makes: string;
  /** sha256 of the command, the inputs' contents and the venv's lock. */
  readonly key: string;
  /** False when it was there already. */
  readonly ran: boolean;
}

/** Where and with what the steps run. */
export interface PrepareOptions {
  /** What `makes` and `inputs` are relative to. */
  readonly root: string;
  /** Working folder of the commands, absolute. */
  readonly cwd: string;
  /** The experiment's whole environment: nothing is added but PREPARE_OUTPUT. */
  readonly env: { readonly [name: string]: string };
  /** Of the venv the commands use; null when there is none. */
  readonly venvLockSha256: string | null;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** sha256 of a file's content, lower-case hex. */
  readonly hashFile: (path: string) => Promise<string>;
}

/**
 * Runs the steps in order, each once for the same command, inputs and venv. The output appears at its path only
 * when the command has succeeded: an argument that is the `makes` path (or `--flag=` and that path), and the
 * variable PREPARE_OUTPUT, name a place beside it, which is renamed at the end.
 * @throws BenchError exit 2 for a missing input, exit 5 when a command fails, makes nothing, or its output's path
 *   holds something it did not make; the signal's reason when aborted.
 */
export async function prepare(steps: readonly PrepareStep[], options: PrepareOptions): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  for (const step of steps) prepared.push(await prepareOne(step, options));
  return prepared;
}

async function prepareOne(step: PrepareStep, options: PrepareOptions): Promise<Prepared> {
  const { root, say, signal } = options;
  const output = resolve(root, step.makes);
  const state = join(root, '.bench_runs/prepare', sha256Hex(relative(root, output)).slice(0, 12));
  const key = await keyOf(step, options);
  const waiting = (pid: number): void =>
    say(`prepare ${step.makes}: another bench (pid ${pid}) is making it; waiting`);
  return withLock(state, { waiting, signal }, async () => {
    const known = readState(state);
    const now = shapeOf(output);
    if (now !== null && known?.key === key && known.shape === now)
      return { makes: step.makes, key, ran: false };
    if (now !== null && known?.shape !== now) throw notOurs(step);
    await make(step, output, options, (shape) => {
      writeFileSync(join(state, 'made.json'), JSON.stringify({ key, shape }));
    });
    return { makes: step.makes, key, ran: true };
  });
}

async function make(
  step: PrepareStep,
  output: string,
  { cwd, root, env, say, signal }: PrepareOptions,
  note: (shape: string) => void,
): Promise<void> {
  const beside = join(dirname(output), `.prepare-${sha256Hex(output).slice(0, 12)}`);
  const partial = join(beside, basename(output));
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { recursive: true });
  say(`prepare ${step.makes}: ${step.run.join(' ')}`);
  const wasThere = shapeOf(output) !== null;
  try {
    const argv = step.run.map((argument) => redirect(argument, step.makes, output, partial));
    const end = await runStep(argv, { cwd, env: { ...env, PREPARE_OUTPUT: partial }, signal });
    const leftover = wasThere || shapeOf(output) === null ? '' : wroteItself(step);
    if (end.exitCode !== 0) {
      const how = end.startError ?? `exit ${end.exitCode ?? 'by a signal'}`;
      throw failed(step, how + leftover, end.lines);
    }
    const shape = shapeOf(partial);
    if (shape === null) {
      const how = 'it must write to that path, as an argument or $PREPARE_OUTPUT';
      throw failed(step, how + leftover, end.lines);
    }
    rmSync(output, { recursive: true, force: true });
    // Noted between the two: killed at any point, what stands at the path is this step's, or nothing does.
    note(shape);
    renameSync(partial, output);
    say(`prepare ${relative(root, output)}: done`);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** Left alone, for nobody knows whether something else needs it; but said, for it stops the next run. */
function wroteItself({ makes }: PrepareStep): string {
  return `; it wrote ${makes} itself: remove that, and let the command write to $PREPARE_OUTPUT`;
}

function redirect(argument: string, makes: string, output: string, partial: string): string {
  for (const path of [makes, output]) {
    if (argument === path) return partial;
    if (argument.startsWith('-') && argument.endsWith(`=${path}`))
      return argument.slice(0, -path.length) + partial;
  }
  return argument;
}

async function keyOf(step: PrepareStep, { root, venvLockSha256, hashFile }: PrepareOptions): Promise<string> {
  const inputs: Json[] = [];
  for (const input of step.inputs) {
    for (const path of filesUnder(resolve(root, input), input)) {
      inputs.push([relative(root, path), await hashFile(path)]);
    }
  }
  return sha256Hex(
    canonicalJson({
      rule: 'bench-prepare-1',
      run: step.run,
      makes: step.makes,
      inputs,
      venv: venvLockSha256,
    }),
  );
}

/** Regular files under a path in a fixed order, links followed no further than the path itself. */
function filesUnder(path: string, shown: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [path];
    throw new BenchError(`prepare: the input ${shown} cannot be read: ${(error as Error).message}.`, {
      exitCode: ExitCode.usage,
      hint: 'Check `inputs` of the step; paths are relative to the repository.',
    });
  }
}

/** Hash over names, sizes and modification times of what stands at a path; null when nothing does. */
function shapeOf(path: string): string | null {
  const hash = createHash('sha256');
  const visit = (at: string): void => {
    const { size, mtimeNs, mode } = lstatSync(at, { bigint: true });
    const kind = mode & 0o170000n;
    if (kind === 0o040000n) {
      hash.update(`d ${relative(path, at)}\0`);
      for (const name of readdirSync(at).sort()) visit(join(at, name));
    } else if (kind === 0o120000n) hash.update(`l ${relative(path, at)}\0${readlinkSync(at)}\0`);
    else hash.update(`f ${relative(path, at)}\0${size} ${mtimeNs}\0`);
  };
  try {
    visit(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return hash.digest('hex');
}

function readState(state: string): { key: string; shape: string } | null {
  try {
    return JSON.parse(readFileSync(join(state, 'made.json'), 'utf8')) as { key: string; shape: string };
  } catch {
    return null;
  }
}

function notOurs(step: PrepareStep): BenchError {
  return new BenchError(
    `prepare: ${step.makes} exists and is not what this step last made; it is left alone.`,
    {
      exitCode: ExitCode.host,
      hint: `Move it away and run again to have it made, or drop the step to use it as it is.`,
    },
  );
}

function failed(step: PrepareStep, how: string, lines: readonly string[]): BenchError {
  const last = lines.filter((line) => line.trim() !== '').slice(-6);
  return new BenchError(`prepare: \`${step.run.join(' ')}\` did not make ${step.makes} (${how}).`, {
    exitCode: ExitCode.host,
    hint:
      last.length === 0 ? 'It printed nothing.' : `It said:\n${last.map((line) => `  | ${line}`).join('\n')}`,
  });
}
