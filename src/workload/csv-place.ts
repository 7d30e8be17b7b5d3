/** The bytes of one record, from the end of the one before, so with the blank lines between them. */
export interface CsvSource {
  readonly bytes: Uint8Array;
  /** 1-based line of the file on which the bytes start. */
  readonly line: number;
}

/** A place in a CSV file, as editors count: line and column from 1, columns in UTF-16 units. */
export interface CsvPlace {
  readonly line: number;
  readonly column: number;
}

/** The first quote of a record that breaks RFC 4180. */
export interface QuoteFault {
  readonly kind: 'never-closed' | 'inside-cell';
  readonly place: CsvPlace;
  /** Which cell of the record it is in, from 0. */
  readonly cell: number;
  /** What stands there: from the quote on, or from a little before it. */
  readonly text: string;
}

const quote = 0x22;
const comma = 0x2c;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** So much before a quote inside a cell is shown, in bytes, and so much of anything. */
const shownBefore = 20;
const shownBytes = 200;

const lossy = new TextDecoder('utf-8', { ignoreBOM: true });

/** Where a cell of a record starts; where the last one does for a cell behind the end. */
export function placeOfCell(source: CsvSource, cell: number): CsvPlace {
  const { starts } = walk(source.bytes);
  return placeOf(source, starts[Math.min(cell, starts.length - 1)] ?? 0);
}

/** Finds the quote that the CSV parser refused; null when there is none. */
export function findQuoteFault(source: CsvSource): QuoteFault | null {
  const { starts, fault } = walk(source.bytes);
  if (fault === null) return null;
  const { kind, at } = fault;
  const cell = starts.length - 1;
  const from = kind === 'never-closed' ? at : Math.max(starts[cell] ?? 0, at - shownBefore);
  const rest = source.bytes.subarray(characterStart(source.bytes, from), from + shownBytes);
  const end = rest.indexOf(lineFeed);
  const text = kind === 'never-closed' || end === -1 ? rest : rest.subarray(0, end);
  return { kind, cell, place: placeOf(source, at), text: excerpt(text).trimEnd() };
}

/** The beginning of some bytes as text for a message: what is not UTF-8 becomes U+FFFD. */
export function excerpt(bytes: Uint8Array): string {
  return lossy.decode(bytes.subarray(0, shownBytes));
}

/** Where the cells of the first record start, up to the first quote that is wrong. */
function walk(bytes: Uint8Array): {
  starts: number[];
  fault: { kind: QuoteFault['kind']; at: number } | null;
} {
  let at = 0;
  while (isNewline(bytes, at)) at += 1;
  const starts: number[] = [];
  for (;;) {
    starts.push(at);
    if (bytes[at] === quote) {
      const end = closingQuote(bytes, at + 1);
      if (end === null) return { starts, fault: { kind: 'never-closed', at } };
      if (!endsCell(bytes, end + 1)) return { starts, fault: { kind: 'inside-cell', at: end } };
      at = end + 1;
    } else {
      while (!endsCell(bytes, at) && bytes[at] !== quote) at += 1;
      if (bytes[at] === quote) return { starts, fault: { kind: 'inside-cell', at } };
    }
    if (bytes[at] !== comma) return { starts, fault: null };
    at += 1;
  }
}

function closingQuote(bytes: Uint8Array, from: number): number | null {
  for (let at = bytes.indexOf(quote, from); at !== -1; at = bytes.indexOf(quote, at + 2)) {
    if (bytes[at + 1] !== quote) return at;
  }
  return null;
}

function endsCell(bytes: Uint8Array, at: number): boolean {
  return at >= bytes.length || bytes[at] === comma || isNewline(bytes, at);
}

function isNewline(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === lineFeed || (bytes[at] === carriageReturn && bytes[at + 1] === lineFeed);
}

function characterStart(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) & 0xc0) === 0x80 ? characterStart(bytes, at + 1) : at;
}

function placeOf({ bytes, line }: CsvSource, offset: number): CsvPlace {
  const before = bytes.subarray(0, offset);
  const lineStart = before.lastIndexOf(lineFeed) + 1;
  return {
    line: line + countNewlines(before),
    column: 1 + lossy.decode(before.subarray(lineStart)).length,
  };
}

/** How many line feeds there are. */
export function countNewlines(bytes: Uint8Array): number {
  let found = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) found += 1;
  return found;
}
