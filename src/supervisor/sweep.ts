import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findCgroup,
  isPopulated,
  killLeaf,
  pidNamespace,
  removeFolders,
  removeLeaf,
  twinsOf,
} from './cgroup.ts';
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
  const removed = stale.filter(removeLeaf);
  // Also those whose leaf somebody else has removed.
  for (const home of twinsOf({ name: place.own })) {
    for (const twin of findLeaves(home, 0).filter(isStale)) removeFolders(twin);
  }
  return removed;
}

/** The leaves that `sweepStale` would end; touches none. */
export function staleLeaves(): string[] {
  const place = findCgroup(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    readFileSync('/proc/self/cgroup', 'utf8'),
  );
  return typeof place === 'string' ? [] : findLeaves(place.mount, MAX_DEPTH).filter(isStale);
}

/** Whether a leaf's name tells of a bench of this pid namespace that is dead. */
function isStale(path: string): boolean {
  const owner = /-(\d+\.\d+\.\d+)$/.exec(path)?.[1];
  return owner !== undefined && isOwnerDead(owner);
}

/** Whether `ownIdentity` of a bench of this pid namespace names one that is dead; of another namespace nobody knows. */
export function isOwnerDead(identity: string): boolean {
  const owner = /^(\d+)\.(\d+)\.(\d+)$/.exec(identity);
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
