import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Repo } from './repo.ts';

/** Name of the ledger at the root. */
export const ledgerName = 'bench_results.tsv';

/** Where rows and records of one root live. */
export interface LedgerPlace {
  readonly root: string;
  /** The ledger as the user names it; may be a symbolic link. */
  readonly ledger: string;
  /** The file behind it: what is replaced when a row is added. */
  readonly file: string;
  readonly results: string;
  /** Lock files to take, in this order. */
  readonly locks: readonly string[];
}

/**
 * The ledger of a root. Its lock is in the git directory that all worktrees share, else beside the ledger; where
 * the ledger is a link there is a second one beside the file itself, for other clones that link to it.
 */
export function ledgerPlace(root: string, repo: Repo): LedgerPlace {
  const ledger = join(root, ledgerName);
  const file = behind(ledger);
  const first =
    repo.kind === 'normal'
      ? join(repo.commonDir, 'bench-ledger.lock')
      : `${join(root, `.${ledgerName}`)}.lock`;
  const second = `${join(dirname(file), `.${ledgerName}`)}.lock`;
  const locks = file === ledger || first === second ? [first] : [first, second];
  return { root, ledger, file, results: join(root, 'results'), locks };
}

/** The record of a run. */
export function recordPath(place: Pick<LedgerPlace, 'results'>, runId: string): string {
  return join(place.results, `${runId}.json`);
}

function behind(path: string): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  return isLink ? realpathSync(path) : path;
}
