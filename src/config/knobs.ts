import { parse } from 'yaml';
import { asJson, canonicalJson, type Json } from '../canonical.ts';
import type { Experiment } from './experiment.ts';
import { parseFlags } from './flags.ts';

/** A leaf of an experiment that reaches the engine. */
export interface Knob {
  /** `--max-num-seqs`, `--speculative-config.method`, `args[1]`, `env.PATH`, `configs/extra.yaml:kv_cache.free`. */
  readonly name: string;
  readonly kind: 'engine' | 'command' | 'flag' | 'positional' | 'env' | 'file' | 'image' | 'lock' | 'place';
  /** As text; a flag alone is `true`; of a secret the variable that it comes from, or `secret`. */
  readonly value: string;
}

/** As much of an experiment as its knobs are. */
export type KnobSubject = Pick<
  Experiment,
  'engine' | 'cmd' | 'args' | 'env' | 'secretEnv' | 'files' | 'image' | 'venv'
> &
  Partial<Pick<Experiment, 'cwd' | 'shell' | 'container' | 'prepare'>>;

/** Texts of files the engine reads, by the path the experiment gives. */
export type FileTexts = { readonly [path: string]: string };

/**
 * The knobs of an experiment: flags (JSON values leaf by leaf, repeated ones joined by a comma), positional
 * words, variables, keys of the JSON and YAML files whose texts are given (one that a flag names under the flag, so that two
 * files are compared key by key; any other file as one leaf), image, lock, and what the engine is started in and from.
 */
export function knobs(experiment: KnobSubject, fileTexts: FileTexts = {}): Knob[] {
  const { cmd, image, venv } = experiment;
  const lock = venv !== undefined && 'lock' in venv ? venv.lock : undefined;
  return [
    { name: 'engine', kind: 'engine', value: experiment.engine },
    ...(cmd === undefined ? [] : [{ name: 'cmd', kind: 'command' as const, value: cmd }]),
    ...argumentKnobs(experiment.args, fileTexts),
    ...Object.entries(experiment.env).map(([name, value]) => {
      return {
        name: `env.${name}`,
        kind: 'env' as const,
        value: experiment.secretEnv.includes(name) ? secretName(value) : value,
      };
    }),
    ...experiment.files.flatMap((path) => fileKnobs(path, fileTexts[path])),
    ...(image === undefined ? [] : [{ name: 'image', kind: 'image' as const, value: image }]),
    ...(lock === undefined ? [] : [{ name: 'lock', kind: 'lock' as const, value: lock }]),
    ...placeKnobs(experiment),
  ];
}

/** A value that was filled in already is not told. */
function secretName(value: string): string {
  return /^\$(?:\w+|\{\w+\})$/.test(value) ? `secret ${value}` : 'secret';
}

/** The surroundings that reach an engine without being an argument of it; what is left at its default is no knob. */
function placeKnobs({ cwd, shell, container, prepare, venv }: KnobSubject): Knob[] {
  const made = venv !== undefined && 'lock' in venv && venv.lock !== undefined;
  const places: [string, Json | undefined][] = [
    ['cwd', cwd === '.' ? undefined : cwd],
    ['shell', shell as Json | undefined],
    ['container', container === undefined ? undefined : asJson(container)],
    ['prepare', prepare === undefined || prepare.length === 0 ? undefined : asJson(prepare)],
    ['venv', made ? undefined : venv?.path],
  ];
  return places.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [{ name, kind: 'place' as const, value: typeof value === 'string' ? value : canonicalJson(value) }],
  );
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

function argumentKnobs(words: readonly string[], fileTexts: FileTexts): Knob[] {
  const values = new Map<string, { kind: 'flag' | 'positional'; values: string[] }>();
  let position = 0;
  for (const piece of parseFlags(words)) {
    const kind = piece.flag === null ? 'positional' : 'flag';
    const name = piece.flag ?? `args[${++position}]`;
    const inFile = piece.value === null ? null : fileLeaves(name, fileTexts[piece.value]);
    for (const [leaf, value] of inFile ?? leaves(name, piece.value ?? 'true', jsonOf(piece.value))) {
      const known = values.get(leaf);
      if (known === undefined) values.set(leaf, { kind, values: [value] });
      else known.values.push(value);
    }
  }
  return [...values].map(([name, { kind, values: all }]) => ({ name, kind, value: all.join(',') }));
}

function fileKnobs(path: string, text: string | undefined): Knob[] {
  const keys = /\.(?:json|ya?ml)$/i.test(path) ? fileLeaves(path, text) : null;
  const all = keys ?? [[path, text ?? ''] as const];
  return all.map(([name, value]) => ({ name, kind: 'file', value }));
}

/** `[name:key, value]` of each key of a JSON or YAML text; null: it is none, or has no keys. */
function fileLeaves(name: string, text: string | undefined): [string, string][] | null {
  if (text === undefined) return null;
  let value: Json;
  try {
    value = parse(text) as Json;
  } catch {
    return null;
  }
  if (value === null || typeof value !== 'object') return null;
  return leaves(`${name}:`, text, value).map(([leaf, text]) => [leaf.replace(':.', ':'), text]);
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
