import { z } from 'zod';

const number = z.number().nullable();
const byScorer = z.strictObject({ strict: z.int(), lax: z.int(), substring: z.int() });
const format = z.enum(['one-label', 'no-label', 'several-labels']);

const cellSchema = z.strictObject({
  context: z.string(),
  asked: z.int(),
  n: z.int().describe('Answered with the whole prompt in sight: what accuracy is over.'),
  correct: z.int(),
  accuracy: number.describe('Share of n, 0..1.'),
  lower: number.describe("Wilson's interval at 95 %."),
  upper: number,
  scores: byScorer.describe('Correct by each scorer, of n.'),
  noLabel: z.int(),
  severalLabels: z.int(),
  capped: z.int().describe('Answers that the output limit ended.'),
  cut: z.int().describe('Prompts that the engine cut: not in n.'),
  failed: z.int().describe('Requests that did not end well: not in n.'),
  promptTokens: z.strictObject({ min: z.number(), median: z.number(), max: z.number() }).nullable(),
  ttftMs: number.describe('Median over the items answered.'),
  e2eMs: number,
});

/** What recall came to, without its items. */
export const recallSummarySchema = z.strictObject({
  task: z.string(),
  scorer: z.enum(['strict', 'lax', 'substring']),
  thinking: z.enum(['off', 'low']),
  maxTokens: z.int(),
  chance: z.number().describe('Share of right answers of who always names the same label.'),
  set: z.strictObject({ id: z.string(), source: z.string(), deviations: z.array(z.string()) }),
  cells: z.array(cellSchema),
});

const itemSchema = z.strictObject({
  id: z.string(),
  context: z.string(),
  promptSha256: z.string().describe('Its first 16 hex.'),
  expected: z.string(),
  answer: z.string().optional().describe('Its beginning.'),
  verdict: z.enum(['correct', 'wrong', 'cut', 'failed']),
  format,
  promptTokens: z.int().nullable(),
  textSha256: z.string().optional(),
});

/** The recall part of a record. */
export const recallSchema = recallSummarySchema.extend({ items: z.array(itemSchema) });
