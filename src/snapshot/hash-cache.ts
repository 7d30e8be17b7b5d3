import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../canonical.ts';
import type { ContentHash } from './hash-file.ts';

/** Hashes of files that have not changed since they were last read. */
export interface HashCache {
  /** The sha256 of a file with this identity; undefined when it must be read. */
  get(identity: string): string | undefined;
  /**
   * Remembers a hash, unless the file was changed within 2 s before it was read: a later change could then carry
   * the same time stamps.
   * @param startedMs wall clock, ms, before the file was opened.
   */
  add(file: ContentHash, startedMs: number): void;
  /** Writes what was added; what others wrote meanwhile is kept. Never throws: a cache may be lost. */
  save(): void;
}

const racyMs = 2000;
const mostEntries = 400_000;

/** File systems whose time stamps are another machine's or program's word: NFS, FUSE, CIFS, SMB2, 9P, Ceph. */
const foreignFileSystems = new Set([0x6969, 0x65735546, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400]);

/** `bench` under the user's cache folder (XDG base directories); null when there is none. */
export function cacheFolder(env: NodeJS.ProcessEnv): string | null {
  if (env.XDG_CACHE_HOME?.startsWith('/')) return join(env.XDG_CACHE_HOME, 'bench');
  return env.HOME?.startsWith('/') ? join(env.HOME, '.cache/bench') : null;
}

/** Opens the cache in a folder; with null it remembers for this process only. A damaged file counts as empty. */
export function openHashCache(folder: string | null): HashCache {
  const path = folder === null ? null : join(folder, 'file-hashes-1');
  const known = path === null ? new Map<string, string>() : load(path);
  const added = new Map<string, string>();
  return {
    get: (identity) => added.get(identity) ?? known.get(identity),
    add: ({ identity, sha256 }, startedMs) => {
      if (newestMs(identity) < startedMs - racyMs) added.set(identity, sha256);
    },
    save: () => {
      if (folder === null || path === null || added.size === 0) return;
      try {
        mkdirSync(folder, { recursive: true });
        store(path, new Map([...load(path), ...added]));
      } catch {
        // A full disk or a read-only home costs time, not truth.
      }
    },
  };
}

/** Whether time stamps under this path are the local kernel's own. */
export function isCacheable(path: string): boolean {
  try {
    return !foreignFileSystems.has(statfsSync(path).type);
  } catch {
    return false;
  }
}

function newestMs(identity: string): number {
  const [, , , mtimeNs = '0', ctimeNs = '0'] = identity.split(':');
  return Math.max(Number(mtimeNs), Number(ctimeNs)) / 1e6;
}

/** First line: sha256 of the rest, so that a cut or damaged file is never half believed. */
function load(path: string): Map<string, string> {
  const entries = new Map<string, string>();
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return entries;
  }
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (end < 0 || sha256Hex(body) !== text.slice(0, end)) return entries;
  for (const entry of body.split('\n')) {
    const space = entry.indexOf(' ');
    if (space > 0) entries.set(entry.slice(0, space), entry.slice(space + 1));
  }
  return entries;
}

function store(path: string, entries: ReadonlyMap<string, string>): void {
  const newest = [...entries].slice(-mostEntries);
  const body = newest.map(([identity, sha256]) => `${identity} ${sha256}\n`).join('');
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(temporary, `${sha256Hex(body)}\n${body}`);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
