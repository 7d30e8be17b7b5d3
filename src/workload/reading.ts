import { BenchError, ExitCode } from '../errors.ts';
import { CellError, QuoteError, quoted } from './cell-error.ts';
import { type CsvPlace, excerpt, placeOfCell } from './csv-place.ts';
import type { CsvPosition, CsvRecord } from './csv-records.ts';
import { type Header, parseHeader } from './header.ts';
import { fateOf, samplingFields } from './noise.ts';
import type { Query } from './query.ts';
import { parseRow } from './row.ts';

/** Where a query stands in its file, both from 1; the header is on line 1 and no row. */
interface RowPlace {
  readonly row: number;
  readonly line: number;
}

/** A query file as read. */
export interface LoadedQueries {
  readonly queries: readonly Query[];
  /** Where each query stands, by its id: no part of what a query is, and so of no hash. */
  readonly places: ReadonlyMap<string, RowPlace>;
  /** One sentence for each noise field that was dropped from bodies, with the number of rows. */
  readonly dropped: readonly string[];
  /** One sentence for each sampling field that bodies set themselves, with the number of rows. */
  readonly ownSampling: readonly string[];
}

/** So many mistakes are listed before reading stops. */
const maxProblems = 20;

/** One pass over a query file: what was found so far, good and bad. */
export class Reading {
  readonly path: string;
  readonly position: CsvPosition = { row: 0 };
  readonly queries: Query[] = [];
  header: Header | null = null;
  readonly #problems: string[] = [];
  readonly #places = new Map<string, RowPlace>();
  readonly #dropped = new Map<string, number>();
  readonly #ownSampling = new Map<string, number>();

  /** @param path how the file is called in errors. */
  constructor(path: string) {
    this.path = path;
  }

  /** Whether so many mistakes were found that more would only scroll by. */
  get gaveUp(): boolean {
    return this.#problems.length >= maxProblems;
  }

  /** @throws BenchError at once: without a header no row can be read. */
  readHeader({ cells, source }: CsvRecord): void {
    try {
      this.header = parseHeader(cells);
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      this.#add(0, error.column, error, placeOfCell(source(), headerCell(cells, error.column)));
      throw this.#error();
    }
  }

  /** Keeps the query of a row, or what is wrong with it. */
  readRow(record: CsvRecord): void {
    const header = this.header as Header;
    const { row, line } = record;
    try {
      const { query, dropped } = parseRow(record, header);
      this.#claimId(query.id, { row, line });
      for (const field of dropped) increment(this.#dropped, field);
      for (const field of Object.keys(query.fields)) {
        if (samplingFields.has(field)) increment(this.#ownSampling, field);
      }
      this.queries.push(query);
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      const { column } = error;
      const cell = column === null ? 0 : header.names.indexOf(column);
      this.#add(row, column, error, error.place ?? placeOfCell(record.source(), cell));
    }
  }

  /** Turns whatever ended the reading into the error the user sees. */
  fail(error: unknown): never {
    if (error instanceof BenchError) throw error;
    if (error instanceof QuoteError) {
      this.#add(this.position.row, this.header?.names[error.cell] ?? null, error, error.place);
      throw this.#error();
    }
    const code = (error as NodeJS.ErrnoException).code;
    const what = { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'it may not be read' }[
      code ?? ''
    ];
    if (code === undefined) throw error;
    throw new BenchError(`${this.path}: cannot read the queries: ${what ?? (error as Error).message}.`, {
      exitCode: ExitCode.usage,
      hint: 'workload.queries names a CSV file, relative to the root of the repository.',
      cause: error,
    });
  }

  /** @throws BenchError (exit 2) when anything was wrong, or there was nothing. */
  finish(): LoadedQueries {
    if (this.header === null) {
      this.#problems.push(
        `${this.path}: the file is empty; expected a header and rows; write \`id,prompt\` in its first line and a query in each further one`,
      );
    } else if (this.queries.length === 0 && this.#problems.length === 0) {
      this.#problems.push(
        `${this.path}: there are no rows under the header; expected at least one query; add one`,
      );
    }
    if (this.#problems.length > 0) throw this.#error();
    return {
      queries: this.queries,
      places: this.#places,
      dropped: [...this.#dropped].map(([field, rows]) => droppedSentence(field, rows)),
      ownSampling: [...this.#ownSampling].map(
        ([field, rows]) =>
          `${field}: ${ofRows(rows)} ${rows === 1 ? 'sets its' : 'set their'} own, which wins over the workload's sampling`,
      ),
    };
  }

  #claimId(id: string, place: RowPlace): void {
    const first = this.#places.get(id);
    if (first !== undefined) {
      throw new CellError(
        'id',
        `${quoted(id)} is already the id of row ${first.row}; expected each id once; change one`,
      );
    }
    this.#places.set(id, place);
  }

  #add(row: number, column: string | null, error: Error, place: CsvPlace): void {
    const where = `${row === 0 ? 'header' : `row ${row}`}${column === null ? '' : `, column ${column}`}`;
    this.#problems.push(`${this.path}:${place.line}:${place.column}: ${where}: ${error.message}`);
  }

  #error(): BenchError {
    const more = this.#problems.length >= maxProblems ? `\n(stopped after ${maxProblems} mistakes)` : '';
    return new BenchError(this.#problems.join('\n') + more, { exitCode: ExitCode.usage });
  }
}

/** Which cell of a header an error means, whose columns are known by name or, as nothing can be read, by number. */
function headerCell(cells: readonly Uint8Array[], column: string | null): number {
  if (column === null) return 0;
  const named = cells.map((cell) => excerpt(cell).trim()).lastIndexOf(column);
  return named === -1 ? Number(column) - 1 : named;
}

function droppedSentence(field: string, rows: number): string {
  const why = fateOf(field) === 'bench' ? 'bench sets it itself' : 'routing noise';
  return `${field}: dropped from ${ofRows(rows)} (${why})`;
}

function ofRows(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`;
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
