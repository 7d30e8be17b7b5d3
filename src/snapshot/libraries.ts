import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { ProcessSeen } from '../supervisor/processes.ts';
import type { Owner } from './distributions.ts';
import { readElf } from './elf.ts';
import { identityOf } from './hash-file.ts';
import { type HashOptions, hashFile, hashFiles } from './hash-files.ts';
import { type MappedFile, mappedFiles } from './mapped-files.ts';
import type { Fact } from './probe.ts';

/** Program code that runs in the engine's tree: a shared object, or a program itself. */
export interface Library {
  /** As the process that maps it sees it. */
  readonly path: string;
  readonly sha256: Fact<string>;
  readonly sizeBytes: number | null;
  /** The best that is known; null when nothing is. */
  readonly version: string | null;
  readonly versionFrom: 'file name' | 'distribution' | 'soname' | null;
  readonly soname: string | null;
  /** Its linker's name for this very build, hex. */
  readonly buildId: string | null;
  /** The wheel that brought it, by its RECORD. */
  readonly distribution?: Owner;
  /** Replaced or removed on disk since it was mapped; the hash is of what runs. */
  readonly isDeleted?: true;
  /** Indices in `processes` of those that map it; left out when all that live do. */
  readonly mappedBy?: readonly number[];
}

/**
 * So much may be read beside the warm engine: the system's own libraries, a fraction of a second. What a venv holds was
 * hashed before the spawn; what is bigger is an image's, and the image's digest names it.
 */
export const readBesideBytes = 512 << 20;

/**
 * The union of code mapped over the living tree. Hashes come from the cache where a file was hashed before the spawn; the
 * rest is read here, smallest first, up to `readBesideBytes`, and the engine is warmed again afterwards.
 * @param livePids those of `processes` that live.
 * @param owners absolute path -> the wheel that brought it.
 */
export async function describeLibraries(
  processes: readonly ProcessSeen[],
  livePids: readonly number[],
  owners: ReadonlyMap<string, Owner>,
  hashing: HashOptions,
): Promise<Fact<readonly Library[]>> {
  const known = new Set(processes.map(({ pid }) => pid));
  const mapped = mappedFiles(livePids.filter((pid) => known.has(pid)));
  if (mapped.length === 0) return { absent: 'no mapping of a living process could be read' };
  const living = new Set(mapped.flatMap(({ pids }) => pids));
  const hashes = await hashesOf(mapped, hashing);
  return mapped.map((file) => {
    const elf = file.readFrom === null ? { soname: null, buildId: null } : readElf(file.readFrom);
    const owner = owners.get(file.path);
    return {
      path: file.path,
      sha256: hashes.get(file) ?? { absent: 'this user cannot read it' },
      sizeBytes: sizeOf(file),
      ...libraryVersion(basename(file.path), elf.soname, owner),
      ...elf,
      ...(owner === undefined ? {} : { distribution: owner }),
      ...(file.isDeleted ? { isDeleted: true as const } : {}),
      ...(file.pids.length === living.size ? {} : { mappedBy: indicesOf(file.pids, processes) }),
    };
  });
}

/**
 * A version of at least two parts in the file's name (`libcudnn.so.9.1.0`, `libc-2.31.so`); else that of the wheel, when
 * the wheel is about this library and does not just carry it along; else of two parts in its soname. The one number of
 * `libc.so.6` counts breaks of the interface and is no version of the library: null.
 */
export function libraryVersion(
  file: string,
  soname: string | null,
  owner: Owner | undefined,
): Pick<Library, 'version' | 'versionFrom'> {
  const named = versionIn(file);
  if (named?.includes('.')) return { version: named, versionFrom: 'file name' };
  if (owner !== undefined && isAbout(owner, file))
    return { version: owner.version, versionFrom: 'distribution' };
  const linked = soname === null ? null : versionIn(soname);
  return linked?.includes('.')
    ? { version: linked, versionFrom: 'soname' }
    : { version: null, versionFrom: null };
}

function versionIn(name: string): string | null {
  return /\.so\.(\d[\w.]*)$/.exec(name)?.[1] ?? /-(\d+(?:\.\d+)+)\.so$/.exec(name)?.[1] ?? null;
}

/** `libtorch_cpu.so` is torch's and `libcudnn.so.9` is nvidia-cudnn's; the `libgomp` that torch carries is not torch. */
function isAbout(owner: Owner, file: string): boolean {
  const name = owner.name.toLowerCase().replaceAll('_', '-');
  const stem = (/^(?:lib)?([a-z]+)/i.exec(file)?.[1] ?? '').toLowerCase();
  const words = name.split('-').flatMap((word) => word.replace(/^lib/, '').match(/^.{3,}$/)?.[0] ?? []);
  // Extension modules (`_C.abi3.so`, `ops.cpython-311-x86_64-linux-gnu.so`) are the wheel's own.
  const isModule = !file.startsWith('lib');
  return (
    isModule ||
    name.startsWith('nvidia-') ||
    words.some((word) => stem.startsWith(word) || word.startsWith(stem))
  );
}

async function hashesOf(
  mapped: readonly MappedFile[],
  hashing: HashOptions,
): Promise<Map<MappedFile, Fact<string>>> {
  const readable = mapped
    .flatMap((file) =>
      file.readFrom === null ? [] : [{ file, path: file.readFrom, bytes: sizeOf(file) ?? 0 }],
    )
    .sort((a, b) => a.bytes - b.bytes);
  const hashes = new Map<MappedFile, Fact<string>>();
  let budgetBytes = readBesideBytes;
  const wanted: typeof readable = [];
  for (const one of readable) {
    const known = rememberedHash(one.path, hashing);
    if (known !== null) hashes.set(one.file, known);
    else if (one.bytes <= budgetBytes) {
      budgetBytes -= one.bytes;
      wanted.push(one);
    } else hashes.set(one.file, { absent: `not read beside the warm engine: ${one.bytes} bytes` });
  }
  for (const [at, hash] of (
    await readAll(
      wanted.map(({ path }) => path),
      hashing,
    )
  ).entries()) {
    const file = wanted[at]?.file;
    if (file !== undefined) hashes.set(file, hash);
  }
  return hashes;
}

/** One that cannot be read must not cost the others their hash. */
async function readAll(paths: readonly string[], hashing: HashOptions): Promise<Fact<string>[]> {
  try {
    return (await hashFiles(paths, hashing)).map(({ sha256 }) => sha256);
  } catch {
    hashing.signal?.throwIfAborted();
  }
  const hashes: Fact<string>[] = [];
  for (const path of paths) {
    hashes.push(
      await hashFile(path, hashing).then(
        ({ sha256 }) => sha256,
        (error: Error) => ({ absent: error.message }),
      ),
    );
  }
  return hashes;
}

/** Hashed before the spawn, or in an earlier run, and unchanged since by its identity. */
function rememberedHash(path: string, { seen, cache }: HashOptions): string | null {
  try {
    const identity = identityOf(statSync(path, { bigint: true }));
    return seen?.get(identity) ?? cache.get(identity) ?? null;
  } catch {
    return null;
  }
}

function sizeOf({ readFrom }: MappedFile): number | null {
  return readFrom === null ? null : (statSync(readFrom, { throwIfNoEntry: false })?.size ?? null);
}

function indicesOf(pids: readonly number[], processes: readonly ProcessSeen[]): number[] {
  // Of a pid that was used twice the later process is the living one.
  return pids.map((pid) => processes.findLastIndex((one) => one.pid === pid));
}
