import { existsSync } from 'node:fs';
import { lstat, readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { type GitPlace, git, nulSeparated } from './git.ts';

/** Larger files that git does not know yet are models or dumps, not parts of an experiment. */
const largestNewBytes = 10 * 1024 * 1024;

/** Which files go into a commit. */
export interface Selection {
  /** Relative to the root, as git names them. */
  readonly paths: readonly string[];
  /** Of these, the ones a .gitignore rule names: added all the same. */
  readonly forced: readonly string[];
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

/**
 * Sorts out which of these files (absolute, or relative to the root) git can and should take. A symbolic link counts
 * as itself and as the file it leads to. `must` files go in even when .gitignore names them, the others not.
 */
export async function selectPaths(
  repo: GitPlace,
  files: readonly string[],
  options: { must: boolean },
): Promise<Selection> {
  const paths = new Set<string>();
  const skipped: { path: string; why: string }[] = [];
  for (const file of files) {
    for (const step of await followLinks(resolve(repo.root, file))) {
      const found = await place(repo.root, step);
      if ('why' in found) skipped.push(found);
      else paths.add(found.path);
    }
  }
  const ignored = new Set(await listIgnored(repo, [...paths]));
  const forced = [...paths].filter((path) => ignored.has(path));
  if (options.must) return { paths: [...paths], forced, skipped };
  const kept = [...paths].filter((path) => !ignored.has(path));
  const large = new Set(await listLargeNew(repo, kept));
  return {
    paths: kept.filter((path) => !large.has(path)),
    forced: [],
    skipped: [
      ...skipped,
      ...forced.map((path) => ({ path, why: '.gitignore names it' })),
      ...[...large].map((path) => ({ path, why: 'new and larger than 10 MiB' })),
    ],
  };
}

/** The file, and what it leads to when it is a link: the last one is no link. */
async function followLinks(file: string): Promise<string[]> {
  const steps = [file];
  for (let last = file; steps.length < 40; steps.push(last)) {
    const target = await readlink(last).catch(() => null);
    if (target === null) break;
    last = resolve(dirname(last), target);
  }
  return steps;
}

async function place(root: string, file: string): Promise<{ path: string } | { path: string; why: string }> {
  const parent = await realpath(dirname(file)).catch(() => null);
  const shown = relative(root, file);
  if (parent === null) return { path: shown, why: 'not there' };
  const path = relative(root, join(parent, file.slice(dirname(file).length + 1)));
  const facts = await lstat(file).catch(() => null);
  if (facts === null) return { path: shown, why: 'not there' };
  if (path.startsWith('..') || isAbsolute(path)) return { path: shown, why: 'outside the repository' };
  if (!facts.isFile() && !facts.isSymbolicLink()) return { path, why: 'not a file' };
  if (belongsToAnother(root, path)) return { path, why: 'part of another repository inside this one' };
  return { path };
}

function belongsToAnother(root: string, path: string): boolean {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    if (existsSync(join(root, folder, '.git'))) return true;
  }
  return path === '.git' || path.startsWith('.git/');
}

async function listIgnored(repo: GitPlace, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  // `./` keeps a path that begins like pathspec magic a path.
  const input = paths.map((path) => `./${path}\0`).join('');
  const ignored = await git(repo, ['check-ignore', '-z', '--stdin'], {
    input,
    ok: [0, 1],
    literalPaths: false,
  });
  return nulSeparated(ignored).map((path) => path.replace(/^\.\//, ''));
}

async function listLargeNew(repo: GitPlace, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  const untracked = nulSeparated(await git(repo, ['ls-files', '--others', '-z', '--', ...paths]));
  const sizes = await Promise.all(
    untracked.map(async (path) => ({ path, bytes: (await lstat(join(repo.root, path))).size })),
  );
  return sizes.filter(({ bytes }) => bytes > largestNewBytes).map(({ path }) => path);
}
