import { z } from 'zod';

const ms = z.number().nullable();

const rungSchema = z.strictObject({
  context: z.string().describe('The nominal length, such as 4k.'),
  launch: z.int(),
  servedTokens: z
    .int()
    .nullable()
    .describe("What the engine's context flag was set to; null: what the file says."),
  promptTokens: z.int().nullable().describe("The whole prompt's tokens by the engine's own count."),
  result: z.enum(['works', 'too-long', 'cut', 'oom', 'died', 'timeout', 'error']),
  detail: z.string().nullable().describe('What the engine said, or how it died.'),
  ttftMs: ms,
  e2eMs: ms,
  answer: z.string().nullable().describe('Its beginning.'),
  correct: z.boolean().nullable(),
});

/** The cliff part of a record. */
export const cliffSchema = z.strictObject({
  by: z.enum(['requests', 'launches']),
  task: z.string(),
  from: z.string(),
  max: z.string(),
  resolution: z.string(),
  isComplete: z.boolean().describe('false: the search was cut off.'),
  largest: z.string().nullable().describe('The longest that works below the first failure.'),
  firstFailed: z.string().nullable().describe('The shortest that fails.'),
  ladder: z.array(rungSchema).describe('In the order in which they were tried.'),
});
