import { readFileSync, statSync } from 'node:fs';

/** A file whose code is mapped into at least one process. */
export interface MappedFile {
  /** As the process sees it; another mount namespace may have another file there. */
  readonly path: string;
  /** Removed or replaced on disk since it was mapped. */
  readonly isDeleted: boolean;
  /** The pids that map it, in the order they were asked for. */
  readonly pids: readonly number[];
  /** Where its bytes can be read from here; null where this user cannot. */
  readonly readFrom: string | null;
}

/** proc_pid_maps(5): range, rights, offset, device, inode, path. */
const mapping = /^([0-9a-f]+-[0-9a-f]+) (\S{4}) [0-9a-f]+ ([0-9a-f]+:[0-9a-f]+) (\d+)\s+(\/.*)$/;

/** Named like files and none: shared memory and devices. */
const noFile = /^\/(?:memfd:|SYSV|dev\/|anon_inode)/;

/**
 * The files with code that processes have mapped, each once by device and inode, sorted by path. Paths alone would
 * not do: two mount namespaces can have two files at one, and a replaced file keeps its name.
 */
export function mappedFiles(pids: readonly number[]): MappedFile[] {
  const found = new Map<string, MappedFile & { readonly pids: number[] }>();
  for (const pid of pids) {
    for (const line of mapsOf(pid)) {
      const [, range = '', rights = '', device = '', inode = '', named = ''] = mapping.exec(line) ?? [];
      if (rights[2] !== 'x' || inode === '0' || noFile.test(named)) continue;
      const known = found.get(`${device}:${inode}`);
      if (known !== undefined) {
        if (known.pids.at(-1) !== pid) known.pids.push(pid);
        continue;
      }
      const isDeleted = named.endsWith(' (deleted)');
      // The kernel writes a newline in a name as \012.
      const path = (isDeleted ? named.slice(0, -' (deleted)'.length) : named).replaceAll('\\012', '\n');
      const readFrom = placeToRead(pid, path, range, { device, inode });
      found.set(`${device}:${inode}`, { path, isDeleted, pids: [pid], readFrom });
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/**
 * The path itself where it is the same file here, else the same path in the process's own root, else the mapping's
 * own handle, which the kernel gives to a privileged user only. Overlay and btrfs state another device in maps than in
 * stat: there the inode alone must do.
 */
function placeToRead(pid: number, path: string, range: string, file: FileId): string | null {
  const places = [path, `/proc/${pid}/root${path}`, `/proc/${pid}/map_files/${range}`].map((place) => {
    return { place, found: fileAt(place) };
  });
  const sameInode = places.filter(({ found }) => found?.inode === file.inode);
  return (sameInode.find(({ found }) => found?.device === file.device) ?? sameInode[0])?.place ?? null;
}

/** Device as maps has it (`fd:01`, hex), and inode. */
interface FileId {
  readonly device: string;
  readonly inode: string;
}

function fileAt(path: string): FileId | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    // Linux's own packing of major and minor numbers (makedev(3)).
    const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
    const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
    const hex = (number: bigint): string => number.toString(16).padStart(2, '0');
    return { device: `${hex(major)}:${hex(minor)}`, inode: String(ino) };
  } catch {
    return null;
  }
}

function mapsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  } catch {
    return [];
  }
}
