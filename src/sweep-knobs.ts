import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Experiment } from './config/experiment.ts';
import { flagValue } from './engines/args.ts';
import { BenchError, ExitCode } from './errors.ts';

/** A flag or a variable, and the values to put there in turn. */
export interface Knob {
  /** `--kv-cache-dtype`, or `env.NAME`. */
  readonly flag: string;
  readonly values: readonly string[];
}

/** `--kv-cache-dtype=auto,fp8` or `env.NAME=0,1`. @throws BenchError (exit 2) for anything else. */
export function parseKnob(text: string): Knob {
  const [, flag, list] = /^(--?[A-Za-z][\w.-]*|env\.[A-Za-z_]\w*)=(.+)$/.exec(text) ?? [];
  const values = (list ?? '').split(',').map((value) => value.trim());
  if (flag !== undefined && values.every((value) => value !== '') && new Set(values).size === values.length)
    return { flag, values };
  throw new BenchError(`--knob "${text}" names no flag with values`, {
    exitCode: ExitCode.usage,
    hint: "Write it as --knob '--kv-cache-dtype=auto,fp8' or --knob 'env.NAME=0,1', each value once.",
  });
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
 * The file that puts a value over a base: a child with one knob, so that its row names a YAML that git holds.
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
  const own = isEnv ? base.env[name] : flagValue(base.args, [name]);
  if (own === value) return { config, value, text: null };
  const slug = (text: string): string => text.replace(/^-+/, '').replace(/[^A-Za-z0-9.]+/g, '-');
  const stem = basename(config).replace(/\.ya?ml$/, '');
  const path = `configs/sweep/${stem}-${slug(name)}-${slug(value)}.yaml`;
  const set = `{ ${JSON.stringify(name)}: ${JSON.stringify(value)} }`;
  const text = [
    `description: ${JSON.stringify(`${base.description}, ${name} ${value}`)}`,
    `parent: ${relative(dirname(path), config)}`,
    isEnv ? `env: ${set}` : `set: ${set}`,
    '',
  ].join('\n');
  return { config: path, value, text };
}

/** Writes the files that are not there. @throws BenchError (exit 2) when one is there and says something else. */
export function writeKnobFiles(root: string, files: readonly KnobFile[]): void {
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
  for (const { path, text } of made) {
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) writeFileSync(path, text);
  }
}
