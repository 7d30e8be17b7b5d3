import type { CsvPlace } from './csv-place.ts';

/** One wrong cell of a query file: the reader adds file, row and place. Never leaves the room. */
export class CellError extends Error {
  override readonly name = 'CellError';
  /** Name of the column; null when the whole row is wrong. */
  readonly column: string | null;
  /** Where it is, when that is not the start of the cell. */
  readonly place: CsvPlace | null;

  /** @param message what is there, what was expected, and how to fix it, as one sentence. */
  constructor(column: string | null, message: string, place: CsvPlace | null = null) {
    super(message);
    this.column = column;
    this.place = place;
  }
}

/** Quotes that do not pair up: no cell can be told from the next any more. */
export class QuoteError extends Error {
  override readonly name = 'QuoteError';
  readonly place: CsvPlace;
  /** Which cell of the record it is in, from 0. */
  readonly cell: number;

  /** @param message as of a CellError. */
  constructor(message: string, place: CsvPlace, cell: number) {
    super(message);
    this.place = place;
    this.cell = cell;
  }
}

/** A text in quotes for a message, cut to `length` characters, control characters escaped. */
export function quoted(text: string, length = 40): string {
  return JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text);
}
