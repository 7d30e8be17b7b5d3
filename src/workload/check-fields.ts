import { BenchError, ExitCode } from '../errors.ts';
import type { LoadedQueries } from './reading.ts';

/**
 * Refuses request fields that the engine does not understand, which it would ignore or answer with an error.
 * @param file how errors call the query file
 * @param allowed the engine's own list of fields
 * @throws BenchError (exit 2) with one line a field: its first row and the number of other rows
 */
export function checkFields(
  { queries, places }: Pick<LoadedQueries, 'queries' | 'places'>,
  file: string,
  allowed: ReadonlySet<string>,
  engine: string,
): void {
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
    const place = places.get(first);
    const where =
      place === undefined ? `${file}: row with id ${first}` : `${file}:${place.line}: row ${place.row}`;
    const others = rows === 1 ? '' : ` (and ${rows - 1} more ${rows === 2 ? 'row' : 'rows'})`;
    return `${where}, column body: the field \`${field}\`${others} is not one that engine ${engine} understands; expected only fields that it does; remove it from the body`;
  });
  throw new BenchError(lines.join('\n'), {
    exitCode: ExitCode.usage,
    hint: `Understood here: ${[...allowed].sort().join(', ') || 'messages and max_tokens only'}.`,
  });
}
