import { rm } from 'node:fs/promises';
import { BenchError, ExitCode } from '../errors.ts';
import { type GitPlace, git, nulSeparated, oneLine } from './git.ts';
import { copyIndex, lockIndex, scratchIndex } from './index-lock.ts';
import { readHead, type WorkRepo } from './repo.ts';

/** A file as a commit holds it. */
export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly blob: string;
}

/** A file that a commit adds or changes. */
export interface ChangedEntry extends TreeEntry {
  /** As the parent commit has it; null when it does not. */
  readonly before: Omit<TreeEntry, 'path'> | null;
}

/** Writes the message of a commit, once it is known what it changes. */
export type MessageOf = (changed: readonly ChangedEntry[]) => string | Promise<string>;

/** What came of committing some paths. */
export interface PathsCommit {
  /** The new commit; null when HEAD already holds the paths as they are. */
  readonly commit: string | null;
  /** HEAD afterwards; null only when nothing was ever committed and there was nothing to commit. */
  readonly head: string | null;
  /** The paths as HEAD now holds them. */
  readonly entries: readonly TreeEntry[];
  /** Paths whose staged version differed from both HEAD and the commit; the blob (null: staged for removal) is still readable with `git show`. */
  readonly replacedStaged: readonly { readonly path: string; readonly blob: string | null }[];
}

interface Built {
  readonly parent: string | null;
  readonly commit: string | null;
  readonly entries: readonly TreeEntry[];
  readonly changed: readonly ChangedEntry[];
}

/**
 * Commits the working tree's version of exactly these paths (relative to the root, `/` between names) on HEAD, and
 * brings the same paths of the user's index along. Everything else that is staged stays staged: the tree is built in
 * an index of bench's own from HEAD. Files are read as `git add` reads them (filters, line ends, modes). No hook
 * and no signer runs. When HEAD moves meanwhile the commit is built anew on it.
 * BenchError (exit 5) when index.lock stays held for `indexTries` x 100 ms, or git fails.
 */
export async function commitPaths(
  repo: WorkRepo,
  paths: readonly string[],
  messageOf: MessageOf,
  indexTries = 100,
): Promise<PathsCommit> {
  if (paths.length === 0)
    return { commit: null, head: await readHead(repo), entries: [], replacedStaged: [] };
  for (let attempt = 0; attempt < 10; attempt++) {
    const built = await buildCommit(repo, paths, messageOf);
    if (built.commit === null)
      return { commit: null, head: built.parent, entries: built.entries, replacedStaged: [] };
    const replacedStaged = await moveHead(repo, built.commit, built, indexTries);
    if (replacedStaged !== null)
      return { commit: built.commit, head: built.commit, entries: built.entries, replacedStaged };
  }
  throw new BenchError('HEAD kept moving while bench tried to commit on it', {
    exitCode: ExitCode.host,
    hint: 'The row is safe in the ledger file; the next run commits it.',
  });
}

/** The files of HEAD's tree among these paths, or all under them where they name directories. */
export async function listTree(
  repo: GitPlace,
  head: string | null,
  paths: readonly string[],
): Promise<TreeEntry[]> {
  if (head === null || paths.length === 0) return [];
  const listed = await git(repo, ['ls-tree', '-z', '--full-tree', '-r', head, '--', ...paths]);
  return nulSeparated(listed).map((line) => {
    const [, mode, blob, path] = /^(\d+) \w+ (\w+)\t(.*)$/s.exec(line) ?? [];
    return { path: path ?? '', mode: mode ?? '', blob: blob ?? '' };
  });
}

async function buildCommit(repo: WorkRepo, paths: readonly string[], messageOf: MessageOf): Promise<Built> {
  const parent = await readHead(repo);
  const index = scratchIndex(repo.gitDir);
  try {
    await git(repo, ['-c', 'core.splitIndex=false', 'read-tree', parent ?? '--empty'], { index });
    await git(repo, ['-c', 'core.splitIndex=false', 'update-index', '--add', '--verbose', '-z', '--stdin'], {
      index,
      input: list(paths),
    });
    const entries = await readEntries(repo, paths, index);
    const parentEntries = new Map((await listTree(repo, parent, paths)).map((entry) => [entry.path, entry]));
    const changed = entries
      .map((entry) => ({ ...entry, before: parentEntries.get(entry.path) ?? null }))
      .filter(({ before, mode, blob }) => before === null || before.mode !== mode || before.blob !== blob);
    if (changed.length === 0) return { parent, commit: null, entries, changed };
    const tree = oneLine(await git(repo, ['write-tree', '--missing-ok'], { index }));
    const parents = parent === null ? [] : ['-p', parent];
    const input = await messageOf(changed);
    const commit = await git(repo, ['commit-tree', '--no-gpg-sign', tree, ...parents, '-F', '-'], { input });
    return { parent, commit: oneLine(commit), entries, changed };
  } finally {
    await rm(index, { force: true });
  }
}

/** What was replaced in the user's index; null when HEAD is no longer the commit's parent. */
async function moveHead(
  repo: WorkRepo,
  commit: string,
  built: Built,
  indexTries: number,
): Promise<PathsCommit['replacedStaged'] | null> {
  const lock = await lockIndex(repo, indexTries);
  const index = scratchIndex(repo.gitDir);
  try {
    await copyIndex(repo, index);
    const paths = built.changed.map((entry) => entry.path);
    const staged = new Map((await readEntries(repo, paths, index)).map((entry) => [entry.path, entry]));
    const input = list(built.changed.map((entry) => `${entry.mode} ${entry.blob}\t${entry.path}`));
    await git(repo, ['update-index', '--verbose', '-z', '--index-info'], { index, input });
    // The entries are right but know no file times; without them every `git diff` would read the files again.
    await git(repo, ['add', '--refresh', '--sparse', '--pathspec-from-file=-', '--pathspec-file-nul'], {
      index,
      input: list(paths),
      ok: 'any',
    });
    if (!(await lock.moveTo(commit, built.parent, index))) return null;
    return built.changed.flatMap((entry) => replaced(entry, staged.get(entry.path)));
  } finally {
    await rm(index, { force: true });
    lock.release();
  }
}

/** The staged version of a path, when the commit put another in its place that is nowhere else. */
function replaced(entry: ChangedEntry, staged: TreeEntry | undefined): PathsCommit['replacedStaged'] {
  const { path, before } = entry;
  if (staged === undefined) return before === null ? [] : [{ path, blob: null }];
  const isKnown = [entry, before].some((known) => known?.mode === staged.mode && known.blob === staged.blob);
  const isIntent = before === null && isEmptyBlob(staged.blob);
  return isKnown || isIntent ? [] : [{ path, blob: staged.blob }];
}

/** `git add --intent-to-add` stages the empty file: nothing that could be lost. */
function isEmptyBlob(blob: string): boolean {
  return (
    blob === 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391' || blob.startsWith('473a0f4c3be8a93681a267e3b1e9a7dc')
  );
}

async function readEntries(repo: GitPlace, paths: readonly string[], index: string): Promise<TreeEntry[]> {
  if (paths.length === 0) return [];
  const listed = await git(repo, ['ls-files', '--stage', '-z', '--', ...paths], { index });
  return nulSeparated(listed).map((line) => {
    const [, mode, blob, path] = /^(\d+) (\w+) \d\t(.*)$/s.exec(line) ?? [];
    return { path: path ?? '', mode: mode ?? '', blob: blob ?? '' };
  });
}

function list(parts: readonly string[]): string {
  return parts.map((part) => `${part}\0`).join('');
}
