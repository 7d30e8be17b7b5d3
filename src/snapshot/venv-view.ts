import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Installed,
  installedIn,
  type Owner,
  ownersOfLibraries,
  sitePackagesOf,
} from './distributions.ts';
import { type HashOptions, hashFile } from './hash-files.ts';
import type { VenvRoot } from './merkle.ts';
import { type Fact, probe } from './probe.ts';

/** The venv as the snapshot shows it. */
export interface VenvView extends Omit<VenvRoot, 'listing'>, Installed {
  /** Relative to the root, as the file names it. */
  readonly path: string;
  /** Version of the interpreter, as bench found it when it made the venv. */
  readonly python: string | null;
  readonly installer: string | null;
  readonly lockSha256: string | null;
  readonly interpreter: Fact<Interpreter>;
  /** Compiled modules: without them a start is slower, and the first import writes them. */
  readonly bytecode: { readonly files: number; readonly bytes: number };
}

/** The program a venv was made with; its standard library is not in the venv's root. */
export interface Interpreter {
  /** The file behind `bin/python`. */
  readonly path: string;
  readonly sha256: string;
  /** As pyvenv.cfg states it. */
  readonly version: string | null;
  readonly home: string | null;
  readonly seesSystemPackages: boolean;
}

/** What is in a venv beside its files' hashes. */
export interface VenvContents extends Installed, Pick<VenvView, 'interpreter' | 'bytecode'> {
  /** Absolute path of a shared object -> who brought it; not part of the snapshot. */
  readonly owners: ReadonlyMap<string, Owner>;
}

/** Reads a venv's metadata and hashes its base interpreter. */
export async function venvContents(venv: string, hashing: HashOptions): Promise<VenvContents> {
  const sitePackages = sitePackagesOf(venv);
  const installed =
    sitePackages === null ? { distributions: {}, direct: {}, outside: [] } : installedIn(sitePackages);
  return {
    ...installed,
    owners: sitePackages === null ? new Map() : ownersOfLibraries(realPath(sitePackages)),
    interpreter: await probe(() => interpreterOf(venv, hashing)),
    bytecode: bytecodeIn(join(venv, 'lib')),
  };
}

async function interpreterOf(venv: string, hashing: HashOptions): Promise<Interpreter> {
  const path = realpathSync(join(venv, 'bin/python'));
  const settings = readFileSync(join(venv, 'pyvenv.cfg'), 'utf8');
  const setting = (name: string): string | null =>
    new RegExp(`^${name}\\s*=\\s*(.*)$`, 'm').exec(settings)?.[1]?.trim() ?? null;
  return {
    path,
    sha256: (await hashFile(path, hashing)).sha256,
    version: setting('version') ?? setting('version_info'),
    home: setting('home'),
    seesSystemPackages: setting('include-system-site-packages') === 'true',
  };
}

function bytecodeIn(folder: string): { files: number; bytes: number } {
  const sum = { files: 0, bytes: 0 };
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) visit(join(path, entry.name));
      else if (entry.name.endsWith('.pyc')) {
        sum.files += 1;
        sum.bytes += statSync(join(path, entry.name), { throwIfNoEntry: false })?.size ?? 0;
      }
    }
  };
  try {
    visit(folder);
  } catch {
    // A folder that goes or cannot be read: what was counted so far stands.
  }
  return sum;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
