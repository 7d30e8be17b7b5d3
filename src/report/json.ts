import type { Row } from '../ledger/row.ts';
import type { Summary } from '../stats/summary.ts';
import type { Comparison } from '../verdict/comparison.ts';

/** What `bench run --json` and `bench show --json` print: for programs, so its names stay. */
export interface RunJson {
  readonly row: Row;
  readonly summary: Summary | null;
  /** What pairs said; null: there were none. */
  readonly comparison?: Comparison | null;
  /** The row of the baseline it was measured against. */
  readonly baseline?: Row | null;
  /** Of `bench repeat`: what came out again. */
  readonly repeated?: object;
  /** Paths relative to the root; null: not written. */
  readonly record: string | null;
  readonly bundle: string | null;
  /** The commit that holds the row; null: none does. */
  readonly commit: string | null;
}

/** One JSON document, indented, ending with a newline. */
export function runJson(run: RunJson): string {
  const { repeated, row, summary, comparison = null, baseline = null, record, bundle, commit } = run;
  return `${JSON.stringify({ schemaVersion: 1, repeated, row, summary, comparison, baseline, record, bundle, commit }, null, 2)}\n`;
}
