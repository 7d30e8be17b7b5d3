import { BenchError, ExitCode } from '../errors.ts';
import { escapeCell, unescapeCell } from './cell.ts';
import { type Column, columns, numberColumns, type Row, rowSchema } from './row.ts';

/** A ledger file, decoded. */
export interface Ledger {
  readonly rows: readonly Row[];
  /** Columns that a newer bench added at the end: kept as they are, left empty in rows this one appends. */
  readonly extraColumns: readonly string[];
  /** How its lines end; git turns them into CRLF under core.autocrlf. */
  readonly lineEnd: '\n' | '\r\n';
}

/** A line of the file that is a row, with what is needed to write it back untouched. */
export interface LedgerLine {
  readonly row: Row;
  /** Cells of the extra columns, as they stand. */
  readonly extraCells: readonly string[];
}

/** The first line of a new ledger, without its end. */
export const header = columns.join('\t');

/** A row -> its line without the line end. Throws when the row breaks the schema (a bug, not a user's mistake). */
export function encodeRow(row: Row, extraCells: readonly string[] = []): string {
  const checked = rowSchema.parse(row);
  return [...columns.map((column) => encodeCell(checked, column)), ...extraCells].join('\t');
}

/**
 * The text of a ledger file -> its rows; an empty text is an empty ledger. CRLF line ends, a byte-order mark, a last
 * line without end, blank lines and a header repeated by a union merge are accepted; anything else
 * that is not a row is a BenchError (exit 2) with the line number.
 */
export function decodeLedger(text: string, name: string): Ledger & { readonly lines: readonly LedgerLine[] } {
  const reader = lineReader(name);
  const lines = text.split('\n').flatMap((rawLine) => reader.read(rawLine) ?? []);
  const { extraColumns, lineEnd } = reader.format();
  return { rows: lines.map((line) => line.row), lines, extraColumns, lineEnd };
}

/** A ledger that is read line by line, the header first, as {@link decodeLedger} reads it. */
export interface LineReader {
  /**
   * The next line without its `\n`; null: it is no row, or not wanted.
   * @param isWanted looks at the cells as they are written, before the work of decoding them.
   */
  read(rawLine: string, isWanted?: (cells: readonly string[]) => boolean): LedgerLine | null;
  /** What the header said. */
  format(): Pick<Ledger, 'extraColumns' | 'lineEnd'>;
}

/** A reader for a ledger called `name` in errors. */
export function lineReader(name: string): LineReader {
  const cellOf = cellReader();
  let number = 0;
  let first = '';
  let format: Pick<Ledger, 'extraColumns' | 'lineEnd'> = { extraColumns: [], lineEnd: '\n' };
  return {
    read(rawLine, isWanted) {
      number += 1;
      const line = stripReturn(number === 1 ? rawLine.replace(/^\ufeff/, '') : rawLine);
      refuseConflict(line, name, number);
      if (number === 1) {
        first = line;
        const lineEnd = rawLine.endsWith('\r') ? '\r\n' : '\n';
        format = { extraColumns: line === '' ? [] : readHeader(line, name), lineEnd };
      }
      if (number === 1 || line === first) return null;
      if (first === '' && line.trim() !== '') readHeader(first, name);
      if (line === '') return null;
      const cells = line.split('\t');
      if (isWanted?.(cells) === false) return null;
      return decodeLine(cells, format.extraColumns.length, cellOf, (problem) =>
        badLine(name, number, problem),
      );
    },
    format: () => format,
  };
}

/** A line of the file that should be a row, not yet decoded. */
export interface RawLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** The lines of a ledger file that should be rows; errors as {@link decodeLedger}'s for all but the rows themselves. */
export function splitLedger(
  text: string,
  name: string,
): Pick<Ledger, 'extraColumns' | 'lineEnd'> & { readonly lines: readonly RawLine[] } {
  const reader = lineReader(name);
  const lines: RawLine[] = [];
  for (const [index, rawLine] of text.split('\n').entries()) {
    reader.read(rawLine, () => {
      lines.push({ text: stripReturn(rawLine), number: index + 1 });
      return false;
    });
  }
  return { lines, ...reader.format() };
}

