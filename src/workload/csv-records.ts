import { CsvError, type Info, type Options, type Parser, parse } from 'csv-parse';
import { QuoteError, quoted } from './cell-error.ts';
import { type CsvSource, countNewlines, findQuoteFault } from './csv-place.ts';
import { HeldBytes } from './held-bytes.ts';

/** One record of a CSV file, as bytes: decoding is left to who knows the column. */
export interface CsvRecord {
  readonly cells: readonly Uint8Array[];
  /** 0 for the header, then 1, 2, ...; blank lines do not count. */
  readonly row: number;
  /** 1-based line of the file on which the record starts. */
  readonly line: number;
  /** The record as it stands in the file, to find places in; only until the next record is asked for. */
  source(): CsvSource;
}

/** Where the reader stands: the record it reads, or would read, next. */
export interface CsvPosition {
  row: number;
}

/** How far the parser has come: the end of the last whole record. */
interface Progress {
  readonly position: CsvPosition;
  readonly held: HeldBytes;
  /** Offset into the file, without its BOM. */
  offset: number;
  line: number;
}

const utf8Bom = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Splits a byte stream into CSV records (RFC 4180; LF or CRLF, also mixed; a UTF-8 BOM is skipped). It holds one
 * chunk and its records, never the file; who stops reading stops the source. Lines without a character, and
 * rows whose cells are all empty (spreadsheets leave such), are skipped. `position` always says where it stands.
 * @throws QuoteError on quotes that do not pair up
 */
export async function* csvRecords(
  source: AsyncIterable<Uint8Array>,
  position: CsvPosition,
): AsyncGenerator<CsvRecord, void, void> {
  const ready: CsvRecord[] = [];
  const progress: Progress = { position, held: new HeldBytes(), offset: 0, line: 1 };
  const parser = startParser(progress, (record) => ready.push(record));
  for await (const chunk of withoutBom(source)) {
    progress.held.add(chunk);
    const failure = await settled((done) => parser.write(chunk, done));
    yield* ready.splice(0);
    if (failure !== null) throw explain(failure, progress);
    progress.held.forget(progress.offset);
  }
  const failure = await settled((done) => parser.end(done));
  yield* ready.splice(0);
  if (failure !== null) throw explain(failure, progress);
}

/** A parser that hands over each record as it is found, so that a mistake further on does not swallow it. */
function startParser(progress: Progress, onRecord: (record: CsvRecord) => void): Parser {
  const { position, held } = progress;
  let records = 0;
  let quotedNewlines = 0;
  const options = {
    encoding: null,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n'],
    on_record: (cells: unknown, info: Info): null => {
      const bytes = cells as Uint8Array[];
      // csv-parse counts a quoted CRLF as two lines, so lines are counted here.
      const line = 1 + records + quotedNewlines + info.empty_lines;
      records += 1;
      quotedNewlines += bytes.reduce((sum, cell) => sum + countNewlines(cell), 0);
      const from = { offset: progress.offset, line: progress.line };
      const end = info.bytes;
      progress.offset = end;
      progress.line = 1 + records + quotedNewlines + info.empty_lines;
      if (bytes.length > 1 && bytes.every((cell) => cell.length === 0)) return null;
      const source = () => ({ bytes: held.slice(from.offset, end), line: from.line });
      onRecord({ cells: bytes, row: position.row, line, source });
      position.row += 1;
      return null;
    },
  };
  const parser = parse(options as unknown as Options);
  // The callback of each write reports the error; without a listener it would end the process as well.
  parser.on('error', () => {});
  return parser;
}

async function* withoutBom(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of source) {
    if (head === null) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < utf8Bom.length) continue;
    yield head.subarray(head.indexOf(utf8Bom) === 0 ? utf8Bom.length : 0);
    head = null;
  }
  if (head !== null && head.length > 0) yield head;
}

function settled(start: (done: (error?: Error | null) => void) => void): Promise<Error | null> {
  return new Promise((resolve) => start((error) => resolve(error ?? null)));
}

function explain(failure: Error, { held, offset, line }: Progress): Error {
  if (!(failure instanceof CsvError)) return failure;
  const fault = findQuoteFault({ bytes: held.slice(offset), line });
  if (fault === null) return failure;
  const { kind, place, cell, text } = fault;
  return new QuoteError(
    kind === 'never-closed'
      ? `a double quote opens here and never closes, at ${quoted(text)}; expected a closing quote; close it, and write quotes inside a text twice ("")`
      : `a double quote stands in the middle of a cell, in ${quoted(text)}; expected it only around a whole cell; write quotes inside a text twice ("") and quote that text`,
    place,
    cell,
  );
}
