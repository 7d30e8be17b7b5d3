/** One wrong cell of a query file: the reader adds file, row and line. Never leaves the room. */
export class CellError extends Error {
  override readonly name = 'CellError';
  /** Name of the column; null when the whole row is wrong. */
  readonly column: string | null;

  /** @param message what is there, what was expected, and how to fix it, as one sentence. */
  constructor(column: string | null, message: string) {
    super(message);
    this.column = column;
  }
}

/** A text in quotes for a message, cut to `length` characters, control characters escaped. */
export function quoted(text: string, length = 40): string {
  return JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text);
}
