import type { Row } from './row.ts';

/** Which rows of a ledger stand in for which. */
export interface Links {
  /** The row that a row corrects; null when it corrects none, or one that is not there. */
  corrected(row: Row): Row | null;
  /** The row that corrects a row: of several the last in the file; null when it stands. */
  correction(row: Row): Row | null;
  /** The row that stands where a row was: itself unless it was corrected, through all corrections. */
  standing(row: Row): Row;
}

/** Reads the corrections of a ledger. */
export function linksOf(rows: readonly Row[]): Links {
  const corrections = new Map<string, Row>();
  for (const row of rows) if (row.supersedes !== null) corrections.set(row.supersedes, row);
  const corrected = new Map<string, Row>();
  for (const row of rows) if (corrections.has(row.run_id)) corrected.set(row.run_id, row);
  const correction = (row: Row): Row | null => corrections.get(row.run_id) ?? null;
  return {
    correction,
    corrected: (row) => (row.supersedes === null ? null : (corrected.get(row.supersedes) ?? null)),
    standing(row) {
      const seen = new Set<string>();
      let last = row;
      // Rows that correct each other are a mistake, not a reason to go on for ever.
      for (let next: Row | null = row; next !== null && !seen.has(next.run_id); next = correction(next)) {
        seen.add(next.run_id);
        last = next;
      }
      return last;
    },
  };
}
