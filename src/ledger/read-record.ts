import { readFileSync } from 'node:fs';
import { type RunRecord, recordSchema } from './record.ts';

/** A record that was read, or why it could not be. */
export type ReadRecord =
  | { readonly record: RunRecord; readonly problem: null }
  /** As the end of a sentence: `is not JSON`. */
  | { readonly record: null; readonly problem: string };

/** Reads one record. Never throws: what cannot be read is told. */
export function readRecord(path: string): ReadRecord {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = error instanceof SyntaxError ? 'is not JSON' : `cannot be read (${code})`;
    return { record: null, problem: code === 'ENOENT' ? 'is not there' : problem };
  }
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return { record: parsed.data, problem: null };
  const issue = parsed.error.issues[0];
  return { record: null, problem: `is no record: ${issue?.path.join('.')}: ${issue?.message}` };
}
