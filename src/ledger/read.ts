import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { BenchError, ExitCode } from '../errors.ts';
import { explainDiskError } from './disk-error.ts';
import { git } from './git.ts';
import { type LedgerPlace, ledgerName } from './place.ts';
import type { WorkRepo } from './repo.ts';
import type { NewRow, Row } from './row.ts';
import { decodeLedger, type Ledger, type LedgerLine, lineReader } from './tsv.ts';

/** A ledger with each line as it stands. */
export type LedgerFile = Ledger & { readonly lines: readonly LedgerLine[]; readonly text: string };

/** Reads the ledger of a root; no file is an empty ledger. BenchError: exit 2 with the line that is no row, 5 when the disk refuses. */
export async function readLedger(place: Pick<LedgerPlace, 'file'>): Promise<LedgerFile> {
  const text = await readLedgerText(place);
  return { ...decodeLedger(text, ledgerName), text };
}

/** The text of the ledger of a root; empty when there is no file. BenchError as {@link readLedger}'s, for the file. */
export async function readLedgerText(place: Pick<LedgerPlace, 'file'>): Promise<string> {
  return (await readBytes(place)).toString('utf8');
}

/**
 * Reads the rows of a ledger for a look at them: of a long one it holds little more than what the caller keeps.
 * @param isWanted looks at a line's cells as they are written; rows it does not want are neither decoded nor checked.
 * @throws BenchError as {@link readLedger} does.
 */
export async function readRows(
  place: Pick<LedgerPlace, 'file'>,
  isWanted?: (cells: readonly string[]) => boolean,
): Promise<Row[]> {
  const rows: Row[] = [];
  await eachRow(place, { row: (row) => rows.push(row), ...(isWanted === undefined ? {} : { isWanted }) });
  return rows;
}

/** What is done with the lines of a ledger, one after the other. */
export interface RowVisitor {
  row(row: Row): unknown;
  isWanted?(cells: readonly string[]): boolean;
  /** A line that is no row; absent: it is thrown. */
  bad?(error: BenchError): void;
}

/** Goes through the rows of a ledger and keeps none. @throws BenchError as {@link readLedger} does. */
export async function eachRow(place: Pick<LedgerPlace, 'file'>, visitor: RowVisitor): Promise<void> {
  const reader = lineReader(ledgerName);
  let isFirst = true;
  for await (const lines of piecesOf(place)) {
    for (const rawLine of lines) {
      const line = readLine(rawLine, isFirst);
      if (line !== null) await visitor.row(line.row);
      isFirst = false;
    }
  }
  function readLine(rawLine: string, isHeader: boolean): LedgerLine | null {
    try {
      return reader.read(rawLine, visitor.isWanted);
    } catch (error) {
      // Without its header no line can be read.
      if (isHeader || visitor.bad === undefined || !(error instanceof BenchError)) throw error;
      visitor.bad(error);
      return null;
    }
  }
}

/** The lines of a ledger without their `\n`, a piece of the file at a time; none when there is no file. */
async function* piecesOf({ file }: Pick<LedgerPlace, 'file'>): AsyncGenerator<readonly string[]> {
  let rest = Buffer.alloc(0);
  try {
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
      const bytes = Buffer.concat([rest, piece as Buffer]);
      const end = bytes.lastIndexOf('\n');
      if (!isUtf8(bytes.subarray(0, end + 1))) throw notUtf8(await readFile(file));
      if (end !== -1) yield bytes.toString('utf8', 0, end).split('\n');
      rest = bytes.subarray(end + 1);
    }
    if (!isUtf8(rest)) throw notUtf8(await readFile(file));
    if (rest.length > 0) yield [rest.toString('utf8')];
  } catch (error) {
    if (error instanceof BenchError) throw error;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw explainDiskError(error, `read ${file}`, '');
  }
}

/** The bytes of a ledger, which are UTF-8; none when there is no file. */
async function readBytes({ file }: Pick<LedgerPlace, 'file'>): Promise<Buffer> {
  try {
    const bytes = await readFile(file);
    if (!isUtf8(bytes)) throw notUtf8(bytes);
    return bytes;
  } catch (error) {
    if (error instanceof BenchError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw explainDiskError(error, `read ${file}`, '');
  }
}

function notUtf8(bytes: Buffer): BenchError {
  const lines = bytes.toString('utf8').split('\n');
  const line = lines.findIndex((text) => text.includes('\ufffd')) + 1;
  return new BenchError(`${ledgerName} line ${line} is not valid UTF-8`, {
    exitCode: ExitCode.usage,
    hint: `See what changed it with \`git log -p -- ${ledgerName}\`.`,
  });
}

/**
 * The row that a person names: `iter-3`, `3`, a run_id or the beginning of one. BenchError (exit 2) when there
 * is none, or more than one.
 */
export function findRow(rows: readonly Row[], name: string): Row {
  return onlyRow(name, {
    isEmpty: rows.length === 0,
    byIter: (iter) => rows.filter((row) => row.iter === iter),
    byRunIdStart: (start) => rows.filter((row) => row.run_id.startsWith(start)),
  });
}

/** A ledger that can be asked for rows by what people call them. */
export interface NamedRows {
  readonly isEmpty: boolean;
  byIter(iter: number): readonly Row[];
  byRunIdStart(start: string): readonly Row[];
}

/** The row that a person names, as {@link findRow} says, wherever rows come from. */
export function onlyRow(name: string, rows: NamedRows): Row {
  const iter = /^(?:iter-)?(\d+)$/.exec(name)?.[1];
  const byIter = iter === undefined ? [] : rows.byIter(Number(iter));
  const found =
    byIter.length > 0 || name.startsWith('iter-') ? byIter : name === '' ? [] : rows.byRunIdStart(name);
  const [row] = found;
  if (row !== undefined && found.length === 1) return row;
  if (row === undefined) {
    throw new BenchError(`No row of ${ledgerName} is ${JSON.stringify(name)}`, {
      exitCode: ExitCode.usage,
      hint: rows.isEmpty ? 'The ledger is empty.' : '`bench ledger list` shows them.',
    });
  }
  throw new BenchError(
    `${JSON.stringify(name)} is ${found.length} rows: ${found.map((each) => each.run_id).join(', ')}`,
    {
      exitCode: ExitCode.usage,
      hint:
        byIter.length > 0
          ? 'Two branches used the same number: `bench ledger fix` renumbers.'
          : 'Write more of the run id.',
    },
  );
}

/** The row that first said `baseline` for this subject and still stands; null when the next one without parent is the first. */
export function earlierBaseline(
  rows: readonly Row[],
  subject: Pick<NewRow, 'workload' | 'model' | 'hardware' | 'engine'>,
): Row | null {
  const superseded = new Set(rows.map((row) => row.supersedes));
  const isSame = (row: Row): boolean =>
    row.reason === 'baseline' &&
    !superseded.has(row.run_id) &&
    row.workload === subject.workload &&
    row.model === subject.model &&
    row.hardware === subject.hardware &&
    row.engine === subject.engine;
  return rows.find(isSame) ?? null;
}

/** Rows that are in the file but not in HEAD's version of it. */
export async function pendingRows(repo: WorkRepo, rows: readonly Row[]): Promise<readonly Row[]> {
  const committed = await git(repo, ['cat-file', '--filters', `HEAD:${ledgerName}`], { ok: 'any' });
  if (committed.code !== 0) return rows;
  const known = new Set(committed.stdout.split('\n').map((line) => line.split('\t')[1]));
  return rows.filter((row) => !known.has(row.run_id));
}
