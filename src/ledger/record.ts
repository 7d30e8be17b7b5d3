import { z } from 'zod';
import { cliffSchema } from './cliff-schema.ts';
import { comparisonSchema } from './comparison-schema.ts';
import { recallSchema } from './recall-schema.ts';
import { rowSchema } from './row.ts';
import { runIdPattern } from './run-id.ts';
import { findingSchema, summarySchema } from './summary-schema.ts';

const requestSchema = z
  .looseObject({
    launch: z.int(),
    arm: z.enum(['baseline', 'candidate']),
    pair: z.int().nullable(),
    round: z.int(),
    query: z.string(),
    outcome: z.string(),
  })
  .describe('One measured request: which it was, how it ended, and what was derived from its stamps.');

const sourceSchema = z.strictObject({
  blob: z
    .string()
    .nullable()
    .describe(
      "git's id of the file's bytes as they were read; null: not known. A text with a secret in it has another.",
    ),
  text: z.string(),
});

/**
 * results/<run_id>.json: the compact, committed part of a run, enough to compare it in a fresh clone. null is "not
 * known" or "dropped" (then `dropped` says so).
 */
export const recordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string().regex(runIdPattern),
  row: rowSchema.describe(
    'The row of the ledger as it was appended; its number may have been changed since by `bench ledger fix`.',
  ),
  bench: z.strictObject({ version: z.string(), commit: z.string().nullable(), dirty: z.boolean() }),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  overrides: z.record(z.string(), z.json()).describe('What the command line set over the file.'),
  experiment: z.json().describe('The resolved experiment, secrets redacted.'),
  sources: z
    .record(z.string(), sourceSchema)
    .optional()
    .describe(
      'The YAML and its parents by path relative to the root: they outlive the commit that held them.',
    ),
  files: z.record(z.string(), z.string()).describe('Files that the experiment names, with their sha256.'),
  fingerprint: z.json().describe('What must match for two runs to be comparable, part by part.'),
  snapshot: z.json().describe('What produced the number, in short; the whole is in the bundle.'),
  summary: summarySchema.nullable(),
  clientOverheadMs: z.json().describe("The client's own error on this machine, in ms."),
  launches: z.array(z.json()).describe('What is known of each launch, in the order in which they ran.'),
  requests: z.array(requestSchema),
  findings: z.array(findingSchema),
  comparison: comparisonSchema.nullable().optional(),
  recall: recallSchema.optional().describe('What the model remembered, item by item.'),
  cliff: cliffSchema.optional().describe('The longest context that works, and every length that was tried.'),
  dropped: z.array(z.string()).describe('What was left out to keep the record under 256 KB.'),
});

/** The committed part of a run. */
export type RunRecord = z.infer<typeof recordSchema>;

/** A record before its row has a number and before its size is known. */
export type NewRecord = Omit<RunRecord, 'row' | 'dropped' | 'schemaVersion'>;
