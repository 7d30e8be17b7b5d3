import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The two C programs, compiled. */
export interface Binaries {
  readonly engine: string;
  readonly floor: string;
  /** First line of `cc --version`. */
  readonly compiler: string;
}

/** The checkout's root: the nearest ancestor folder with a package.json, from source and from dist alike. */
export function checkoutRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** Compiles engine.c and floor.c with `cc -O2` into dist/bench/clock/. Null when there is no C compiler. */
export function compileC(): Binaries | null {
  const version = spawnSync('cc', ['--version'], { encoding: 'utf8' });
  if (version.error !== undefined) return null;
  const out = join(checkoutRoot(), 'dist', 'bench', 'clock');
  mkdirSync(out, { recursive: true });
  const compiler = version.stdout.split('\n')[0] ?? 'cc';
  return { engine: compile('engine', out), floor: compile('floor', out), compiler };
}

function compile(name: string, out: string): string {
  const source = join(checkoutRoot(), 'bench', 'clock', `${name}.c`);
  const binary = join(out, name);
  const done = spawnSync('cc', ['-O2', '-o', binary, source], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`cc could not compile ${source}:\n${done.stderr}`);
  return binary;
}
