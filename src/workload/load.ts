import { createReadStream } from 'node:fs';
import { csvRecords } from './csv-records.ts';
import { type LoadedQueries, Reading } from './reading.ts';

/**
 * Reads a query file: CSV with a `prompt` column (and optional `id`, `system`, `max_tokens`) or a `body` column
 * (a JSON chat-completion request; optional `id`); all other columns become tags. Streamed: beside the queries
 * themselves only a chunk of the file is in memory, and with `limit` nothing behind that many rows is read or
 * checked.
 * @param options.shown how errors call the file; default: its path.
 * @throws BenchError (exit 2) listing every mistake found as `file:line:column: row R, column C: what, expected what, fix`
 */
export async function readQueries(
  path: string,
  options: { readonly limit?: number | undefined; readonly shown?: string } = {},
): Promise<LoadedQueries> {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const reading = new Reading(options.shown ?? path);
  try {
    for await (const record of csvRecords(createReadStream(path), reading.position)) {
      if (reading.header === null) reading.readHeader(record);
      else reading.readRow(record);
      if (reading.queries.length >= limit || reading.gaveUp) break;
    }
  } catch (error) {
    reading.fail(error);
  }
  return reading.finish();
}
