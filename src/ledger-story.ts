import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { commitLedger } from './ledger/commit.ts';
import { fixLedger, type LedgerFix } from './ledger/fix.ts';
import { finishLeftCommit } from './ledger/index-lock.ts';
import { type LedgerPlace, ledgerName, ledgerPlace, recordPath } from './ledger/place.ts';
import { findRow, readLedger } from './ledger/read.ts';
import { openRepo, type Repo } from './ledger/repo.ts';
import type { Row } from './ledger/row.ts';
import { whyNoCommit } from './ledger/why-no-commit.ts';
import type { Finding, Summary } from './stats/summary.ts';
import type { World } from './world.ts';

/** The ledger that belongs to the working directory. */
export async function readRootLedger(world: World): Promise<{ rows: readonly Row[] }> {
  const { place } = await openLedger(world);
  return readLedger(place);
}

/** A row with what its record says: `summary` null when nothing was measured or there is no record. */
export async function showRun(
  name: string,
  world: World,
): Promise<{
  row: Row;
  summary: Summary | null;
  findings: readonly Finding[];
  record: string | null;
  bundle: string | null;
}> {
  const { place } = await openLedger(world);
  const row = findRow((await readLedger(place)).rows, name);
  const record = recordPath(place, row.run_id);
  const bundle = join(place.root, '.bench_runs', row.run_id);
  const text = existsSync(record) ? readFileSync(record, 'utf8') : null;
  const recorded =
    text === null ? null : (JSON.parse(text) as { summary: Summary | null; findings?: Finding[] });
  return {
    row,
    summary: recorded?.summary ?? null,
    findings: recorded?.findings ?? [],
    record: text === null ? null : relative(place.root, record),
    bundle: existsSync(bundle) ? relative(place.root, bundle) : null,
  };
}

/** Mends the ledger and commits what changed, where rows are committed. */
export async function fixRootLedger(world: World): Promise<{ fix: LedgerFix; commit: string }> {
  const { place, repo } = await openLedger(world);
  const whyNot = whyNoCommit(repo, { flag: null, ci: world.env.CI });
  if (whyNot === null && repo.kind === 'normal') await finishLeftCommit(repo);
  const fix = await fixLedger(place);
  if (!fix.changed) return { fix, commit: 'unchanged' };
  if (whyNot !== null || repo.kind !== 'normal') return { fix, commit: `not committed: ${whyNot}` };
  const made = await commitLedger(repo, place, { subject: 'bench: mend the ledger', body: '' });
  return { fix, commit: made.commit?.slice(0, 12) ?? 'nothing to commit' };
}

/** The folder that bench works in from here: see `openLedger`. */
export async function rootOf(world: World): Promise<string> {
  return (await openLedger(world)).place.root;
}

/** The root is git's, else the nearest folder with a ledger, else the working directory. */
export async function openLedger(world: World): Promise<{ place: LedgerPlace; repo: Repo }> {
  const repo = await openRepo(world.cwd, world.env);
  const root =
    repo.kind === 'normal' ? repo.root : (nearestLedger(realpathSync(world.cwd)) ?? realpathSync(world.cwd));
  return { place: ledgerPlace(root, repo), repo };
}

function nearestLedger(folder: string): string | null {
  if (existsSync(join(folder, ledgerName))) return folder;
  return dirname(folder) === folder ? null : nearestLedger(dirname(folder));
}
