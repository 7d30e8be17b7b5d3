import { z } from 'zod';
import { runIdPattern } from './run-id.ts';

const text = z.string().min(1).nullable();
const count = z.int().nonnegative().nullable();
const real = z.number().nullable();
const runId = z.string().regex(runIdPattern, 'must be a run id like 20261122T071500Z-1a2b3c4d');
const objectId = z
  .string()
  .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a full git object id')
  .nullable();
const shortHash = z
  .string()
  .regex(/^[0-9a-f]{12}$/, 'must be 12 hex digits')
  .nullable();
const findingCode = z.string().regex(/^[a-z0-9][a-z0-9:._-]*$/, 'must be a code like cache-unverified');

/**
 * One line of the ledger. The order of the keys is the header of the file. null is an empty cell: what was
 * not measured is missing, never 0. Times in ms, rates in tokens per second, `*_pct` in % where positive is better.
 */
export const rowSchema = z.strictObject({
  /** Display number in this ledger; the cell reads `iter-N`. */
  iter: z.int().nonnegative(),
  run_id: runId,
  exp_id: shortHash,
  /** run_id of the judged baseline. */
  parent: runId.nullable(),
  status: z.enum(['keep', 'discard', 'crash']).nullable(),
  reason: text,
  /** Commit that holds the YAML; null while none does. */
  commit: objectId,
  config: text,
  /** Blob id of the YAML: survives rebase, squash, amend and cherry-pick. */
  config_sha: objectId,
  engine: text,
  engine_version: text,
  artifact: text,
  model: text,
  hardware: text,
  workload: shortHash,
  metric: text,
  value: real,
  delta_pct: real,
  ci_lo_pct: real,
  ci_hi_pct: real,
  pairs: count,
  e_value: real,
  launches: count,
  /** Distinct queries answered. */
  n: count,
  ttft_ms_p50: real,
  e2e_ms_p50: real,
  tok_s_mean: real,
  recall: text,
  /** Requests that did not end `ok`; null when nothing was measured. */
  errors: count,
  complexity: count,
  findings: z.array(findingCode),
  fingerprint: text,
  snapshot: text,
  started_at: z.iso.datetime({ message: 'must be a UTC time like 2026-11-22T07:15:00Z' }),
  harness: text,
  /** run_id of the row this one corrects. */
  supersedes: runId.nullable(),
  description: text,
});

/** A line of the ledger. */
export type Row = z.infer<typeof rowSchema>;

/** A line before it has its number. */
export type NewRow = Omit<Row, 'iter'>;

/** A column of the ledger. */
export type Column = keyof Row;

/** The header, in order. */
export const columns = Object.keys(rowSchema.shape) as Column[];

/** Columns whose cells are plain numbers. */
export const numberColumns: ReadonlySet<Column> = new Set(
  columns.filter((column) => rowSchema.shape[column] === count || rowSchema.shape[column] === real),
);

/** A row in which nothing is known yet but the run: the start of every row that is written after a failure. */
export function emptyRow(run: { run_id: string; started_at: string }): NewRow {
  const cells = Object.fromEntries(columns.map((column) => [column, null]));
  const { iter: _, ...row } = { ...cells, ...run, findings: [] } as unknown as Row;
  return row;
}
