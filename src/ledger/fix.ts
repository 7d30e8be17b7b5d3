import { nextIter, readForWriting } from './append.ts';
import { explainDiskError } from './disk-error.ts';
import { findInterrupted } from './interrupted.ts';
import { withLedgerLock } from './ledger-lock.ts';
import { type Mended, mendLines } from './mend.ts';
import type { LedgerPlace } from './place.ts';
import { type Relinked, relink } from './relink.ts';
import type { WorkRepo } from './repo.ts';
import type { Row } from './row.ts';
import { encodeRow, header } from './tsv.ts';
import { writeWhole } from './write-whole.ts';

/** What `bench ledger fix` did. */
export interface LedgerFix extends Omit<Mended, 'lines'> {
  /** Rows of runs that were killed before they could write one. */
  readonly entered: readonly Row[];
  /** Rows whose commit is in no branch any more, linked to the oldest one that holds the same YAML. */
  readonly relinked: readonly Relinked[];
  /** Whether the file was written. */
  readonly changed: boolean;
}

/**
 * Mends a ledger in one write, under its lock: drops the doubles of a union merge, renumbers rows that share a number, links
 * rows anew whose commit a rebase or the like has replaced, and enters runs that ended without a row. Numbers that were
 * measured stay as they are; what it cannot decide it leaves alone and says. BenchError (exit 5)
 * when the file cannot be read or written.
 * @param repo null: there is no git, so no commit can be looked for.
 */
export async function fixLedger(place: LedgerPlace, repo: WorkRepo | null = null): Promise<LedgerFix> {
  return withLedgerLock(place.locks, 'ledger fix', async () => {
    const ledger = await readForWriting(place);
    const mended = mendLines(ledger.lines);
    const links = repo === null ? { relinked: [], problems: [] } : await relink(repo, mended.lines);
    const commits = new Map(links.relinked.map(({ runId, to }) => [runId, to]));
    const interrupted = await findInterrupted(place, new Set(ledger.rows.map((row) => row.run_id)));
    const first = nextIter(mended.lines.map((line) => line.row));
    const entered = interrupted.rows.map((row, index) => ({ iter: first + index, ...row }));
    const { doubles, renumbered } = mended;
    const { relinked } = links;
    const problems = [...mended.problems, ...links.problems, ...interrupted.problems];
    const changed = doubles.length + renumbered.length + relinked.length + entered.length > 0;
    if (changed) {
      const empty = ledger.extraColumns.map(() => '');
      const text = [
        [header, ...ledger.extraColumns].join('\t'),
        ...mended.lines.map(({ row, extraCells }) =>
          encodeRow({ ...row, commit: commits.get(row.run_id) ?? row.commit }, extraCells),
        ),
        ...entered.map((row) => encodeRow(row, empty)),
      ];
      await write(place, text.map((line) => `${line}${ledger.lineEnd}`).join(''));
    }
    return { doubles, renumbered, relinked, problems, entered, changed };
  });
}

async function write(place: LedgerPlace, text: string): Promise<void> {
  try {
    await writeWhole(place.file, text);
  } catch (error) {
    throw explainDiskError(error, `mend ${place.ledger}`, 'The ledger is as it was.');
  }
}