/** One line -> its row. BenchError (exit 2) with the line number when it is none. */
export function decodeRawLine(line: RawLine, extraColumns: readonly string[], name: string): LedgerLine {
  const fail = (problem: string): BenchError => badLine(name, line.number, problem);
  return decodeLine(line.text.split('\t'), extraColumns.length, decodeCell, fail);
}

function encodeCell(row: Row, column: Column): string {
  const value = row[column];
  if (value === null) return '';
  if (column === 'iter') return `iter-${row.iter}`;
  if (typeof value === 'number') return String(value);
  return escapeCell(typeof value === 'string' ? value : value.join(','));
}

function decodeLine(
  cells: readonly string[],
  extraCount: number,
  cellOf: ReturnType<typeof cellReader>,
  fail: (problem: string) => BenchError,
): LedgerLine {
  const expected = columns.length + extraCount;
  if (cells.length !== expected) throw fail(`has ${cells.length} cells where the header has ${expected}`);
  const row: Partial<Record<Column, unknown>> = {};
  for (const [index, column] of columns.entries()) {
    try {
      row[column] = cellOf(cells[index] ?? '', column);
    } catch (error) {
      throw fail(`${column}: ${(error as Error).message}`);
    }
  }
  return { row: row as Row, extraCells: cells.slice(columns.length) };
}

/** So many different cells of a column are kept to be used again: most columns say the same in thousands of rows. */
const mostKept = 1000;

/** Decodes cells and holds them against the schema; equal ones of a column are looked at once, and one value in memory. */
function cellReader(): (cell: string, column: Column) => unknown {
  const kept = new Map(columns.map((column) => [column, new Map<string, unknown>()]));
  return (cell, column) => {
    const known = kept.get(column);
    const before = known?.get(cell);
    if (before !== undefined) return before;
    const parsed = rowSchema.shape[column].safeParse(decodeCell(cell, column));
    if (!parsed.success) throw new Error(parsed.error.issues[0]?.message);
    if (known !== undefined && known.size < mostKept) known.set(cell, parsed.data);
    return parsed.data;
  };
}

function decodeCell(cell: string, column: Column): unknown {
  if (column === 'findings') return cell === '' ? [] : unescapeCell(cell).split(',');
  if (cell === '') return null;
  if (column === 'iter') return Number(/^iter-(0|[1-9]\d*)$/.exec(cell)?.[1] ?? refuse(cell, 'iter-N'));
  if (!numberColumns.has(column)) return unescapeCell(cell);
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(cell) ? Number(cell) : refuse(cell, 'a number');
}

function refuse(cell: string, expected: string): never {
  throw new Error(`${JSON.stringify(cell.slice(0, 40))} is not ${expected}`);
}

function readHeader(line: string, name: string): string[] {
  const found = line.split('\t');
  const wrong = columns.findIndex((column, index) => found[index] !== column);
  if (wrong >= 0) {
    throw badLine(
      name,
      1,
      `column ${wrong + 1} is ${JSON.stringify(found[wrong] ?? '')}, expected ${columns[wrong]}`,
    );
  }
  const extra = found.slice(columns.length);
  if (new Set(found).size < found.length || extra.includes(''))
    throw badLine(name, 1, 'repeats a column or has one without name');
  return extra;
}

function refuseConflict(line: string, name: string, number: number): void {
  if (!/^(<{7}|\|{7}|={7}|>{7})( |$)/.test(line)) return;
  throw new BenchError(`${name} line ${number} has the markers of an unfinished merge`, {
    exitCode: ExitCode.usage,
    hint: 'Keep the lines of both sides, delete the marker lines, then run `bench ledger fix`.',
  });
}

function badLine(name: string, line: number, problem: string): BenchError {
  return new BenchError(`${name} line ${line} cannot be read: ${problem}`, {
    exitCode: ExitCode.usage,
    hint: `See what changed it with \`git log -p -- ${name}\`; a ledger written by a newer bench needs that version.`,
  });
}

function stripReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
