import { existsSync, lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { BenchError, ExitCode } from '../errors.ts';
import { type HashCache, isCacheable } from './hash-cache.ts';
import { type ContentHash, identityOf } from './hash-file.ts';
import { type Hashed, hashShare, type Share } from './hash-share.ts';

/** A hashed file and where the hash came from. */
export interface HashedFile extends ContentHash {
  readonly path: string;
  readonly source: 'computed' | 'cache';
}

/** A regular file as one look found it. */
export interface LookedAt {
  readonly path: string;
  readonly sizeBytes: number;
  /** {@link identityOf} it; of a link, of the file it leads to. */
  readonly identity: string;
  readonly isLink: boolean;
}

/** How to hash. */
export interface HashOptions {
  readonly cache: HashCache;
  /** Filled with every hash of this run by the file's identity, also where the cache trusts no time stamp. */
  readonly seen?: Map<string, string>;
  readonly signal?: AbortSignal;
}

const workerFile = new URL('./hash-worker.js', import.meta.url);
/** Below this a thread's start costs more than it saves. */
const worthThreadsBytes = 8 * 1024 * 1024;
const threads = 2;

/**
 * sha256 of many regular files, symlinks followed: from the cache where they are unchanged, else read by two
 * threads, biggest first. The threads exist only in the compiled program; run from source it is done in place.
 * @returns in the order of `paths`.
 * @throws BenchError (exit 5) naming the first file that cannot be read or changed meanwhile; the signal's reason.
 */
export async function hashFiles(paths: readonly string[], options: HashOptions): Promise<HashedFile[]> {
  return hashLookedAt(paths.map(look), options);
}

/** As {@link hashFiles}, of files that were just looked at: on a tree of 20,000 a second look costs 0.1 s. */
export async function hashLookedAt(files: readonly LookedAt[], options: HashOptions): Promise<HashedFile[]> {
  const { cache, signal } = options;
  const trusted = trustedFolders();
  const unknown = files
    .filter((file) => cache.get(file.identity) === undefined || !trusted(file))
    .sort((a, b) => b.sizeBytes - a.sizeBytes);
  const computed = new Map<string, ContentHash>();
  for (const result of await hashAll(unknown, signal)) {
    const file = unknown[result.index];
    if (file === undefined) continue;
    const { path } = file;
    if ('error' in result) throw cannotHash(path, result.error);
    computed.set(path, result.hash);
    options.seen?.set(result.hash.identity, result.hash.sha256);
    if (trusted(file)) cache.add(result.hash, result.startedMs);
  }
  cache.save();
  return files.map(({ path, sizeBytes, identity }) => {
    const fresh = computed.get(path);
    if (fresh !== undefined) return { path, ...fresh, source: 'computed' };
    return { path, sizeBytes, identity, sha256: cache.get(identity) ?? '', source: 'cache' };
  });
}

/** sha256 of one file, by {@link hashFiles}. */
export async function hashFile(path: string, options: HashOptions): Promise<HashedFile> {
  const [file] = await hashFiles([path], options);
  return file as HashedFile;
}

async function hashAll(
  files: readonly { path: string; sizeBytes: number }[],
  signal: AbortSignal | undefined,
): Promise<Hashed[]> {
  signal?.throwIfAborted();
  const share: Share = { paths: files.map(({ path }) => path), next: new SharedArrayBuffer(4) };
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (totalBytes < worthThreadsBytes || !existsSync(fileURLToPath(workerFile))) return hashShare(share);
  const parts = await Promise.all(Array.from({ length: threads }, () => inThread(share, signal)));
  return parts.flat();
}

function inThread(share: Share, signal: AbortSignal | undefined): Promise<Hashed[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile, { workerData: share, execArgv: [] });
    const stop = (): void => {
      void worker.terminate();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      signal?.removeEventListener('abort', stop);
      reject(new Error(`a hashing thread ended early (code ${code})`));
    });
  });
}

function look(path: string): LookedAt {
  try {
    const itself = lstatSync(path, { bigint: true });
    const isLink = itself.isSymbolicLink();
    const stat = isLink ? statSync(path, { bigint: true }) : itself;
    if (!stat.isFile()) throw new Error('not a regular file');
    return { path, sizeBytes: Number(stat.size), identity: identityOf(stat), isLink };
  } catch (error) {
    throw cannotHash(path, (error as Error).message);
  }
}

/** Asks each folder once whether its file system's time stamps can be trusted; a link's file may lie elsewhere. */
function trustedFolders(): (file: { readonly path: string; readonly isLink: boolean }) => boolean {
  const known = new Map<string, boolean>();
  return ({ path, isLink }) => {
    const place = isLink ? path : dirname(path);
    const trusted = known.get(place) ?? isCacheable(place);
    known.set(place, trusted);
    return trusted;
  };
}

function cannotHash(path: string, reason: string): BenchError {
  return new BenchError(`${path} could not be hashed: ${reason}.`, {
    exitCode: ExitCode.host,
    hint: 'Every file that makes the number is hashed before the engine starts; see that it is there, readable and at rest.',
  });
}
