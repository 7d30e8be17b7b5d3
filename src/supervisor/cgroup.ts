import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { readProcLink, readStat } from './procfs.ts';

/** A cgroup v2 leaf that holds one engine's whole tree: no fork and no setsid leaves it. */
export interface Leaf {
  /** Its directory. */
  readonly path: string;
  /** The cgroup bench itself lives in. */
  readonly home: string;
  /** Its path as the kernel and container runtimes name it, from the root of the hierarchy. */
  readonly name: string;
}

/** Where cgroup v2 is mounted and where bench is in it. */
export interface CgroupPlace {
  readonly mount: string;
  /** bench's own cgroup directory. */
  readonly home: string;
  /** bench's own cgroup as the kernel names it: `/user.slice/...`. */
  readonly own: string;
}

/**
 * Finds the cgroup2 mount (a hybrid's `unified` too) and bench's own directory in it.
 * @returns the place, or a sentence saying why there is none.
 */
export function findCgroup(mountinfo: string, ownCgroup: string): CgroupPlace | string {
  const own = /^0::(\/.*)$/m.exec(ownCgroup)?.[1];
  if (own === undefined) return 'this kernel has no cgroup v2 hierarchy';
  const mounts = mountinfo.split('\n').filter((line) => / - cgroup2 /.test(line));
  for (const line of mounts) {
    const [, , , root = '/', mount = ''] = line.split(' ').map(unescapeMount);
    const below = posix.relative(root, own);
    // A mount that shows another part of the hierarchy cannot be used.
    if (!below.startsWith('..')) return { mount, home: join(mount, below), own };
  }
  return mounts.length === 0
    ? 'no cgroup2 file system is mounted'
    : 'the cgroup2 mount does not show bench itself';
}

/**
 * Where a leaf would be: below bench's own cgroup, named so that a later bench can tell whether this one
 * still lives. Makes nothing.
 * @returns the leaf, or a sentence saying why there can be none.
 */
export function placeLeaf(name: string): Leaf | string {
  const place = findCgroup(readText('/proc/self/mountinfo'), readText('/proc/self/cgroup'));
  if (typeof place === 'string') return place;
  const leaf = leafName(name);
  return { path: join(place.home, leaf), home: place.home, name: posix.join(place.own, leaf) };
}

/**
 * Makes the leaf and rehearses the spawn: whoever may move in and out now may do so then.
 * @returns null, or a sentence saying why it cannot be used (the caller falls back to the process group).
 */
export function makeLeaf(leaf: Leaf): string | null {
  try {
    mkdirSync(leaf.path);
    if (!existsSync(join(leaf.path, 'cgroup.kill'))) {
      rmdirSync(leaf.path);
      return 'this kernel has no cgroup.kill (Linux 5.14 brought it)';
    }
    inside(leaf, () => undefined);
    return null;
  } catch (error) {
    removeLeaf(leaf.path);
    return `no cgroup can be used below ${leaf.home} (${(error as NodeJS.ErrnoException).code})`;
  }
}

/**
 * Runs `spawn` while bench itself is inside the leaf, so that the child is born there: no wrapper that could
 * touch its environment, no moment outside. Must stay synchronous.
 */
export function inside<T>(leaf: Pick<Leaf, 'path' | 'home'>, spawn: () => T): T {
  writeFileSync(join(leaf.path, 'cgroup.procs'), '0');
  try {
    return spawn();
  } finally {
    writeFileSync(join(leaf.home, 'cgroup.procs'), '0');
  }
}

/** The pids in a leaf and in cgroups the engine made below it; zombies are not listed by the kernel. */
export function leafPids(path: string): number[] {
  return [path, ...below(path)].flatMap((folder) =>
    readText(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number),
  );
}

/** Whether anything still runs in the leaf. */
export function isPopulated(path: string): boolean {
  return /^populated 1$/m.test(readText(join(path, 'cgroup.events')));
}

/** Kills everything in the leaf at once, forks under way included. */
export function killLeaf(path: string): void {
  // Only when a spawn was cut short between its two moves; killing bench would leave the rest to nobody.
  if (leafPids(path).includes(process.pid)) moveHome(path);
  try {
    writeFileSync(join(path, 'cgroup.kill'), '1');
  } catch {
    // Gone already: the guard or an earlier call removed it.
  }
}

function moveHome(path: string): void {
  writeFileSync(join(path, '..', 'cgroup.procs'), '0');
}

/** Removes an empty leaf with what is below it. @returns false when it is still populated. */
export function removeLeaf(path: string): boolean {
  removeFolders(path);
  return !existsSync(path);
}

/**
 * Where a container runtime that was given the leaf as a parent makes cgroups of the same name: in every v1
 * hierarchy of a hybrid. They hold nothing once the leaf is empty, and nobody else removes them.
 */
export function twinsOf(leaf: Pick<Leaf, 'name'>): string[] {
  return readText('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => / - cgroup /.test(line))
    .map((line) => join(unescapeMount(line.split(' ')[4] ?? ''), leaf.name));
}

/** Removes the twins of a leaf that is gone. */
export function removeTwins(leaf: Pick<Leaf, 'name'>): void {
  for (const twin of twinsOf(leaf)) removeFolders(twin);
}

/** Removes a cgroup and those below it, as far as they are empty. */
export function removeFolders(path: string): void {
  for (const folder of [...below(path), path]) {
    try {
      rmdirSync(folder);
    } catch {
      // Not empty yet, or never made.
    }
  }
}

/**
 * How often the kernel killed for want of memory: in bench's own cgroup and all below it where memory is accounted, else on
 * the whole machine since boot; null where it does not count.
 */
export function oomKills(): number | null {
  const place = findCgroup(readText('/proc/self/mountinfo'), readText('/proc/self/cgroup'));
  const events = typeof place === 'string' ? '' : readText(join(place.home, 'memory.events'));
  const counted = /^oom_kill (\d+)$/m;
  const count = counted.exec(events)?.[1] ?? counted.exec(readText('/proc/vmstat'))?.[1];
  return count === undefined ? null : Number(count);
}

/** `bench-<name>-<pid namespace>.<pid>.<start ticks>`: pids mean nothing outside their namespace. */
function leafName(name: string): string {
  return `bench-${name}-${ownIdentity()}`;
}

/** This process, for ever, as `<pid namespace>.<pid>.<start ticks>`. */
export function ownIdentity(): string {
  return `${pidNamespace()}.${process.pid}.${readStat('self')?.startTicks}`;
}

/** The inode of bench's pid namespace. */
export function pidNamespace(): string {
  return /\d+/.exec(readProcLink('self', 'ns/pid') ?? '')?.[0] ?? '0';
}

/** The directories below one, deepest first. */
function below(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => [...below(join(path, entry.name)), join(path, entry.name)]);
  } catch {
    return [];
  }
}

/** mountinfo writes space, tab, newline and backslash as \ooo. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
