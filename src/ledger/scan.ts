import { escapeCell } from './cell.ts';
import { ledgerName } from './place.ts';
import type { NamedRows } from './read.ts';
import { type Column, columns, type Row } from './row.ts';
import { decodeRawLine, type RawLine, splitLedger } from './tsv.ts';

/** A ledger whose rows are decoded as they are asked for: of a hundred thousand a comparison needs a few. */
export interface LedgerScan extends NamedRows {
  /** Rows that have a text in a cell, the newest first, each decoded when it is taken. */
  where(column: Column, text: string): Iterable<Row>;
  /** The last row; null when there is none. */
  last(): Row | null;
}

/**
 * Looks at a ledger file's text without decoding it. A line that is no row is found when it is asked for.
 * @throws BenchError (exit 2) for a header of another kind and for the markers of an unfinished merge.
 */
export function scanLedger(ledger: string): LedgerScan {
  const { lines, extraColumns } = splitLedger(ledger, ledgerName);
  const indexes = new Map<Column, Map<string, RawLine[]>>();
  const decode = (line: RawLine): Row => decodeRawLine(line, extraColumns, ledgerName).row;
  const indexOf = (column: Column): Map<string, RawLine[]> => {
    const known = indexes.get(column);
    if (known !== undefined) return known;
    const index = indexBy(lines, columns.indexOf(column));
    indexes.set(column, index);
    return index;
  };
  function* where(column: Column, text: string): Iterable<Row> {
    for (const line of (indexOf(column).get(escapeCell(text)) ?? []).toReversed()) yield decode(line);
  }
  const last = lines.at(-1);
  return {
    isEmpty: lines.length === 0,
    where,
    last: () => (last === undefined ? null : decode(last)),
    byIter: (iter) => [...where('iter', `iter-${iter}`)].reverse(),
    byRunIdStart: (start) =>
      lines.filter((line) => line.text.startsWith(start, line.text.indexOf('\t') + 1)).map(decode),
  };
}

function indexBy(lines: readonly RawLine[], column: number): Map<string, RawLine[]> {
  const index = new Map<string, RawLine[]>();
  for (const line of lines) {
    const cell = cellAt(line.text, column);
    const same = index.get(cell);
    if (same === undefined) index.set(cell, [line]);
    else same.push(line);
  }
  return index;
}

function cellAt(line: string, column: number): string {
  let start = 0;
  for (let passed = 0; passed < column; passed += 1) start = line.indexOf('\t', start) + 1;
  const end = line.indexOf('\t', start);
  return line.slice(start, end === -1 ? undefined : end);
}
