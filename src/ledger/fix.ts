import { nextIter, readForWriting } from './append.ts';
import { explainDiskError } from './disk-error.ts';
import { findInterrupted } from './interrupted.ts';
import { withLedgerLock } from './ledger-lock.ts';
import { type Mended, mendLines } from './mend.ts';
import type { LedgerPlace } from './place.ts';
import type { Row } from './row.ts';
import { encodeRow, header } from './tsv.ts';
import { writeWhole } from './write-whole.ts';

/** What `bench ledger fix` did. */
export interface LedgerFix extends Omit<Mended, 'lines'> {
  /** Rows of runs that were killed before they could write one. */
  readonly entered: readonly Row[];
  /** Whether the file was written. */
  readonly changed: boolean;
}

/**
 * Mends a ledger in one write, under its lock: drops the doubles of a union merge, renumbers rows that share a number,
 * and enters runs that ended without a row. What it cannot decide it leaves alone and says. BenchError (exit 5)
 * when the file cannot be read or written.
 */
export async function fixLedger(place: LedgerPlace): Promise<LedgerFix> {
  return withLedgerLock(place.locks, 'ledger fix', async () => {
    const ledger = await readForWriting(place);
    const { lines, ...mended } = mendLines(ledger.lines);
    const interrupted = await findInterrupted(place, new Set(ledger.rows.map((row) => row.run_id)));
    const first = nextIter(lines.map((line) => line.row));
    const entered = interrupted.rows.map((row, index) => ({ iter: first + index, ...row }));
    const problems = [...mended.problems, ...interrupted.problems];
    const changed = mended.doubles.length + mended.renumbered.length + entered.length > 0;
    if (changed) {
      const empty = ledger.extraColumns.map(() => '');
      const text = [
        [header, ...ledger.extraColumns].join('\t'),
        ...lines.map((line) => encodeRow(line.row, line.extraCells)),
        ...entered.map((row) => encodeRow(row, empty)),
      ];
      await write(place, text.map((line) => `${line}${ledger.lineEnd}`).join(''));
    }
    return { ...mended, problems, entered, changed };
  });
}

async function write(place: LedgerPlace, text: string): Promise<void> {
  try {
    await writeWhole(place.file, text);
  } catch (error) {
    throw explainDiskError(error, `mend ${place.ledger}`, 'The ledger is as it was.');
  }
}
