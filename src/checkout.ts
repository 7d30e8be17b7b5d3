import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where bench itself is installed, and its version. */
export interface Checkout {
  /** Absolute path of the folder that holds bench's package.json. */
  readonly root: string;
  readonly version: string;
  /** The commit it was packed from; null in a checkout, where git knows. */
  readonly packedCommit: string | null;
}

/** Finds bench's own folder above this file. @throws Error when the installation is broken. */
export function findCheckout(): Checkout {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (existsSync(path)) {
      const manifest = JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string };
      if (manifest.name === 'bench')
        return { root: folder, version: manifest.version ?? '0', packedCommit: packedCommit(folder) };
    }
    if (folder === dirname(folder)) throw new Error('bench cannot find its own package.json');
  }
}

/** What bin/pack-stamp.mjs wrote. */
function packedCommit(root: string): string | null {
  const stamp = join(root, 'dist/packed.json');
  if (!existsSync(stamp)) return null;
  return (JSON.parse(readFileSync(stamp, 'utf8')) as { commit?: string }).commit ?? null;
}
