import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { type HashOptions, hashFile } from './hash-files.ts';

/** The program a command starts. */
export interface Binary {
  /** An interpreter as the script names it; else the same as `path`. */
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
 * Hashes a program, and its interpreter when it is a script.
 * @param find the absolute path of a command that a script names: how the engine itself would find it; throws when
 *   there is none.
 * @throws BenchError exit 5 when a file cannot be read, and whatever `find` throws.
 */
export async function describeBinary(
  path: string,
  find: (name: string) => string,
  options: HashOptions,
): Promise<Binary> {
  const words = shebang(path);
  const file = await hashed(path, path, options);
  if (words === null) return { ...file, interpreter: null };
  // `#!/usr/bin/env python3`: what counts is the python3 that env finds.
  const [first = '', ...rest] = words;
  const viaEnv = first.endsWith('/env')
    ? rest.find((word) => !word.startsWith('-') && !word.includes('='))
    : undefined;
  const named = viaEnv ?? first;
  return { ...file, interpreter: await hashed(named, find(named), options) };
}

async function hashed(
  given: string,
  path: string,
  options: HashOptions,
): Promise<Omit<Binary, 'interpreter'>> {
  const { sha256, sizeBytes } = await hashFile(path, options);
  return { given, path, realPath: realpathSync(path), sha256, sizeBytes };
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
