import { z } from 'zod';
import type { MetricName } from '../stats/metric.ts';
import {
  choice,
  durationMs,
  flag,
  map,
  number,
  path,
  percent,
  points,
  sizeBytes,
  whole,
  word,
  words,
} from './schema-parts.ts';

const metricNames = [
  'decode_tok_s',
  'ttft_ms',
  'ttfat_ms',
  'tpot_ms',
  'itl_ms',
  'e2e_ms',
  'e2e_tok_s',
] as const satisfies readonly MetricName[];

const sampling = map(
  {
    temperature: number(0, 100).default(0),
    top_p: number(0, 1).default(1),
    seed: whole(0, 2 ** 32 - 1).default(0),
    top_k: whole(-1, 2 ** 31 - 1).optional(),
    min_p: number(0, 1).optional(),
    presence_penalty: number(-2, 2).optional(),
    frequency_penalty: number(-2, 2).optional(),
    repetition_penalty: number(0, 100).optional(),
    repeat_penalty: number(0, 100).optional(),
  },
  'a map such as { temperature: 0, seed: 0 }',
);

/** What is asked, how often, and how. */
export const workload = map(
  {
    queries: path('a file such as queries/queries.csv')
      .default('queries/queries.csv')
      .describe(
        'CSV of what to ask: a column `prompt` (with id, system, max_tokens) or `body`. Relative to the root.',
      ),
    limit: whole(1, 1_000_000).optional().describe('Only the first so many rows.'),
    rounds: whole(1, 1000).default(1).describe('Passes over the queries inside one launch.'),
    max_tokens: whole(1, 10_000_000)
      .optional()
      .describe('Output limit of each request, where its row has none.'),
    ignore_eos: flag().default(false).describe('Generate to the limit, past the end of the answer.'),
    cache: choice('cold', 'warm')
      .default('cold')
      .describe('cold: every measured request misses the prefix cache, without a restart.'),
    sampling: sampling
      .prefault({})
      .describe('Sent with every request, so that no default of the engine can differ unseen.'),
  },
  'a map such as { queries: queries/queries.csv, limit: 50 }',
);

/** What must not get worse for a keep. */
export const guard = map(
  {
    ttft_ms: percent().prefault('5%'),
    tpot_ms: percent().prefault('5%'),
    e2e_ms: percent().prefault('5%'),
    errors: whole(0, 1_000_000)
      .default(0)
      .describe('A query may fail in so many more launches than in the baseline.'),
    outputs: choice('report', 'same')
      .default('report')
      .describe('same: an answer that differs from the baseline fails.'),
    memory: percent().optional(),
    recall: map(
      {
        contexts: contextLengths(),
        margin: points().prefault('5pt'),
        n: whole(1, 100_000).default(200),
        unmeasurable: choice('discard', 'allow').default('discard'),
      },
      'a map such as { contexts: [4k, 8k], margin: 5pt }',
    ).optional(),
  },
  'a map such as { ttft_ms: 5%, errors: 0 }',
);

/** One step that makes something the engine needs. */
export const prepareStep = map(
  {
    run: words().min(1, { error: 'a command as a list of words' }).describe('The command, run in the root.'),
    makes: path('the file or folder the step makes'),
    inputs: words('a list of files')
      .default([])
      .describe('Files whose hash decides whether the step runs again.'),
  },
  'a map such as { run: [python, convert.py], makes: models/smol, inputs: [convert.py] }',
);

/** How a verdict is reached. */
export const judge = map(
  {
    metric: choice(...metricNames).default('decode_tok_s'),
    min_effect: percent().prefault('1%'),
    pairs: whole(1, 1000).default(8),
    budget: durationMs().prefault('30m'),
    foreign_load: percent()
      .prefault('25%')
      .describe(
        'A pair does not count when other processes had so much more of all processors beside one launch than beside the other.',
      ),
  },
  'a map such as { metric: decode_tok_s, min_effect: 1% }',
);

/** A recall task run against the live engine. */
export const recall = map(
  {
    task: choice('qa1', 'qa2', 'qa3', 'qa4', 'qa5').default('qa1'),
    contexts: contextLengths(),
    n: whole(1, 100_000).default(50).describe('Items a context.'),
    seed: whole(0, 2_147_483_647)
      .default(0)
      .describe('Of the items that are made here; a search has seen those of its own seed.'),
    babilong: path('a folder that holds BABILong as the hub has it, such as data/babilong')
      .optional()
      .describe('Reads qaN/4k.json or 4k/qaN-*.parquet from there instead of making items.'),
    haystack: path('a folder of .txt books')
      .optional()
      .describe('The text that hides the facts (PG19); default: Moby-Dick, which bench brings.'),
    scorer: choice('strict', 'lax', 'substring')
      .default('strict')
      .describe("strict: BABILong's own; lax: OpenCompass's; substring: lm-eval's."),
    thinking: choice('off', 'low')
      .default('off')
      .describe('low: for models that cannot stop thinking; scored on the answer alone, and not official.'),
    max_tokens: whole(1, 1_000_000)
      .optional()
      .describe('Default: 20 as the official runs have, 2048 with thinking.'),
  },
  'a map such as { task: qa1, contexts: [4k, 8k], n: 50 }',
);

/** How an image is run. */
export const container = map(
  {
    mounts: words('a list such as [/models:/models:ro]').default([]),
    gpus: z
      .union([choice('all', 'none'), z.array(word())], { error: 'all, none, or a list of GPU UUIDs' })
      .default('all'),
    shm: sizeBytes().optional(),
    ipc: choice('host', 'private').default('private'),
  },
  'a map such as { gpus: all, shm: 16g }',
);

/** Lengths in tokens: `0k`, `4k`, `1M` or a plain number of whole thousands. */
function contextLengths() {
  const error = 'a length in whole thousands of tokens such as 0k, 4k, 1M or 8000';
  const length = z.union(
    [
      z.string().regex(/^\d{1,6}[kM]$/, { error }),
      z.number().int({ error }).min(0, { error }).multipleOf(1000, { error }),
    ],
    {
      error,
    },
  );
  return z
    .array(length, { error: 'a list such as [4k, 8k]' })
    .min(1, { error: 'at least one length' })
    .refine((lengths) => new Set(lengths.map(tokensOf)).size === lengths.length, {
      error: 'lengths that differ',
    });
}

function tokensOf(length: string | number): number {
  const text = String(length);
  return Number.parseInt(text, 10) * (text.endsWith('M') ? 1_000_000 : text.endsWith('k') ? 1000 : 1);
}
