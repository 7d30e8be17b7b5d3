import { z } from 'zod';
import type { Summary } from '../stats/summary.ts';

const number = z.number().nullable();
const percentile = z.strictObject({ value: z.number(), lower: number, upper: number, coverage: z.number() });
const range = z.strictObject({ min: z.number(), median: z.number(), max: z.number() }).nullable();
const tally = z.record(z.string(), z.int());

const metric = z
  .strictObject({
    value: z
      .number()
      .describe(
        "The metric's one number: median over queries of the median over rounds, then the mean over launches.",
      ),
    n: z.int().describe('Distinct queries that gave a value.'),
    samples: z.int().describe('Values before any median was taken: requests, or gaps for itl_ms.'),
    median: z.number(),
    mean: z.number(),
    min: z.number(),
    max: z.number(),
    sd: number,
    p50: percentile,
    p90: percentile,
    p95: percentile,
    p99: percentile,
    launchValues: z.array(z.number()),
    launchSd: number,
    launchCv: number,
  })
  .nullable();

const outcome = z.enum([
  'ok',
  'http-error',
  'error-frame',
  'bad-frame',
  'empty',
  'truncated',
  'timeout',
  'aborted',
]);

/** A sentence for people with its code for the row. */
export const findingSchema = z.strictObject({ code: z.string(), text: z.string() });

/** What summary.json holds: the Summary of src/stats as other programs may read it. Times in ms, rates in tokens per second. */
export const summarySchema = z.strictObject({
  schemaVersion: z.literal(1),
  metricVersion: z.int().describe('Numbers of different versions cannot be compared.'),
  arm: z.enum(['baseline', 'candidate']),
  launches: z.int(),
  rounds: z.int(),
  queries: z.int(),
  answered: z.int(),
  requests: z.int(),
  planned: z
    .int()
    .optional()
    .describe(
      'Requests that were to be asked: more than `requests` when the run was given up or cut off. Absent: not known.',
    ),
  failed: z.int().describe('Requests that did not end ok; they are in no metric.'),
  errors: z.array(
    z.strictObject({ outcome, count: z.int(), queries: z.array(z.string()), example: z.string().nullable() }),
  ),
  metrics: byMetric(metric),
  tokens: z.strictObject({ prompt: range, completion: range, sources: tally, decodeSources: tally }),
  finishReasons: tally,
  shortOutputs: z.int(),
  warmUp: z.array(
    z.strictObject({
      launch: z.int(),
      requests: z.int(),
      steady: z.boolean(),
      coldDecodeTokS: number,
      warmDecodeTokS: number,
      coldTtftMs: number,
      warmTtftMs: number,
    }),
  ),
  witness: z.array(
    z.strictObject({
      metric: z.enum(['ttft_ms', 'decode_ms', 'itl_ms']),
      statistic: z.enum(['median', 'mean']).optional(),
      n: z.int(),
      clientMs: z.number(),
      engineMs: z.number(),
      differenceMs: z.number(),
      toleranceMs: z.number(),
      agrees: z.boolean(),
    }),
  ),
  findings: z.array(findingSchema),
  definitions: byMetric(z.string()),
});

/** A map with one value a metric. */
export function byMetric<Value extends z.ZodType>(
  value: Value,
): z.ZodObject<{ [Name in keyof Summary['metrics']]: Value }, z.core.$strict> {
  return z.strictObject({
    decode_tok_s: value,
    ttft_ms: value,
    ttfat_ms: value,
    tpot_ms: value,
    itl_ms: value,
    e2e_ms: value,
    e2e_tok_s: value,
  });
}

type DeepReadonly<Value> = Value extends object
  ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
  : Value;

/** The schema's own idea of a summary. */
export type SummaryJson = DeepReadonly<z.infer<typeof summarySchema>>;
