import type { Row } from '../ledger/row.ts';
import type { CliffResult } from '../search/ladder.ts';
import type { RecallSummary } from '../stats/recall.ts';
import type { Summary } from '../stats/summary.ts';
import type { Comparison } from '../verdict/comparison.ts';

/** What `bench run --json` and `bench show --json` print: for programs, so its names stay. */
export interface RunJson {
  readonly row: Row;
  readonly summary: Summary | null;
  /** What the model remembered; null: that was not measured. */
  readonly recall?: RecallSummary | null;
  /** The longest context that works and every probe; left out where none was looked for. */
  readonly cliff?: CliffResult;
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

/** What `bench show --json` adds to it. */
export interface ShowJson extends RunJson {
  /** Where the YAML of the row is now; `in`: commit, other (then `commit` and `path`), record, objects, nothing or wrong. */
  readonly yaml: { readonly in: string; readonly commit?: string; readonly path?: string };
  /** run_id of the row that stands in its place; null: it stands. */
  readonly superseded_by: string | null;
}

/** One JSON document, indented, ending with a newline. */
export function runJson(run: RunJson): string {
  const {
    repeated,
    row,
    summary,
    recall = null,
    cliff,
    comparison = null,
    baseline = null,
    record,
    bundle,
    commit,
  } = run;
  return `${JSON.stringify({ schemaVersion: 1, repeated, row, summary, recall, cliff, comparison, baseline, record, bundle, commit }, null, 2)}\n`;
}

/** The document of {@link runJson} and what is known of the row as one of a ledger. */
export function showJson(run: ShowJson): string {
  const { row, summary, recall = null, cliff, record, bundle, commit, yaml, superseded_by } = run;
  const document = {
    schemaVersion: 1,
    row,
    summary,
    recall,
    cliff,
    record,
    bundle,
    commit,
    yaml,
    superseded_by,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
