import { readdirSync } from 'node:fs';
import { checkNames, type Remark, remark } from './ledger/check-names.ts';
import { isShallow, type Kept, whereKept } from './ledger/history.ts';
import { changedInMark, isMark } from './ledger/mark.ts';
import type { LedgerPlace } from './ledger/place.ts';
import { eachRow, readRows } from './ledger/read.ts';
import type { Repo } from './ledger/repo.ts';
import type { Row } from './ledger/row.ts';
import { openLedger } from './ledger-story.ts';
import { type Identities, identify } from './verify-identity.ts';
import { checkRow, type SeenRow } from './verify-row.ts';
import type { World } from './world.ts';

/** Where the YAML of a row is found. */
export type Resolution =
  /** In the commit that the row names. */
  | 'commit'
  /** In another commit, after a rebase or the like. */
  | 'other-commit'
  /** In its record alone. */
  | 'record'
  /** Among git's objects, and in no commit. */
  | 'objects'
  /** It was in no commit when it ran, and no record holds it. */
  | 'never-kept'
  | 'nowhere';

/** What `bench ledger verify` found. */
export interface LedgerCheck {
  readonly rows: number;
  /** Rows that have a record. */
  readonly records: number;
  readonly problems: readonly Remark[];
  readonly notes: readonly Remark[];
  /** Rows by where their YAML is found. */
  readonly resolved: { readonly [Where in Resolution]: number };
  readonly expIds: Pick<Identities, 'recomputed' | 'not'>;
}

/**
 * Checks every row of the ledger: its record, its numbers, its exp_id, the rows it names, and where its YAML is. Changes
 * nothing. @throws BenchError (exit 2) when the file is no ledger.
 */
export async function verifyLedger(world: World): Promise<LedgerCheck> {
  const { place, repo } = await openLedger(world);
  const { seen, marks, problems } = await lookAtRows(place);
  const kept: readonly Kept[] =
    repo.kind === 'normal' ? await whereKept(repo, seen) : seen.map(() => ({ in: 'nothing' }) as const);
  const identities = await identify(seen, kept, repo.kind === 'normal' ? repo : null);
  const places = await judgePlaces(seen, kept, repo);
  return {
    rows: seen.length,
    records: seen.filter(({ record }) => record !== null).length,
    problems: inOrder([
      ...problems,
      ...checkNames(seen),
      ...(await checkMarks(place, marks)),
      ...places.problems,
      ...identities.problems,
    ]),
    notes: places.notes,
    resolved: places.resolved,
    expIds: { recomputed: identities.recomputed, not: identities.not },
  };
}

/** Reads row after row and its record, and keeps of each what the checks between rows need. */
async function lookAtRows(
  place: LedgerPlace,
): Promise<{ seen: SeenRow[]; marks: Row[]; problems: Remark[] }> {
  const records = new Set(namesIn(place.results));
  const seen: SeenRow[] = [];
  const marks: Row[] = [];
  const problems: Remark[] = [];
  await eachRow(place, {
    row(row) {
      const looked = checkRow(row, place, records.has(`${row.run_id}.json`));
      seen.push(looked.seen);
      problems.push(...looked.problems);
      if (isMark(row)) marks.push(row);
    },
    bad: ({ message, hint }) => problems.push({ iter: null, runId: null, what: message, todo: hint }),
  });
  return { seen, marks, problems };
}

async function checkMarks(place: LedgerPlace, marks: readonly Row[]): Promise<Remark[]> {
  const wanted = new Set(marks.map(({ supersedes }) => supersedes));
  if (wanted.size === 0) return [];
  const originals = await readRows(place, (cells) => wanted.has(cells[1] ?? '')).catch(() => []);
  const byRun = new Map(originals.map((row) => [row.run_id, row]));
  return marks.flatMap((mark) => {
    const original = byRun.get(mark.supersedes ?? '');
    const changed = original === undefined ? [] : changedInMark(mark, original);
    if (original === undefined || changed.length === 0) return [];
    const what = `it marks iter-${original.iter} and has another ${changed.join(', ')}`;
    return [remark(mark, what, 'a mark copies the numbers: see `git log -p -- bench_results.tsv`')];
  });
}

/** What to say of each row by where its YAML is. */
async function judgePlaces(
  rows: readonly SeenRow[],
  kept: readonly Kept[],
  repo: Repo,
): Promise<{
  problems: Remark[];
  notes: Remark[];
  resolved: Record<Resolution, number>;
}> {
  const isPart = repo.kind === 'normal' && (await isShallow(repo));
  const resolved = { commit: 0, 'other-commit': 0, record: 0, objects: 0, 'never-kept': 0, nowhere: 0 };
  const problems: Remark[] = [];
  const notes: Remark[] = [];
  for (const [index, row] of rows.entries()) {
    const where = kept[index] ?? { in: 'nothing' };
    const resolution = resolve(row, where);
    resolved[resolution] += 1;
    if (where.in === 'wrong') {
      const what = `commit ${row.commit?.slice(0, 12)} has another ${row.config} than config_sha says`;
      problems.push(remark(row, what, 'one of the cells was changed: see `git log -p -- bench_results.tsv`'));
    } else if (resolution === 'nowhere') {
      problems.push(
        remark(row, 'neither a commit nor its record holds its YAML', todoForLost(row, repo, isPart)),
      );
    } else if (row.commit !== null && resolution !== 'commit') {
      notes.push(remark(row, lostCommit(resolution, repo), todoFor(resolution, repo, isPart)));
    }
  }
  return { problems, notes, resolved };
}

/** Of a row whose commit holds another file there is still that commit. */
function resolve(row: SeenRow, where: Kept): Resolution {
  if (where.in === 'commit' || where.in === 'wrong') return 'commit';
  if (where.in === 'other') return 'other-commit';
  if (row.record?.hasText === true) return 'record';
  if (where.in === 'objects') return 'objects';
  return row.commit === null && row.config_sha === null ? 'never-kept' : 'nowhere';
}

function lostCommit(resolution: Resolution, repo: Repo): string {
  if (repo.kind !== 'normal') return 'there is no git here to look for the commit; the record holds the YAML';
  if (resolution === 'other-commit')
    return 'the commit named is in no branch; another one holds the same YAML';
  if (resolution === 'record') return 'the commit named is in no branch; the record holds the YAML';
  return 'the commit named is in no branch; git still has the YAML until it collects garbage';
}

function todoFor(resolution: Resolution, repo: Repo, isPart: boolean): string {
  if (repo.kind !== 'normal') return '';
  if (isPart) return 'this clone is shallow: `git fetch --unshallow` brings the rest';
  if (resolution === 'other-commit') return '`bench ledger fix` links to it';
  return resolution === 'objects' ? 'put its commit on a branch: `git branch keep <commit>`' : '';
}

function todoForLost({ commit }: SeenRow, repo: Repo, isPart: boolean): string {
  if (repo.kind !== 'normal') return 'look in a clone of its repository';
  if (isPart) return 'this clone is shallow: `git fetch --unshallow` may bring it';
  return commit === null
    ? 'look for the file in other clones'
    : `a clone that still has it can put it on a branch: \`git branch keep ${commit.slice(0, 12)}\``;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function inOrder(remarks: readonly Remark[]): Remark[] {
  return [...remarks].sort((a, b) => (a.iter ?? -1) - (b.iter ?? -1));
}
