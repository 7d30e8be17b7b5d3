import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { listTree } from './commit-paths.ts';
import { git, oneLine } from './git.ts';
import { readHead, type WorkRepo } from './repo.ts';

/**
 * Where a file (relative to the root) is kept, without committing anything: the blob id it has as `git add` would
 * write it, and HEAD when that holds it so. Both null when the file is not there.
 */
export async function findHolder(
  repo: WorkRepo,
  path: string,
): Promise<{ holder: string | null; configBlob: string | null }> {
  const facts = await lstat(join(repo.root, path)).catch(() => null);
  if (facts?.isFile() !== true) return { holder: null, configBlob: null };
  const configBlob = oneLine(await git(repo, ['hash-object', `--path=${path}`, '--', join(repo.root, path)]));
  const head = await readHead(repo);
  const [entry] = await listTree(repo, head, [path]);
  return { holder: entry?.blob === configBlob ? head : null, configBlob };
}
