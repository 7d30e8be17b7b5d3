import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { commitLedger } from './ledger/commit.ts';
import { lookUp } from './ledger/find.ts';
import { fixLedger, type LedgerFix } from './ledger/fix.ts';
import { type Kept, whereKept } from './ledger/history.ts';
import { finishLeftCommit } from './ledger/index-lock.ts';
import { type LedgerPlace, ledgerName, ledgerPlace, recordPath } from './ledger/place.ts';
import { type RowQuery, type Selected, selectRows } from './ledger/query.ts';
import { readRows } from './ledger/read.ts';
import type { RunRecord } from './ledger/record.ts';
import { openRepo, type Repo } from './ledger/repo.ts';
import type { Row } from './ledger/row.ts';
import { whyNoCommit } from './ledger/why-no-commit.ts';
import type { CliffResult } from './search/ladder.ts';
import type { RecallSummary } from './stats/recall.ts';
import type { Finding, Summary } from './stats/summary.ts';
import type { World } from './world.ts';

/** Rows of the ledger that belongs to the working directory; `isEmpty`: it has none at all. */
export async function listRows(query: RowQuery, world: World): Promise<Selected & { isEmpty: boolean }> {
  const { place } = await openLedger(world);
  const rows = await readRows(place);
  return { ...selectRows(rows, query), isEmpty: rows.length === 0 };
}

/** A row with what its record says. */
export interface ShownRun {
  readonly row: Row;
  /** Null when nothing was measured or there is no record. */
  readonly summary: Summary | null;
  /** With its items, as the record has them; null: it was not measured. */
  readonly recall: RecallSummary | null;
  /** The longest context that works and every probe; left out where none was looked for. */
  readonly cliff?: CliffResult;
  readonly findings: readonly Finding[];
  /** Relative to the root; null: not here. */
  readonly record: string | null;
  readonly bundle: string | null;
  /** Where its YAML is now; `record`: there alone. */
  readonly yaml: Kept | { readonly in: 'record' };
  /** The row it corrects, and the one that corrects it. */
  readonly corrected: Row | null;
  readonly correction: Row | null;
}

/** A row by the name a person gives it. @throws BenchError (exit 2) when there is none, or more than one. */
export async function showRun(name: string, world: World): Promise<ShownRun> {
  const { place, repo } = await openLedger(world);
  const { row, links } = await lookUp(place, name);
  const record = recordPath(place, row.run_id);
  const bundle = join(place.root, '.bench_runs', row.run_id);
  const text = existsSync(record) ? readFileSync(record, 'utf8') : null;
  const recorded = text === null ? null : recordIn(text);
  const [kept = { in: 'nothing' as const }] = repo.kind === 'normal' ? await whereKept(repo, [row]) : [];
  const isInRecord = row.config !== null && Object.hasOwn(recorded?.sources ?? {}, row.config);
  const isLost = kept.in === 'nothing' || kept.in === 'objects';
  return {
    row,
    summary: (recorded?.summary ?? null) as Summary | null,
    recall: recorded?.recall ?? null,
    ...(recorded?.cliff === undefined ? {} : { cliff: recorded.cliff }),
    findings: recorded?.findings ?? [],
    record: text === null ? null : relative(place.root, record),
    bundle: existsSync(bundle) ? relative(place.root, bundle) : null,
    yaml: isLost && isInRecord ? { in: 'record' } : kept,
    corrected: links.corrected(row),
    correction: links.correction(row),
  };
}

/** What a record says, unchecked: `bench ledger verify` tells of one that is broken. */
function recordIn(text: string): Partial<RunRecord> | null {
  try {
    return JSON.parse(text) as Partial<RunRecord> | null;
  } catch {
    return null;
  }
}

/** Mends the ledger and commits what changed, where rows are committed. */
export async function fixRootLedger(world: World): Promise<{ fix: LedgerFix; commit: string }> {
  const { place, repo } = await openLedger(world);
  const whyNot = whyNoCommit(repo, { flag: null, ci: world.env.CI });
  if (whyNot === null && repo.kind === 'normal') await finishLeftCommit(repo);
  const fix = await fixLedger(place, repo.kind === 'normal' ? repo : null);
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
