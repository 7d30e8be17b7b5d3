import { join } from 'node:path';

/** A cgroup hierarchy that a process is in, as far as it is mounted here. */
export interface CgroupPlace {
  readonly controllers: readonly string[];
  readonly isUnified: boolean;
  /** The process's own group first, then those above it up to the mount. */
  readonly folders: readonly string[];
}

interface Hierarchy {
  readonly mount: string;
  /** The part of the hierarchy that is mounted there. */
  readonly mountRoot: string;
  readonly controllers: readonly string[];
  readonly isUnified: boolean;
}

/**
 * Where a process's groups are, in version 1 and 2 hierarchies alike.
 * @param cgroup the text of /proc/PID/cgroup.
 * @param mountinfo the text of /proc/self/mountinfo.
 */
export function cgroupPlaces(cgroup: string, mountinfo: string): CgroupPlace[] {
  const hierarchies = parseHierarchies(mountinfo);
  return cgroup
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const names = controllers.split(',');
      const found = hierarchies.find((one) =>
        controllers === '' ? one.isUnified : one.controllers.includes(names[0] ?? ''),
      );
      if (found === undefined) return [];
      return [{ controllers: names, isUnified: found.isUnified, folders: foldersUp(found, path) }];
    });
}

/** Cgroup mounts of a mountinfo text (proc(5)). */
function parseHierarchies(mountinfo: string): Hierarchy[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , mountRoot = '/', mount = ''] = left.split(' ');
    const [type = '', , options = ''] = right.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    return [{ mount, mountRoot, controllers: options.split(','), isUnified: type === 'cgroup2' }];
  });
}

/** The group's folder and those above it, up to the mount. */
function foldersUp({ mount, mountRoot }: Hierarchy, path: string): string[] {
  const inside = mountRoot !== '/' && path.startsWith(mountRoot) ? path.slice(mountRoot.length) : path;
  const steps = inside.split('/').filter((step) => step !== '');
  return Array.from({ length: steps.length + 1 }, (_, cut) =>
    join(mount, ...steps.slice(0, steps.length - cut)),
  );
}
