import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Fact } from './probe.ts';

/** A model that the engine finds by its hub id, as the hub's cache on this host has it; nothing of it is read. */
export interface HubModel {
  readonly id: string;
  /** Commit of the model's repository. */
  readonly revision: Fact<string>;
  /** What the engine was told to take: `main` unless a flag says otherwise. */
  readonly ref: string;
  /** The cache's folder of this model. */
  readonly cache: string;
  readonly files: readonly HubFile[];
}

/** A file of the snapshot that the revision names. */
export interface HubFile {
  readonly path: string;
  /** The blob's name: sha256 of the content for large files (LFS), git's sha1 for small ones; null for a plain file. */
  readonly blob: string | null;
  readonly sizeBytes: number | null;
}

type Env = { readonly [name: string]: string | undefined };

const hubId = /^[A-Za-z0-9][\w.-]*\/[\w.-]+$/;
const revisionFlags = new Set(['--revision', '--model-revision']);

/**
 * The first word of a command line that is a hub id whose model lies in the engine's cache; null when none does.
 * @param words arguments, and the experiment's `model`.
 * @param env the engine's own: HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME and HOME say where the cache is.
 * @param onHost a place as the engine names it -> the same place here.
 */
export function findHubModel(
  words: readonly string[],
  env: Env,
  onHost: (path: string) => string = (path) => path,
): HubModel | null {
  const root = hubCache(env);
  if (root === null) return null;
  const ref = revisionAsked(words) ?? 'main';
  for (const id of words.flatMap((word) => [word, word.slice(word.indexOf('=') + 1)])) {
    if (!hubId.test(id)) continue;
    const cache = join(onHost(root), `models--${id.replaceAll('/', '--')}`);
    if (namesIn(cache).length > 0) return { id, ref, cache, ...snapshotOf(cache, ref) };
  }
  return null;
}

/** huggingface_hub's own rule for where its cache is; null when the environment leaves it without a home. */
function hubCache(env: Env): string | null {
  const named = env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE;
  if (named) return named;
  if (env.HF_HOME) return join(env.HF_HOME, 'hub');
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'huggingface/hub');
  return env.HOME ? join(env.HOME, '.cache/huggingface/hub') : null;
}

function revisionAsked(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => revisionFlags.has(word.split('=')[0] ?? ''));
  const word = words[at];
  return word?.includes('=') ? word.slice(word.indexOf('=') + 1) : words[at + 1 || words.length];
}

function snapshotOf(cache: string, ref: string): Pick<HubModel, 'revision' | 'files'> {
  const revision = revisionOf(cache, ref);
  if (revision === null) return { revision: { absent: `the cache does not say what ${ref} is` }, files: [] };
  return { revision, files: filesBelow(join(cache, 'snapshots', revision), '') };
}

/** A name in refs/, a commit that has a snapshot, or the only snapshot there is. */
function revisionOf(cache: string, ref: string): string | null {
  const snapshots = namesIn(join(cache, 'snapshots'));
  try {
    return readFileSync(join(cache, 'refs', ref), 'utf8').trim();
  } catch {
    const [only] = snapshots;
    if (snapshots.includes(ref)) return ref;
    return snapshots.length === 1 && only !== undefined ? only : null;
  }
}

function filesBelow(folder: string, prefix: string): HubFile[] {
  return namesIn(join(folder, prefix)).flatMap((name) => {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const stat = statSync(join(folder, path), { throwIfNoEntry: false });
    if (stat?.isDirectory()) return filesBelow(folder, path);
    return [{ path, blob: blobOf(join(folder, path)), sizeBytes: stat?.size ?? null }];
  });
}

function blobOf(path: string): string | null {
  try {
    const name = basename(readlinkSync(path));
    return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name) ? name : null;
  } catch {
    return null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
