import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { sha256Hex } from './canonical.ts';
import type { Experiment } from './config/experiment.ts';
import { parseFlags } from './config/flags.ts';
import { flagValue } from './engines/args.ts';
import { BenchError, ExitCode } from './errors.ts';

/** A flag or a variable, and the values to put there in turn. */
export interface Knob {
  /** `--kv-cache-dtype`, or `env.NAME`. */
  readonly flag: string;
  readonly values: readonly string[];
}

/**
 * `--kv-cache-dtype=auto,fp8` or `env.NAME=0,1`; a comma inside brackets, braces or double quotes belongs to its value.
 * @throws BenchError (exit 2) for anything else.
 */
export function parseKnob(text: string): Knob {
  const [, flag, list] = /^(--?[A-Za-z][\w.-]*|env\.[A-Za-z_]\w*)=(.+)$/.exec(text) ?? [];
  const values = atCommas(list ?? '').map((value) => value.trim());
  if (flag !== undefined && values.every((value) => value !== '') && new Set(values).size === values.length)
    return { flag, values };
  throw new BenchError(`--knob "${text}" names no flag with values`, {
    exitCode: ExitCode.usage,
    hint: "Write it as --knob '--kv-cache-dtype=auto,fp8' or --knob 'env.NAME=0,1', each value once.",
  });
}

function atCommas(text: string): string[] {
  const parts = [''];
  let depth = 0;
  let isQuoted = false;
  for (const sign of text) {
    if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && '[{('.includes(sign)) depth += 1;
    else if (!isQuoted && ']})'.includes(sign)) depth -= 1;
    if (sign === ',' && depth === 0 && !isQuoted) parts.push('');
    else parts[parts.length - 1] += sign;
  }
  return parts;
}

/** A file to write, or one that is there. */
export interface KnobFile {
  /** Relative to the root. */
  readonly config: string;
  readonly value: string;
  /** Null: the base has the value, and stands for it. */
  readonly text: string | null;
}

/**
 * The file that puts a value over a base: a child with one knob, so that its row names a YAML that git holds. Of a flag,
 * `true` is the flag alone, as in `set:`, and `false` is without it.
 * @param config of the base, relative to the root.
 */
export function knobFile(
  base: Pick<Experiment, 'args' | 'env' | 'description'>,
  config: string,
  flag: string,
  value: string,
): KnobFile {
  const isEnv = flag.startsWith('env.');
  const name = isEnv ? flag.slice('env.'.length) : flag;
  const isThere = !isEnv && parseFlags(base.args).some((piece) => piece.flag === name);
  const own = isEnv ? base.env[name] : ownValue(base.args, name, isThere);
  if (own === value) return { config, value, text: null };
  const stem = basename(config).replace(/\.ya?ml$/, '');
  const path = `configs/sweep/${stem}-${slug(name.replace(/^-+/, ''))}-${slug(value)}.yaml`;
  const text = [
    `description: ${JSON.stringify(`${base.description}, ${name} ${value}`)}`,
    `parent: ${relative(dirname(path), config)}`,
    edit(name, value, { isEnv, isThere }),
    '',
  ].join('\n');
  return { config: path, value, text };
}

/** `true` of a flag that stands alone, `false` of one that is not there; undefined: nothing that could be asked for. */
function ownValue(args: readonly string[], name: string, isThere: boolean): string | undefined {
  if (!isThere) return 'false';
  return flagValue(args, [name]) ?? 'true';
}

function edit(name: string, value: string, { isEnv, isThere }: { isEnv: boolean; isThere: boolean }): string {
  if (!isEnv && isThere && value === 'false') return `unset: [${JSON.stringify(name)}]`;
  const written = !isEnv && value === 'true' ? value : JSON.stringify(value);
  return `${isEnv ? 'env' : 'set'}: { ${JSON.stringify(name)}: ${written} }`;
}

/** As a part of a file's name; what looks like another once its signs are gone is told apart by a hash. */
function slug(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9._-]+/g, '-');
  return plain === text && plain.length <= 40
    ? plain
    : `${plain.slice(0, 32)}-${sha256Hex(text).slice(0, 6)}`;
}

/**
 * Writes the files that are not there.
 * @returns takes those away again that it wrote.
 * @throws BenchError (exit 2) when one is there and says something else.
 */
export function writeKnobFiles(root: string, files: readonly KnobFile[]): () => void {
  const made = files.flatMap(({ config, text }) =>
    text === null ? [] : [{ path: join(root, config), text }],
  );
  for (const { path, text } of made) {
    if (!existsSync(path) || readFileSync(path, 'utf8') === text) continue;
    throw new BenchError(`${relative(root, path)} is there and is not the file that this sweep would make`, {
      exitCode: ExitCode.usage,
      hint: 'Name it among the configs to sweep it as it is, or move it away.',
    });
  }
  const missing = made.filter(({ path }) => !existsSync(path));
  for (const { path, text } of missing) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return () => {
    for (const { path } of missing) rmSync(path, { force: true });
  };
}
