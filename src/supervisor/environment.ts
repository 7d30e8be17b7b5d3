import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BenchError, ExitCode } from '../errors.ts';
import { readProc, splitNul } from './procfs.ts';

/**
 * The absolute path of an engine's command: a name is looked up on the PATH of the file's own env (never
 * bench's), a path is taken from `cwd`.
 * @throws BenchError (exit 2) when it is not there, not executable, or its `#!` interpreter is missing.
 */
export function findCommand(cmd: string, env: Readonly<Record<string, string>>, cwd: string): string {
  if (cmd === '') throw notFound('The command is empty.', 'Name a program in `cmd:`.');
  const candidates = cmd.includes('/') ? [resolve(cwd, cmd)] : onPath(cmd, env.PATH, cwd);
  const found = candidates.find((path) => problem(path) === null);
  if (found !== undefined) {
    requireInterpreter(found);
    return found;
  }
  const refused = candidates.find((path) => problem(path) === 'not executable');
  if (refused !== undefined) throw notFound(`${refused} is not executable.`, `chmod +x ${refused}`);
  if (cmd.includes('/'))
    throw notFound(`${candidates[0]} is ${problem(candidates[0] ?? '')}.`, 'Check `cmd:` and `cwd:`.');
  throw notFound(
    `${cmd} was not found on the PATH of the experiment's env (${env.PATH}).`,
    'Give `cmd:` as a path, or extend PATH under `env:`; the PATH of your shell is not used.',
  );
}

/**
 * Refuses what no process can be started with.
 * @throws BenchError (exit 2) for a working directory that is none, or an env name or value the kernel cannot hold.
 */
export function requireStartable(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): void {
  if (!isDirectory(cwd)) throw notFound(`The working directory ${cwd} is not a directory.`, 'Check `cwd:`.');
  const nul = argv.find((word) => word.includes('\0'));
  if (nul !== undefined) throw notFound('An argument holds a NUL byte.', 'Remove it from `args:`.');
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || /[=\0]/.test(name))
      throw notFound(`${JSON.stringify(name)} cannot be the name of a variable.`, 'Check `env:`.');
    if (value.includes('\0')) throw notFound(`The value of ${name} holds a NUL byte.`, 'Check `env:`.');
  }
}

/**
 * An environment for child_process.spawn that reaches the child as it stands. Node adds its own
 * NODE_V8_COVERAGE unless the name is there; an undefined value is there and is not handed over.
 */
export function exactEnvironment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return Object.assign(Object.create(null), { NODE_V8_COVERAGE: undefined }, env);
}

/** How a process's environment differs from what it was given: names, sorted. */
export interface EnvironmentDifference {
  readonly missing: readonly string[];
  readonly added: readonly string[];
  readonly changed: readonly string[];
}

/**
 * Compares /proc/<pid>/environ with what the process should have got; read right after the spawn, before
 * the engine can retitle itself. Null when equal, `unreadable` when the process is gone already.
 */
export function compareEnvironment(
  pid: number,
  expected: Readonly<Record<string, string>>,
): EnvironmentDifference | 'unreadable' | null {
  const bytes = readProc(pid, 'environ');
  if (bytes === null || (bytes.length === 0 && Object.keys(expected).length > 0)) return 'unreadable';
  return differenceOf(parseEnviron(bytes), expected);
}

/** How an environment differs from what it should be; null when it does not. */
export function differenceOf(
  actual: ReadonlyMap<string, string>,
  expected: Readonly<Record<string, string>>,
): EnvironmentDifference | null {
  const missing = Object.keys(expected).filter((name) => !actual.has(name));
  const added = [...actual.keys()].filter((name) => !Object.hasOwn(expected, name));
  const changed = Object.keys(expected).filter(
    (name) => actual.has(name) && actual.get(name) !== expected[name],
  );
  if (missing.length + added.length + changed.length === 0) return null;
  return { missing: missing.sort(), added: added.sort(), changed: changed.sort() };
}

/** A finding for each way in which the engine's environment is not the one it was given. */
export function environmentFindings(difference: EnvironmentDifference | 'unreadable' | null): string[] {
  if (difference === null) return [];
  if (difference === 'unreadable') {
    return ['env-unverified: the first process ended before its environment could be read back'];
  }
  const parts = Object.entries(difference)
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what}: ${names.join(', ')}`);
  return [`env-differs: the engine's environment is not the file's (${parts.join('; ')})`];
}

/** The bytes of an environ file -> name to value. A string without `=` becomes a name with an empty value. */
export function parseEnviron(bytes: Buffer): Map<string, string> {
  return new Map(
    splitNul(bytes).map((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** The places a name may be, in PATH's order; an empty or relative entry counts from `cwd`, as execvp does. */
function onPath(cmd: string, path: string | undefined, cwd: string): string[] {
  if (path === undefined || path === '') {
    throw notFound(
      `${cmd} cannot be looked up: the experiment's env has no PATH.`,
      'Give `cmd:` as a path, or set PATH under `env:`; the PATH of your shell is not used.',
    );
  }
  return path.split(':').map((folder) => resolve(cwd, folder, cmd));
}

function problem(path: string): 'not there' | 'not a file' | 'not executable' | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 'not there';
  if (!stat.isFile()) return 'not a file';
  try {
    accessSync(path, constants.X_OK);
    return null;
  } catch {
    return 'not executable';
  }
}

/** The kernel answers ENOENT for a script whose interpreter is missing, which reads as if the script were. */
function requireInterpreter(path: string): void {
  const interpreter = /^#![ \t]*(\/[^\s]*)/.exec(firstBytes(path))?.[1];
  if (interpreter !== undefined && statSync(interpreter, { throwIfNoEntry: false }) === undefined) {
    throw notFound(
      `${path} is a script for ${interpreter}, which is not there.`,
      'A virtual environment that was moved has such scripts; make it again.',
    );
  }
}

function firstBytes(path: string): string {
  try {
    const fd = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(256);
      return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    // An execute-only binary: nothing to learn from it.
    return '';
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function notFound(message: string, hint: string): BenchError {
  return new BenchError(message, { exitCode: ExitCode.usage, hint });
}
