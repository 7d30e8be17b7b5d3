import { BenchError, ExitCode } from '../errors.ts';
import { type GitPlace, git, oneLine } from './git.ts';

/** A file as a commit holds it. */
export interface RevisionFile {
  readonly text: string;
  /** Id of its blob. */
  readonly blob: string;
}

/** The commit that a person names: `HEAD~3`, a tag, a beginning of a hash. BenchError (exit 2) when git knows none. */
export async function findCommit(repo: GitPlace, name: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', `${name}^{commit}`];
  const found = name.startsWith('-') ? null : await git(repo, args, { ok: 'any' });
  if (found?.code === 0) return oneLine(found);
  throw new BenchError(`git knows no commit ${JSON.stringify(name)}.`, {
    exitCode: ExitCode.usage,
    hint: 'In a shallow clone older commits are missing: `git fetch --unshallow` brings them.',
  });
}

/** A file of a commit, by its path from the root of the repository; null when the commit has none. */
export async function fileAt(repo: GitPlace, commit: string, path: string): Promise<RevisionFile | null> {
  const found = await git(repo, ['rev-parse', '--verify', '--quiet', `${commit}:${path}`], { ok: 'any' });
  if (found.code !== 0) return null;
  const blob = oneLine(found);
  const read = await git(repo, ['cat-file', 'blob', blob], { ok: 'any' });
  return read.code === 0 ? { text: read.stdout, blob } : null;
}
