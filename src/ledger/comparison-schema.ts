import { z } from 'zod';
import type { Comparison } from '../verdict/comparison.ts';
import { runIdPattern } from './run-id.ts';
import { byMetric } from './summary-schema.ts';

const metricName = byMetric(z.null()).keyof();
const real = z.number().nullable();

const pairSchema = z
  .strictObject({
    pair: z.int(),
    order: z.enum(['baseline-first', 'candidate-first']),
    launches: z.strictObject({ baseline: z.int().nullable(), candidate: z.int().nullable() }),
    effects: byMetric(real).nullable(),
    queries: z.int(),
    failed: z.array(z.string()),
    invalid: z.strictObject({ code: z.string(), text: z.string() }).nullable(),
  })
  .describe('One launch of each arm. Effects are log ratios, positive where the candidate is better.');

const recallJudgedSchema = z
  .strictObject({
    state: z.enum(['pass', 'fail', 'more', 'unmeasurable', 'inconclusive']),
    reason: z.string(),
    why: z.string(),
    marginPt: z.number(),
    pooled: z
      .strictObject({
        n: z.int(),
        lost: z.int(),
        gained: z.int(),
        lossPt: z.number(),
        upperPt: z.number(),
        p: z.number(),
      })
      .nullable(),
    contexts: z.array(
      z.strictObject({
        context: z.string(),
        informative: z.boolean(),
        n: z.int(),
        baselineRight: z.int(),
        candidateRight: z.int(),
        lost: z.int(),
        gained: z.int(),
        baselineInvalid: z.int(),
        candidateInvalid: z.int(),
      }),
    ),
  })
  .describe('What the recall gate came to: the same items asked of both arms.');

/** What a paired run found out, as its record holds it. Shares and effects `*Pct` in %, positive where better. */
export const comparisonSchema = z
  .strictObject({
    kind: z.enum(['run', 'check', 'repeat', 'diff']),
    metric: metricName,
    minEffectPct: z.number(),
    rentPct: z.number(),
    addedDeviations: z.int(),
    maxPairs: z.int(),
    baseline: z.strictObject({
      runId: z.string().regex(runIdPattern).nullable(),
      expId: z.string(),
      config: z.string(),
      artifact: z.string().nullable(),
      value: real,
    }),
    candidate: z.strictObject({ value: real }),
    floorPct: real,
    floorFrom: z.enum(['calibration', 'pairs']).nullable(),
    mdePct: real,
    calibration: z.string().nullable(),
    calibrationDropped: z.string().nullable(),
    pairs: z.array(pairSchema),
    evidence: z.array(
      z.strictObject({
        metric: metricName,
        pairs: z.int(),
        effectPct: z.number(),
        lowerPct: real,
        upperPct: real,
        pairSdPct: real,
        isCalibrated: z.boolean(),
      }),
    ),
    eValue: real,
    guards: z.array(
      z.strictObject({
        name: z.string(),
        state: z.enum(['passed', 'failed', 'undecided', 'reported']),
        text: z.string(),
      }),
    ),
    outputs: z.strictObject({
      compared: z.int(),
      same: z.int(),
      diverged: z.array(z.strictObject({ query: z.string(), atChar: z.int().nullable() })),
      repetition: z.strictObject({ baseline: real, candidate: real }),
      unstable: z.array(z.string()),
    }),
    recall: recallJudgedSchema.optional(),
    queries: z.array(
      z.strictObject({ query: z.string(), effectPct: z.number(), sameOutput: z.boolean().nullable() }),
    ),
    knobs: z.array(
      z.strictObject({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
    ),
    sentence: z.string(),
  })
  .describe('The pairs of parent and child that the verdict comes from.') satisfies z.ZodType<Comparison>;
