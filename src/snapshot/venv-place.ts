import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { type Json, sha256Hex } from '../canonical.ts';
import { BenchError, ExitCode } from '../errors.ts';
import type { HashedFile } from './hash-files.ts';

/** Every absolute path by which a venv's own files name it: as given and resolved, longest first. */
export type VenvHomes = readonly string[];

/** What a listing says of a file's content. */
export type ContentFacts = { readonly [key: string]: Json };

const token = '$VENV';
const largestScriptBytes = 64 * 1024;
const recordPath = /^lib(64)?\/[^/]+\/site-packages\/[^/]+\.dist-info\/RECORD$/;
const binLine = /^("?\.\.\/\.\.\/\.\.\/bin\/.*),[^,\r\n]*,[^,\r\n]*$/gm;

/** Where a venv is. */
export function venvHomes(venv: string): VenvHomes {
  const home = resolve(venv);
  const real = existsSync(home) ? realpathSync(home) : home;
  return [...new Set([home, real])].sort((a, b) => b.length - a.length);
}

/**
 * A file's size and sha256 without what only says where the venv is.
 * - `bin/*`, text (no NUL) of at most 64 KiB: each whole path of the venv becomes `$VENV`, and in `activate*` the
 *   prompt `(folder) ` becomes `($VENV) `; `venvPaths` counts them. A file that has the letters `$VENV` of its own
 *   stays as it is, so that no two contents become one.
 * - `RECORD` of a dist-info: lines of files in `../../../bin/` lose hash and size, which the files themselves
 *   have in the listing; `binLines` counts them.
 * - everything else: as it is.
 *
 * Size and hash are those of the changed content and never come from or go to the cache.
 * @param path relative to the venv.
 * @param raw the file as it is on disk.
 * @throws BenchError (exit 5) when the file is no longer the one that was hashed.
 */
export function placelessContent(homes: VenvHomes, path: string, raw: HashedFile): ContentFacts {
  const asItIs = { size: raw.sizeBytes, sha256: raw.sha256 };
  const isScript = path.startsWith('bin/') && raw.sizeBytes <= largestScriptBytes;
  const isRecord = recordPath.test(path);
  if (!isScript && !isRecord) return asItIs;
  // latin1 gives each byte one character, so that replacing cannot disturb the others.
  const text = readSame(raw).toString('latin1');
  const { count, changed } = isRecord ? withoutBinHashes(text) : withoutPlace(homes, path, text);
  if (count === 0) return asItIs;
  const bytes = Buffer.from(changed, 'latin1');
  const sizeAndHash = { size: bytes.length, sha256: sha256Hex(bytes) };
  return isRecord ? { ...sizeAndHash, binLines: count } : { ...sizeAndHash, venvPaths: count };
}

/**
 * The file that a link leads to when its target is absolute and outside the venv (the interpreter it was made
 * with), links resolved; null for every other link, and where there is no regular file.
 */
export function fileOutside(homes: VenvHomes, target: string): string | null {
  if (!isAbsolute(target) || insideOf(homes, target) !== null) return null;
  try {
    const file = realpathSync(target);
    return statSync(file).isFile() ? file : null;
  } catch {
    return null;
  }
}

/**
 * What a listing says of a link: its `target` as it is; or, absolute and inside the venv, the path `inside` it; or,
 * for a file outside, the target's last name and the file's sha256.
 * @param outside sha256 of {@link fileOutside}; undefined when that is null.
 */
export function placelessLink(homes: VenvHomes, target: string, outside: string | undefined): ContentFacts {
  if (outside !== undefined) return { outside: basename(target), sha256: outside };
  const inside = isAbsolute(target) ? insideOf(homes, target) : null;
  return inside === null ? { target } : { inside };
}

function insideOf(homes: VenvHomes, target: string): string | null {
  const path = resolve(target);
  const home = homes.find((each) => path === each || path.startsWith(join(each, '/')));
  return home === undefined ? null : relative(home, path);
}

function withoutPlace(homes: VenvHomes, path: string, text: string): { count: number; changed: string } {
  if (text.includes('\0') || text.includes(token)) return { count: 0, changed: text };
  // Neither /tmp/venv2 nor /mnt/tmp/venv is /tmp/venv.
  const place = `(?<![\\w./\\x80-\\xff-])(?:${homes.map(pattern).join('|')})(?![\\w.\\x80-\\xff-])`;
  const prompt = homes.map((home) => `(?<=\\()${pattern(basename(home))}(?=\\) )`);
  const search = path.startsWith('bin/activate') ? [place, ...prompt] : [place];
  return replaceAll(text, new RegExp(search.join('|'), 'g'), () => token);
}

function withoutBinHashes(text: string): { count: number; changed: string } {
  return replaceAll(text, binLine, (_line, name) => `${name},,`);
}

function replaceAll(
  text: string,
  search: RegExp,
  by: (...match: string[]) => string,
): { count: number; changed: string } {
  let count = 0;
  const changed = text.replace(search, (...match: string[]) => {
    count += 1;
    return by(...match);
  });
  return { count, changed };
}

/** Matches these letters, as the bytes of UTF-8 read as latin1. */
function pattern(name: string): string {
  return Buffer.from(name)
    .toString('latin1')
    .replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function readSame({ path, sha256 }: HashedFile): Buffer {
  const bytes = readFileSync(path);
  if (sha256Hex(bytes) === sha256) return bytes;
  throw new BenchError(`${path} changed while the venv was being hashed.`, {
    exitCode: ExitCode.host,
    hint: 'See that nothing installs into the venv or edits it, then run again.',
  });
}
