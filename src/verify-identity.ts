import { findCheckout } from './checkout.ts';
import { type Reidentified, reidentify } from './config/reidentify.ts';
import { type Remark, remark } from './ledger/check-names.ts';
import { type Kept, readTexts } from './ledger/history.ts';
import type { WorkRepo } from './ledger/repo.ts';
import type { SeenRow } from './verify-row.ts';

/** What came of computing the exp_ids of rows again. */
export interface Identities {
  readonly recomputed: number;
  /** Why not -> so many rows. */
  readonly not: { readonly [because: string]: number };
  readonly problems: readonly Remark[];
}

/** Computes the exp_id of every row again whose record tells enough: from its texts, else from git's. */
export async function identify(
  rows: readonly SeenRow[],
  kept: readonly Kept[],
  repo: WorkRepo | null,
): Promise<Identities> {
  const names = rows.flatMap((row, index) => namesOfTexts(row, kept[index]).map(([, name]) => name));
  const fromGit = repo === null ? new Map<string, string>() : await readTexts(repo, names);
  const not: Record<string, number> = {};
  const problems: Remark[] = [];
  let recomputed = 0;
  for (const [index, row] of rows.entries()) {
    const found = identityOf(row, textsOf(namesOfTexts(row, kept[index]), fromGit));
    if ('because' in found) not[found.because] = (not[found.because] ?? 0) + 1;
    else if (found.expId === row.exp_id) recomputed += 1;
    else {
      const what = `its experiment is ${found.expId}, and exp_id says ${row.exp_id}`;
      problems.push(remark(row, what, '`git log -p -- bench_results.tsv` tells who changed it'));
    }
  }
  return { recomputed, not, problems };
}

function identityOf(row: SeenRow, texts: { readonly [path: string]: string }): Reidentified {
  const { record, config, noRecord } = row;
  if (row.exp_id === null) return { because: 'the row has none' };
  if (record === null || config === null) return { because: noRecord ?? 'its record is not there' };
  const found = record.identity ?? reidentify(config, texts, record.hashes);
  const isOther = 'expId' in found && found.expId !== row.exp_id && !isOfThisVersion(row);
  return isOther ? { because: 'another version of bench named it, which may know other defaults' } : found;
}

/** The cell is `0.1.0+abcdef`, with `-dirty` at its end or without. */
function isOfThisVersion({ harness }: SeenRow): boolean {
  const { version } = findCheckout();
  return (
    harness === null || harness === version || ['+', '-'].some((end) => harness.startsWith(version + end))
  );
}

function textsOf(
  names: readonly (readonly [path: string, name: string])[],
  fromGit: ReadonlyMap<string, string>,
): { readonly [path: string]: string } {
  return Object.fromEntries(
    names.flatMap(([path, name]) => {
      const text = fromGit.get(name);
      return text === undefined ? [] : [[path, text] as const];
    }),
  );
}

/** What git calls the texts of a row whose record holds none: path -> object. */
function namesOfTexts(row: SeenRow, where: Kept | undefined): [path: string, name: string][] {
  const { record, config, config_sha } = row;
  if (record === null || record.identity !== null || config === null || config_sha === null) return [];
  const commit = where?.in === 'other' ? where.commit : row.commit;
  return [
    [config, config_sha],
    ...record.parents.map((path): [string, string] => [path, `${commit}:${path}`]),
  ];
}
