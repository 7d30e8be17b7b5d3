import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCgroup, isPopulated, killLeaf, pidNamespace, removeLeaf } from './cgroup.ts';
import { isAlive } from './procfs.ts';

/** How deep below the mount a leaf may be: systemd's user scopes are five levels down. */
const MAX_DEPTH = 10;

/**
 * Ends what dead benches left behind: kills and removes the cgroup leaves whose bench (pid and start time,
 * in this pid namespace) no longer runs. Guards do this within milliseconds; this is for the day a guard
 * was killed together with its bench.
 * @returns the paths of the leaves removed.
 */
export async function sweepStale(): Promise<string[]> {
  const place = findCgroup(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    readFileSync('/proc/self/cgroup', 'utf8'),
  );
  if (typeof place === 'string') return [];
  const stale = findLeaves(place.mount, MAX_DEPTH).filter(isStale);
  for (const path of stale) killLeaf(path);
  for (let tries = 0; tries < 100 && stale.some(isPopulated); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return stale.filter(removeLeaf);
}

/** Whether a leaf's name tells of a bench of this pid namespace that is dead. */
function isStale(path: string): boolean {
  const owner = /-(\d+)\.(\d+)\.(\d+)$/.exec(path);
  if (owner === null || owner[1] !== pidNamespace()) return false;
  return !isAlive(Number(owner[2]), Number(owner[3]));
}

function findLeaves(folder: string, depth: number): string[] {
  const folders = listFolders(folder);
  const here = folders.filter((name) => name.startsWith('bench-'));
  const deeper = depth === 0 ? [] : folders.filter((name) => !name.startsWith('bench-'));
  return [
    ...here.map((name) => join(folder, name)),
    ...deeper.flatMap((name) => findLeaves(join(folder, name), depth - 1)),
  ];
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
