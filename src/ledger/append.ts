import { lstatSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { BenchError, ExitCode } from '../errors.ts';
import { explainDiskError } from './disk-error.ts';
import { encodeRecord } from './fit-record.ts';
import { withLedgerLock } from './ledger-lock.ts';
import { type LedgerPlace, ledgerName, recordPath } from './place.ts';
import { type LedgerFile, readLedger } from './read.ts';
import type { NewRecord } from './record.ts';
import type { NewRow, Row } from './row.ts';
import { runIdPattern } from './run-id.ts';
import { encodeRow, header } from './tsv.ts';
import { sweepDrafts, writeWhole } from './write-whole.ts';

/** A row that is in the ledger. */
export interface Appended {
  readonly row: Row;
  /** false when a row of this run was there already: then nothing was written. */
  readonly added: boolean;
  /** What the record had to leave out to stay under 256 KB, in words. */
  readonly dropped: readonly string[];
}

/** What is to be added to a ledger; `record` null: rows that a person marked have none. */
export interface NewRun {
  readonly row: NewRow;
  readonly record: NewRecord | null;
}

/**
 * Adds a row, and its record, to the ledger of a root, under the ledger lock. The row gets the next number. The record
 * is written first: a kill between the two leaves a record that `bench ledger fix` can make the row from. Each
 * file is written whole or not at all; when the row cannot be written the record goes too. BenchError (exit 5)
 * when the disk refuses, the lock stays held, or the ledger cannot be read.
 * @param given the run, or what makes it of the rows that are there; what that throws ends here, with nothing written.
 */
export async function appendRun(
  place: LedgerPlace,
  given: NewRun | ((rows: readonly Row[]) => NewRun),
): Promise<Appended> {
  return withLedgerLock(place.locks, 'append a row', async () => {
    const ledger = await readForWriting(place);
    const run = typeof given === 'function' ? given(ledger.rows) : given;
    const present = ledger.rows.find((row) => row.run_id === run.row.run_id);
    if (present !== undefined) return { row: present, added: false, dropped: [] };
    const row = { iter: nextIter(ledger.rows), ...run.row };
    const text = appendLine(ledger, row);
    const record = run.record === null ? null : encodeRecord(run.record, row);
    if (record !== null) await writeRecord(place, row.run_id, record.text);
    try {
      await writeWhole(place.file, text);
    } catch (error) {
      if (record !== null) await rm(recordPath(place, row.run_id), { force: true }).catch(() => undefined);
      throw explainDiskError(error, `add the row to ${place.ledger}`, safeHint);
    }
    return { row, added: true, dropped: record?.dropped ?? [] };
  });
}

/** The number of the next row: one more than the largest, from 0. */
export function nextIter(rows: readonly Row[]): number {
  return rows.reduce((largest, row) => Math.max(largest, row.iter), -1) + 1;
}

/** Reads the ledger in order to write it; drafts of killed writers are cleared. Only under the ledger lock. */
export async function readForWriting(place: LedgerPlace): Promise<LedgerFile> {
  if (lstatSync(place.file, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new BenchError(`${place.file} is a directory`, {
      exitCode: ExitCode.host,
      hint: 'The ledger is a file of that name.',
    });
  }
  try {
    await sweepDrafts(dirname(place.file), (name) => name === basename(place.file));
    return await readLedger(place);
  } catch (error) {
    if (!(error instanceof BenchError))
      throw explainDiskError(error, `prepare ${place.ledger} for a new row`, safeHint);
    throw new BenchError(`No row was added: ${error.message}`, {
      exitCode: ExitCode.host,
      hint: error.hint,
      cause: error,
    });
  }
}

function appendLine(ledger: LedgerFile, row: Row): string {
  const { text, lineEnd, extraColumns } = ledger;
  const line = `${encodeRow(
    row,
    extraColumns.map(() => ''),
  )}${lineEnd}`;
  if (text.trim() === '') return `${header}\n${line}`;
  return `${text}${text.endsWith('\n') ? '' : lineEnd}${line}`;
}

async function writeRecord(place: LedgerPlace, runId: string, text: string): Promise<void> {
  const path = recordPath(place, runId);
  try {
    await mkdir(place.results, { recursive: true });
    await sweepDrafts(place.results, (name) => runIdPattern.test(name.replace(/\.json$/, '')));
    await writeWhole(path, text);
  } catch (error) {
    throw explainDiskError(error, `write the record ${path}`, safeHint);
  }
}

const safeHint = `${ledgerName} is as it was. What was measured is in .bench_runs/.`;
