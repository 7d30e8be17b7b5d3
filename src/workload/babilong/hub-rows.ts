import { readFile } from 'node:fs/promises';
import { sha256Hex } from '../../canonical.ts';
import { BenchError, ExitCode } from '../../errors.ts';
import type { HubFiles } from './hub-files.ts';

/** An item as the data sets on the hub hold it. */
export interface HubRow {
  readonly question: string;
  /** The context. */
  readonly input: string;
  readonly target: string;
}

const columns = ['question', 'input', 'target'] as const;
const again = 'Download the file again, and compare its size with the one on the hub.';

/**
 * All rows of some files, and the sha256 of their bytes one after the other.
 * @throws BenchError (exit 2) naming the file, the row (from 1) and the column that is missing or no text
 */
export async function readHubRows({ format, paths }: HubFiles): Promise<{ rows: HubRow[]; sha256: string }> {
  const rows: HubRow[] = [];
  const parts: Uint8Array[] = [];
  for (const path of paths) {
    const bytes = await readBytes(path);
    parts.push(bytes);
    const raw = format === 'json' ? parseJson(path, bytes) : await parseParquet(path, bytes);
    for (const [index, row] of raw.entries()) rows.push(checked(path, index + 1, row));
  }
  if (rows.length === 0) throw unusable(`${paths.join(', ')}: no rows`, again);
  return { rows, sha256: sha256Hex(Buffer.concat(parts)) };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unusable(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, again, error);
  }
}

function parseJson(path: string, bytes: Uint8Array): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw unusable(`${path} is not JSON: ${(error as Error).message}`, again, error);
  }
  if (Array.isArray(value)) return value;
  throw unusable(
    `${path} is not an array of items`,
    'Expected [{"question": ..., "input": ..., "target": ...}, ...].',
  );
}

async function parseParquet(path: string, bytes: Uint8Array): Promise<unknown[]> {
  const { parquetMetadata, parquetReadObjects, parquetSchema } = await import('hyparquet');
  try {
    // A copy, for what readFile gives may be a part of a larger buffer.
    const file = new Uint8Array(bytes).buffer;
    const metadata = parquetMetadata(file);
    const names = parquetSchema(metadata).children.map(({ element }) => element.name);
    const missing = columns.find((column) => !names.includes(column));
    if (missing !== undefined) {
      throw unusable(
        `${path} has no column '${missing}', only ${names.join(', ')}`,
        `Expected ${columns.join(', ')}.`,
      );
    }
    return await parquetReadObjects({ file, metadata, columns: [...columns] });
  } catch (error) {
    if (error instanceof BenchError) throw error;
    throw unusable(`${path} cannot be read as parquet: ${(error as Error).message}`, again, error);
  }
}

function checked(path: string, number: number, row: unknown): HubRow {
  const fields: Readonly<Record<string, unknown>> = typeof row === 'object' && row !== null ? { ...row } : {};
  for (const column of columns) {
    const value = fields[column];
    if (typeof value === 'string' && (value !== '' || column === 'input')) continue;
    const found = value === undefined ? 'missing' : value === '' ? 'empty' : String(value).slice(0, 40);
    throw unusable(`${path}, row ${number}, column '${column}': ${found}, expected text`, again);
  }
  return fields as unknown as HubRow;
}

function unusable(message: string, hint: string, cause?: unknown): BenchError {
  return new BenchError(message, { exitCode: ExitCode.usage, hint, cause });
}
