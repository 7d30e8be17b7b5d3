import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { canonicalJson, type Json, sha256Hex } from '../canonical.ts';
import { BenchError, ExitCode } from '../errors.ts';
import { identityOf } from './hash-file.ts';
import { type HashedFile, type HashOptions, hashFiles, hashLookedAt, type LookedAt } from './hash-files.ts';
import { type ContentFacts, fileOutside, placelessContent, placelessLink, venvHomes } from './venv-place.ts';

/** One hash for what a venv holds. */
export interface VenvRoot {
  /** Name and version of the rule that made the root. */
  readonly rule: typeof rule;
  /** sha256, lower-case hex, of {@link VenvRoot.listing}. */
  readonly root: string;
  /**
   * in-toto's dirHash over the regular files alone, so that anyone can check it without bench: in the venv,
   * `find bin lib lib64 -name __pycache__ -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`.
   * It is over the files as they are on disk and so, unlike the root, another for the same install elsewhere.
   */
  readonly dirHash: string;
  /** The rule's line, then one canonical JSON line for each entry: what two venvs can be compared by. */
  readonly listing: string;
  readonly files: number;
  readonly links: number;
  readonly bytes: number;
  /** How many hashes came from the cache. */
  readonly fromCache: number;
}

const rule = 'bench-venv-2';
const parts = ['bin', 'lib', 'lib64'];

interface Entry {
  readonly path: string;
  readonly type: 'file' | 'link' | 'other';
  readonly executableBits: number;
  readonly target: string | null;
  /** Of a file. */
  readonly lookedAt: LookedAt | null;
}

/**
 * Merkle root of a venv over {bin, lib, lib64}, the same for the same install in another folder. Rule bench-venv-2:
 * an entry is {path, type, mode} and, for a file, {size, sha256} without the venv's own place
 * ({@link placelessContent}), for a link what it leads to ({@link placelessLink}); links are never followed, but of
 * one whose absolute target is a file outside (the base interpreter) the last name and the content count, not the
 * folder; `__pycache__` folders are left out (they change with the first import); of the mode only the executable
 * bits count; no time stamp and no owner counts; entries are sorted by the raw bytes of their paths; empty folders
 * do not count. Not seen: the base interpreter's shared library and standard library. Still another for another
 * place: an editable install, `direct_url.json`, a script whose path is too long for a `#!` line.
 * @throws BenchError (exit 5) when something in it cannot be read or changes meanwhile, or a name is not UTF-8.
 */
export async function merkleRoot(venv: string, options: HashOptions): Promise<VenvRoot> {
  const entries = parts.flatMap((part) => entriesAt(venv, part));
  sortByBytes(entries);
  const files = entries.filter(({ type }) => type === 'file');
  const hashed = await hashLookedAt(
    files.flatMap(({ lookedAt }) => lookedAt ?? []),
    options,
  );
  const hashes = new Map(files.map(({ path }, index) => [path, hashed[index] as HashedFile]));
  const facts = await factsOf(venv, entries, hashes, options);
  const lines = [{ rule, parts }, ...entries.map((entry) => describe(entry, facts.get(entry.path)))];
  const listing = lines.map((entry) => `${canonicalJson(entry)}\n`).join('');
  return {
    rule,
    root: sha256Hex(listing),
    dirHash: sha256Hex(files.map(({ path }) => `${hashes.get(path)?.sha256}  ${path}\n`).join('')),
    listing,
    files: files.length,
    links: entries.filter(({ type }) => type === 'link').length,
    bytes: hashed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    fromCache: hashed.filter(({ source }) => source === 'cache').length,
  };
}

/** Of each file and link, by path, what counts beside path, type and mode. */
async function factsOf(
  venv: string,
  entries: readonly Entry[],
  hashes: ReadonlyMap<string, HashedFile>,
  options: HashOptions,
): Promise<Map<string, ContentFacts>> {
  const homes = venvHomes(venv);
  const links = entries.flatMap(({ path, target }) =>
    target === null ? [] : [{ path, target, file: fileOutside(homes, target) }],
  );
  const outside = [...new Set(links.flatMap(({ file }) => file ?? []))];
  const contents = new Map((await hashFiles(outside, options)).map(({ path, sha256 }) => [path, sha256]));
  return new Map<string, ContentFacts>([
    ...[...hashes].map(([path, raw]) => [path, placelessContent(homes, path, raw)] as const),
    ...links.map(({ path, target, file }) => {
      return [path, placelessLink(homes, target, contents.get(file ?? ''))] as const;
    }),
  ]);
}

function describe({ path, type, executableBits }: Entry, facts: ContentFacts | undefined): Json {
  return type === 'link' ? { path, type, ...facts } : { path, type, mode: executableBits, ...facts };
}

function entriesAt(venv: string, path: string): Entry[] {
  const at = `${venv}/${path}`;
  const stat = lstatSync(at, { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [entryOf(path, at, stat)];
  return namesIn(at).flatMap((name) => (name === '__pycache__' ? [] : entriesAt(venv, `${path}/${name}`)));
}

function entryOf(path: string, at: string, stat: BigIntStats): Entry {
  const executableBits = Number(stat.mode & 0o111n);
  if (stat.isSymbolicLink()) {
    return { path, type: 'link', executableBits, target: readlinkSync(at), lookedAt: null };
  }
  if (!stat.isFile()) return { path, type: 'other', executableBits, target: null, lookedAt: null };
  const lookedAt = { path: at, sizeBytes: Number(stat.size), identity: identityOf(stat), isLink: false };
  return { path, type: 'file', executableBits, target: null, lookedAt };
}

function namesIn(folder: string): string[] {
  const names = readdirSync(folder);
  // Only what is not UTF-8, or has this very character, comes with it.
  return names.some((name) => name.includes('\ufffd')) ? namesAsBytes(folder) : names;
}

function namesAsBytes(folder: string): string[] {
  return readdirSync(folder, { encoding: 'buffer' }).map((bytes) => {
    const name = bytes.toString('utf8');
    if (Buffer.from(name).equals(bytes)) return name;
    throw new BenchError(`A file name in ${folder} is not UTF-8: ${JSON.stringify(name)}.`, {
      exitCode: ExitCode.host,
      hint: 'Rename or remove it: the listing of a venv is JSON.',
    });
  });
}

/** JavaScript's own order of texts is that of their bytes but for characters beyond U+FFFF. */
function sortByBytes(entries: Entry[]): void {
  const isPlain = entries.every(({ path }) => !/[\ud800-\udfff]/.test(path));
  entries.sort((a, b) =>
    isPlain ? (a.path < b.path ? -1 : 1) : Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)),
  );
}
