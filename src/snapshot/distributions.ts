import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** What is installed in a venv, as its own metadata has it. */
export interface Installed {
  /** Name as its author writes it -> version; sorted by name. */
  readonly distributions: { readonly [name: string]: string };
  /** Those that come from elsewhere than an index: a folder, an archive, a repository (PEP 610). */
  readonly direct: { readonly [name: string]: DirectSource };
  /** Folders outside the venv that its .pth files put on the path: their content is not in the venv's root. */
  readonly outside: readonly string[];
}

/** Where a distribution that came from no index was taken from. */
export interface DirectSource {
  /** Without user and password. */
  readonly url: string;
  /** Installed in place: what runs is the folder as it stands, not a copy in the venv. */
  readonly isEditable: boolean;
  readonly commit: string | null;
}

/** A distribution that brought a file. */
export interface Owner {
  readonly name: string;
  readonly version: string;
}

/** Reads every dist-info of a site-packages folder. Empty when the folder cannot be read. */
export function installedIn(sitePackages: string): Installed {
  const distributions: [string, string][] = [];
  const direct: [string, DirectSource][] = [];
  for (const folder of distInfos(sitePackages)) {
    const owner = ownerOf(folder);
    distributions.push([owner.name, owner.version]);
    const source = directSource(folder);
    if (source !== null) direct.push([owner.name, source]);
  }
  return {
    distributions: Object.fromEntries(distributions.sort(byName)),
    direct: Object.fromEntries(direct.sort(byName)),
    outside: outsideOf(sitePackages),
  };
}

/** Absolute path of every shared object that a RECORD lists -> the distribution that brought it. */
export function ownersOfLibraries(sitePackages: string): Map<string, Owner> {
  const owners = new Map<string, Owner>();
  for (const folder of distInfos(sitePackages)) {
    const record = textOf(join(folder, 'RECORD'));
    const objects = record?.match(/^[^,\n]*\.so(?:\.[\w.]*)?(?=,)/gm) ?? [];
    if (objects.length === 0) continue;
    const owner = ownerOf(folder);
    for (const path of objects) owners.set(resolve(sitePackages, path), owner);
  }
  return owners;
}

/** `lib/python3.x/site-packages` of a venv; null when it has none. */
export function sitePackagesOf(venv: string): string | null {
  const version = namesIn(join(venv, 'lib')).find((name) => /^(?:python|pypy)[\d.]+t?$/.test(name));
  return version === undefined ? null : join(venv, 'lib', version, 'site-packages');
}

function distInfos(sitePackages: string): string[] {
  return namesIn(sitePackages)
    .filter((name) => name.endsWith('.dist-info'))
    .map((name) => join(sitePackages, name));
}

/** By METADATA's first lines; a folder without one by its name. */
function ownerOf(distInfo: string): Owner {
  const head = headOf(join(distInfo, 'METADATA'));
  const [, name = '', version = ''] = /([^/]+)-([^/-]+)\.dist-info$/.exec(distInfo) ?? [];
  return {
    name: /^Name:\s*(\S+)/m.exec(head)?.[1] ?? name,
    version: /^Version:\s*(\S+)/m.exec(head)?.[1] ?? version,
  };
}

function directSource(distInfo: string): DirectSource | null {
  const text = textOf(join(distInfo, 'direct_url.json'));
  if (text === null) return null;
  try {
    const { url, dir_info, vcs_info } = JSON.parse(text) as {
      url?: unknown;
      dir_info?: { editable?: unknown };
      vcs_info?: { commit_id?: unknown };
    };
    return {
      url: String(url).replace(/^([\w+.-]+:\/\/)[^/@]*@/, '$1'),
      isEditable: dir_info?.editable === true,
      commit: typeof vcs_info?.commit_id === 'string' ? vcs_info.commit_id : null,
    };
  } catch {
    return { url: 'its direct_url.json is no JSON', isEditable: false, commit: null };
  }
}

function outsideOf(sitePackages: string): string[] {
  // site-packages -> pythonX -> lib -> the venv
  const venv = dirname(dirname(dirname(sitePackages)));
  const lines = namesIn(sitePackages)
    .filter((name) => name.endsWith('.pth') || name.endsWith('.egg-link'))
    .flatMap((name) => (textOf(join(sitePackages, name)) ?? '').split('\n'));
  const folders = lines
    .map((line) => line.trim())
    .filter((line) => isAbsolute(line) && !`${line}/`.startsWith(`${venv}/`));
  return [...new Set(folders)].sort();
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function headOf(path: string): string {
  const head = Buffer.alloc(1024);
  try {
    const file = openSync(path, 'r');
    try {
      return head.toString('utf8', 0, readSync(file, head, 0, head.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
