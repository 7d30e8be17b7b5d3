import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError, ExitCode } from '../errors.ts';
import { type GitPlace, type GitResult, git, gitEnvironment, oneLine } from './git.ts';

/** What a person is in the middle of doing with git. */
export type InProgress = 'merge' | 'rebase' | 'cherry-pick' | 'revert' | 'bisect';

/** A repository with a working tree, as it stood when it was looked at. */
export interface WorkRepo extends GitPlace {
  readonly kind: 'normal';
  /** Top of the working tree, absolute, links resolved. */
  readonly root: string;
  /** This worktree's own git directory: index, HEAD. */
  readonly gitDir: string;
  /** The directory that all worktrees share. */
  readonly commonDir: string;
  /** Commit that HEAD names; null before the first. */
  readonly head: string | null;
  /** Full name of the branch, `refs/heads/main`; null when HEAD is detached. */
  readonly branch: string | null;
  readonly inProgress: InProgress | null;
  /** Whether someone has said who commits here (configuration or environment; a guess does not count). */
  readonly hasIdentity: boolean;
  /** The setting `bench.commit`; null when not set. */
  readonly commitSetting: boolean | null;
  /** Whether it is a submodule of another repository. */
  readonly isSubmodule: boolean;
}

/** What git says about a directory. `none` has a note when the reason is not simply that there is no repository. */
export type Repo =
  | { readonly kind: 'none'; readonly note: string | null }
  | { readonly kind: 'bare'; readonly gitDir: string }
  | WorkRepo;

/**
 * Looks at the repository around a directory. Changes nothing. BenchError (exit 2) when git refuses to look: the
 * repository is another user's, or its configuration is broken.
 */
export async function openRepo(directory: string, env: NodeJS.ProcessEnv): Promise<Repo> {
  const place = { root: directory, env: gitEnvironment(env) };
  const kind = await git(place, ['rev-parse', '--is-bare-repository', '--is-inside-work-tree'], {
    ok: 'any',
  });
  if (kind.code !== 0) return refused(kind, directory);
  if (!kind.stdout.includes('true\n') || kind.stdout.startsWith('true')) {
    return { kind: 'bare', gitDir: oneLine(await git(place, ['rev-parse', '--absolute-git-dir'])) };
  }
  const root = oneLine(await git(place, ['rev-parse', '--show-toplevel']));
  return describe({ root, env: place.env });
}

async function describe(place: GitPlace): Promise<WorkRepo> {
  const [gitDir, commonDir, head, branch, setting, superproject, committer, author] = await Promise.all([
    git(place, ['rev-parse', '--absolute-git-dir']),
    git(place, ['rev-parse', '--path-format=absolute', '--git-common-dir']),
    readHead(place),
    git(place, ['symbolic-ref', '--quiet', 'HEAD'], { ok: [0, 1] }),
    git(place, ['config', '--type=bool', '--get', 'bench.commit'], { ok: 'any' }),
    git(place, ['rev-parse', '--show-superproject-working-tree'], { ok: 'any' }),
    git(place, ['-c', 'user.useConfigOnly=true', 'var', 'GIT_COMMITTER_IDENT'], { ok: 'any' }),
    git(place, ['-c', 'user.useConfigOnly=true', 'var', 'GIT_AUTHOR_IDENT'], { ok: 'any' }),
  ]);
  return {
    kind: 'normal',
    ...place,
    gitDir: oneLine(gitDir),
    commonDir: oneLine(commonDir),
    head,
    branch: branch.code === 0 ? oneLine(branch) : null,
    inProgress: findInProgress(oneLine(gitDir)),
    hasIdentity: committer.code === 0 && author.code === 0,
    commitSetting: readSetting(setting),
    isSubmodule: superproject.stdout !== '',
  };
}

/** The commit that HEAD names now; null before the first. */
export async function readHead(place: GitPlace): Promise<string | null> {
  const head = await git(place, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { ok: [0, 1, 128] });
  return head.code === 0 ? oneLine(head) : null;
}

/** What is in progress in a worktree's git directory; git itself tells by these files. */
export function findInProgress(gitDir: string): InProgress | null {
  const signs: readonly (readonly [string, InProgress])[] = [
    ['rebase-merge', 'rebase'],
    ['rebase-apply', 'rebase'],
    ['MERGE_HEAD', 'merge'],
    ['CHERRY_PICK_HEAD', 'cherry-pick'],
    ['REVERT_HEAD', 'revert'],
    ['sequencer', 'cherry-pick'],
    ['BISECT_LOG', 'bisect'],
  ];
  return signs.find(([name]) => existsSync(join(gitDir, name)))?.[1] ?? null;
}

function refused(result: GitResult, directory: string): Repo {
  if (result.code < 0) return { kind: 'none', note: 'git is not installed, or not on PATH' };
  if (/not a git repository/.test(result.stderr)) return { kind: 'none', note: null };
  const owner = /dubious ownership in repository at '(.*)'/s.exec(result.stderr);
  if (owner !== null) {
    throw new BenchError(`git does not trust ${owner[1]}: it belongs to another user`, {
      exitCode: ExitCode.usage,
      hint: `If you trust it: git config --global --add safe.directory '${owner[1]}'`,
    });
  }
  throw new BenchError(`git cannot read the repository at ${directory}: ${result.stderr.trim()}`, {
    exitCode: ExitCode.usage,
  });
}

function readSetting(result: GitResult): boolean | null {
  if (result.code === 1) return null;
  if (result.code === 0) return oneLine(result) === 'true';
  throw new BenchError(`The git setting bench.commit is neither true nor false: ${result.stderr.trim()}`, {
    exitCode: ExitCode.usage,
    hint: 'Set it with `git config bench.commit false`, or remove it with `git config --unset bench.commit`.',
  });
}
