import { canonicalJson, type Json, sha256Hex } from '../canonical.ts';
import { type Experiment, experimentSchema } from './experiment.ts';
import { parseFlags } from './flags.ts';
import { canonicalTemplate } from './template.ts';

type Members = { readonly [key: string]: Json | undefined };

/** How bench measures and decides, not what is measured. */
const notMeaning = ['description', 'warmup', 'readyTimeoutMs', 'requestTimeoutMs', 'stopGraceMs', 'judge'];

/**
 * What an experiment means, before substitution: no description, timeouts, warm-up or judge, nothing that equals
 * its default, variables as `${NAME}`, of secrets only the names.
 */
export function symbolicMeaning(experiment: Experiment): Json {
  const { engine: _, ...defaults } = experimentSchema.parse({ description: '-', engine: experiment.engine });
  const meaning = withoutDefaults(experiment as Members, defaults as Members);
  return Object.fromEntries(Object.entries(meaning).filter(([key]) => !notMeaning.includes(key)));
}

/**
 * The experiment's name by content: 12 hex digits of sha256 over its meaning and the hashes of the files it
 * names. The same in every clone; overrides of the command line are not part of it.
 * @param namedFileHashes sha256 by path relative to the root, of those named files (`namedFiles`) git tracks.
 */
export function expId(
  loaded: { readonly symbolic: Json },
  namedFileHashes: { readonly [path: string]: string },
): string {
  return sha256Hex(canonicalJson({ meaning: loaded.symbolic, files: namedFileHashes })).slice(0, 12);
}

/**
 * Paths relative to the root, or absolute, of files the experiment names: queries, lock, files, inputs of steps,
 * and every argument that may be a path. Not all need exist; what lies in the venv is left out.
 */
export function namedFiles(experiment: Experiment): string[] {
  const fromArgs = parseFlags(experiment.args).flatMap((piece) => piece.value ?? []);
  const paths = [
    experiment.workload.queries,
    ...(experiment.venv !== undefined && 'lock' in experiment.venv ? [experiment.venv.lock ?? ''] : []),
    ...experiment.files,
    ...experiment.prepare.flatMap((step) => step.inputs),
    ...fromArgs.filter((word) => /[./]/.test(word) && !/[\s{}]/.test(word) && !word.includes('://')),
  ];
  const inRoot = paths.map((path) => path.replace(/^\$(?:REPO_ROOT|\{REPO_ROOT\})\//, ''));
  return [...new Set(inRoot)].filter((path) => path !== '' && !path.includes('$'));
}

function withoutDefaults(value: Members, defaults: Members): Members {
  const kept = Object.entries(value).flatMap(([key, member]): [string, Json][] => {
    const usual = defaults[key];
    if (member === undefined || (usual !== undefined && canonicalJson(member) === canonicalJson(usual)))
      return [];
    if (isMembers(member) && isMembers(usual)) return [[key, withoutDefaults(member, usual) as Json]];
    return [[key, symbolic(member)]];
  });
  return Object.fromEntries(kept);
}

function isMembers(value: Json | undefined): value is Members {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function symbolic(value: Json): Json {
  if (typeof value === 'string') return canonicalTemplate(value);
  if (Array.isArray(value)) return value.map(symbolic);
  if (!isMembers(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, symbolic(member ?? null)]));
}
