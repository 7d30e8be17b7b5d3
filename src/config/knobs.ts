import { parse } from 'yaml';
import type { Json } from '../canonical.ts';
import type { Experiment } from './experiment.ts';
import { parseFlags } from './flags.ts';

/** A leaf of an experiment that reaches the engine. */
export interface Knob {
  /** `--max-num-seqs`, `--speculative-config.method`, `args[1]`, `env.PATH`, `configs/extra.yaml:kv_cache.free`. */
  readonly name: string;
  readonly kind: 'engine' | 'command' | 'flag' | 'positional' | 'env' | 'file' | 'image' | 'lock';
  /** As text; a flag alone is `true`; a secret is `secret`. */
  readonly value: string;
}

/** As much of an experiment as its knobs are. */
export type KnobSubject = Pick<
  Experiment,
  'engine' | 'cmd' | 'args' | 'env' | 'secretEnv' | 'files' | 'image' | 'venv'
>;

/** Texts of files the engine reads, by the path the experiment gives. */
export type FileTexts = { readonly [path: string]: string };

/**
 * The knobs of an experiment: flags (JSON values leaf by leaf, repeated ones joined by a comma), positional
 * words, variables, keys of the files whose texts are given (the file as one leaf otherwise), image, lock.
 */
export function knobs(experiment: KnobSubject, fileTexts: FileTexts = {}): Knob[] {
  const { cmd, image, venv } = experiment;
  const lock = venv !== undefined && 'lock' in venv ? venv.lock : undefined;
  return [
    { name: 'engine', kind: 'engine', value: experiment.engine },
    ...(cmd === undefined ? [] : [{ name: 'cmd', kind: 'command' as const, value: cmd }]),
    ...argumentKnobs(experiment.args),
    ...Object.entries(experiment.env).map(([name, value]) => {
      return {
        name: `env.${name}`,
        kind: 'env' as const,
        value: experiment.secretEnv.includes(name) ? 'secret' : value,
      };
    }),
    ...[...new Set([...experiment.files, ...Object.keys(fileTexts)])].flatMap((path) =>
      fileKnobs(path, fileTexts[path]),
    ),
    ...(image === undefined ? [] : [{ name: 'image', kind: 'image' as const, value: image }]),
    ...(lock === undefined ? [] : [{ name: 'lock', kind: 'lock' as const, value: lock }]),
  ];
}

/**
 * How far an experiment is from the engine as it comes: flags, variables and file keys whose value is not the
 * engine's default; an unknown default counts 1, and so does each member of a group. Model, lock, image, PATH,
 * HOME, secrets and cache paths cost nothing.
 * @param defaults the engine's own value by knob name, as text, where it is known.
 */
export function complexity(
  experiment: Experiment,
  known: { readonly fileTexts?: FileTexts; readonly defaults?: { readonly [name: string]: string } } = {},
): number {
  const costly = knobs(experiment, known.fileTexts).filter((knob) => {
    if (knob.kind !== 'flag' && knob.kind !== 'env' && knob.kind !== 'file') return false;
    return known.defaults?.[knob.name] !== knob.value && !isFree(knob, experiment);
  });
  return costly.length;
}

const freeFlags =
  /^(?:-m|--model|--model-path|--model-url|-mu|-hf|-hfr|--hf-repo|--hf-file|-hff|--served-model-name|--alias|-a|--revision|--download-dir)$/;
const freeVariables = /^(?:PATH|HOME|HF_HOME|.*_CACHE(?:_.*)?|CACHE_.*|TRANSFORMERS_CACHE)$/;

function isFree(knob: Knob, experiment: Experiment): boolean {
  if (knob.kind === 'flag') return freeFlags.test(knob.name);
  if (knob.kind !== 'env') return false;
  const name = knob.name.slice('env.'.length);
  return experiment.secretEnv.includes(name) || freeVariables.test(name);
}

function argumentKnobs(words: readonly string[]): Knob[] {
  const values = new Map<string, { kind: 'flag' | 'positional'; values: string[] }>();
  let position = 0;
  for (const piece of parseFlags(words)) {
    const kind = piece.flag === null ? 'positional' : 'flag';
    const name = piece.flag ?? `args[${++position}]`;
    for (const [leaf, value] of leaves(name, piece.value ?? 'true', jsonOf(piece.value))) {
      const known = values.get(leaf);
      if (known === undefined) values.set(leaf, { kind, values: [value] });
      else known.values.push(value);
    }
  }
  return [...values].map(([name, { kind, values: all }]) => ({ name, kind, value: all.join(',') }));
}

function fileKnobs(path: string, text: string | undefined): Knob[] {
  if (text === undefined || !/\.(?:json|ya?ml)$/i.test(path))
    return [{ name: path, kind: 'file', value: text ?? '' }];
  let value: Json;
  try {
    value = parse(text) as Json;
  } catch {
    return [{ name: path, kind: 'file', value: text }];
  }
  return leaves(`${path}:`, text, value).map(([name, leaf]) => ({
    name: name.replace(':.', ':'),
    kind: 'file',
    value: leaf,
  }));
}

function jsonOf(text: string | null): Json {
  if (text === null || !/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** `[name, value]` of each leaf of a value that is a list or a map; of the text itself otherwise. */
function leaves(name: string, text: string, value: Json): [string, string][] {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) return [[name, text]];
  return Object.entries(value).flatMap(([key, member]) => {
    const inner = member ?? null;
    return leaves(`${name}.${key}`, typeof inner === 'string' ? inner : JSON.stringify(inner), inner);
  });
}
