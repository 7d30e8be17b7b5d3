import { BenchError, ExitCode } from '../errors.ts';
import type { Repo } from './repo.ts';

/** What the user said about committing. */
export interface CommitWish {
  /** `--commit` (true), `--no-commit` (false), or neither (null). */
  readonly flag: boolean | null;
  /** The variable CI of the environment. */
  readonly ci: string | undefined;
}

/**
 * Whether rows of this repository are committed: null when they are, else the reason in words, fit after "not
 * committed: ". `--commit` overrides CI and the setting bench.commit, nothing else. BenchError (exit 2) where
 * not even a row may be written: bare repositories, and in the middle of a merge or the like.
 */
export function whyNoCommit(repo: Repo, wish: CommitWish): string | null {
  if (repo.kind === 'bare') {
    throw new BenchError(`${repo.gitDir} is a bare repository: it has no working tree for the ledger`, {
      exitCode: ExitCode.usage,
      hint: 'Run in a clone or in a worktree of it (git worktree add).',
    });
  }
  if (repo.kind === 'none') return repo.note ?? 'not a git repository';
  if (repo.inProgress !== null && repo.inProgress !== 'bisect') {
    throw new BenchError(
      `A ${repo.inProgress} is in progress in ${repo.root}: a row written now could end up in it`,
      {
        exitCode: ExitCode.usage,
        hint: `Finish it (git ${repo.inProgress} --continue) or give it up (git ${repo.inProgress} --abort), then run again.`,
      },
    );
  }
  if (wish.flag === false) return '--no-commit';
  if (wish.flag === null && repo.commitSetting === false) return 'git config bench.commit is false';
  if (wish.flag === null && isCi(wish.ci)) return 'running under CI (--commit commits all the same)';
  if (repo.inProgress === 'bisect') return 'a bisect is in progress';
  if (repo.branch === null) return 'HEAD is detached (git switch a branch to commit)';
  if (!repo.hasIdentity) return 'git does not know who you are (git config user.name and user.email)';
  return null;
}

function isCi(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value.toLowerCase() !== 'false';
}
