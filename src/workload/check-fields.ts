import { BenchError, ExitCode } from '../errors.ts';
import type { Query } from './query.ts';

/**
 * Refuses request fields that the engine does not understand, which it would ignore or answer with an error.
 * @param allowed the engine's own list of fields
 * @throws BenchError (exit 2) with one line a field: its first row and the number of rows
 */
export function checkFields(queries: readonly Query[], allowed: ReadonlySet<string>, engine: string): void {
  const foreign = new Map<string, { first: string; rows: number }>();
  for (const query of queries) {
    for (const field of Object.keys(query.fields)) {
      if (allowed.has(field)) continue;
      const seen = foreign.get(field);
      if (seen === undefined) foreign.set(field, { first: query.id, rows: 1 });
      else seen.rows += 1;
    }
  }
  if (foreign.size === 0) return;
  const lines = [...foreign].map(([field, { first, rows }]) => {
    const others = rows === 1 ? '' : ` and ${rows - 1} more`;
    return `queries: row with id ${first}${others}, column body: the field \`${field}\` is not one that engine ${engine} understands`;
  });
  throw new BenchError(lines.join('\n'), {
    exitCode: ExitCode.usage,
    hint: `Remove it from the bodies. Understood here: ${[...allowed].sort().join(', ') || 'messages and max_tokens only'}.`,
  });
}
