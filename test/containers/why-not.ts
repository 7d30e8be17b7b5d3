import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const needed: { readonly [program: string]: string } = {
  podman: 'podman',
  'docker-registry': 'docker-registry',
  catatonit: 'catatonit',
};

/** Why nothing can be shown here, with the command that mends it; null when it can. */
export const whyNot = probe();

function probe(): string | null {
  if (process.platform !== 'linux') return 'containers are started on Linux only';
  if (process.getuid?.() !== 0) return 'a registry, a store and cgroups of their own need root';
  const missing = Object.keys(needed).filter((program) => !isOnPath(program));
  if (missing.length === 0) return null;
  return `${missing.join(', ')} not found: apt-get install podman runc crun catatonit docker-registry`;
}

/** Whether a program is on PATH. */
export function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
