import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { BenchError, ExitCode } from '../errors.ts';
import { type HashOptions, hashFile } from './hash-files.ts';

/** The program a command starts. */
export interface Binary {
  /** As the experiment names it. */
  readonly given: string;
  /** Where it was found, absolute. */
  readonly path: string;
  /** The file behind all links. */
  readonly realPath: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** What runs it when it is a script; null for a real executable. */
  readonly interpreter: Omit<Binary, 'interpreter'> | null;
}

/**
 * Finds a command as the kernel and a PATH would and hashes it, and its interpreter when it is a script.
 * @param path the experiment's own PATH; null when it sets none.
 * @throws BenchError exit 2 when it is not found, exit 5 when it cannot be read.
 */
export async function describeBinary(
  command: string,
  { cwd, path }: { cwd: string; path: string | null },
  options: HashOptions,
): Promise<Binary> {
  const found = findCommand(command, cwd, path);
  if (found === null) throw notFound(command, path);
  const words = shebang(found);
  const file = await hashed(command, found, options);
  if (words === null) return { ...file, interpreter: null };
  // `#!/usr/bin/env python3`: what counts is the python3 that env finds.
  const [first = '', ...rest] = words;
  const viaEnv = first.endsWith('/env')
    ? rest.find((word) => !word.startsWith('-') && !word.includes('='))
    : undefined;
  const interpreter = findCommand(viaEnv ?? first, cwd, path);
  if (interpreter === null) throw notFound(viaEnv ?? first, path);
  return { ...file, interpreter: await hashed(viaEnv ?? first, interpreter, options) };
}

/** Absolute path of an executable file; null when there is none. Names without a slash are looked up on PATH. */
function findCommand(command: string, cwd: string, path: string | null): string | null {
  const places = command.includes('/')
    ? [resolve(cwd, command)]
    : (path ?? '').split(delimiter).map((folder) => join(resolve(cwd, folder), command));
  return places.find(isExecutable) ?? null;
}

async function hashed(
  given: string,
  path: string,
  options: HashOptions,
): Promise<Omit<Binary, 'interpreter'>> {
  const { sha256, sizeBytes } = await hashFile(path, options);
  return { given, path, realPath: realpathSync(path), sha256, sizeBytes };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The words of a script's `#!` line; null when the file does not begin with one. */
function shebang(path: string): string[] | null {
  const head = Buffer.alloc(256);
  const file = openSync(path, 'r');
  try {
    const text = head.subarray(0, readSync(file, head, 0, head.length, 0)).toString('latin1');
    return text.startsWith('#!') ? (text.slice(2).split('\n')[0] ?? '').trim().split(/\s+/) : null;
  } finally {
    closeSync(file);
  }
}

function notFound(command: string, path: string | null): BenchError {
  const where = command.includes('/')
    ? 'there'
    : path === null
      ? 'anywhere: `env` sets no PATH'
      : `on the experiment's PATH (${path})`;
  return new BenchError(`${command} was not found ${where}.`, {
    exitCode: ExitCode.usage,
    hint: 'Write its full path, or add its folder to PATH in `env`.',
  });
}
