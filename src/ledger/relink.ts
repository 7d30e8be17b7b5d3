import { isShallow, whereKept } from './history.ts';
import type { WorkRepo } from './repo.ts';
import type { LedgerLine } from './tsv.ts';

/** A row that names another commit than before. */
export interface Relinked {
  readonly runId: string;
  readonly iter: number;
  readonly from: string;
  readonly to: string;
  /** Where that commit has the YAML; the row keeps the path it had. */
  readonly path: string;
}

/**
 * Rows whose commit is in no branch any more (rebase, squash, amend, a reset) and whose YAML another one holds: of several the
 * oldest with it at the row's own path. A shallow clone does not know which commits are gone.
 */
export async function relink(
  repo: WorkRepo,
  lines: readonly LedgerLine[],
): Promise<{ relinked: readonly Relinked[]; problems: readonly string[] }> {
  const rows = lines.map((line) => line.row).filter(({ commit }) => commit !== null);
  const kept = await whereKept(repo, rows);
  const relinked = rows.flatMap((row, index): Relinked[] => {
    const where = kept[index];
    if (where?.in !== 'other' || row.commit === null) return [];
    const { commit: to, path } = where;
    return [{ runId: row.run_id, iter: row.iter, from: row.commit, to, path }];
  });
  if (relinked.length === 0 || !(await isShallow(repo))) return { relinked, problems: [] };
  const problem = `this clone is shallow, so commits that seem gone may only be missing here (${relinked.length}): \`git fetch --unshallow\`, then again`;
  return { relinked: [], problems: [problem] };
}
