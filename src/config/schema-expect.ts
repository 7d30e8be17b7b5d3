import { z } from 'zod';
import type { EngineFacts } from '../engines/facts.ts';
import { flag, map, text } from './schema-parts.ts';

/** `attentionBackend` -> `attention_backend`. */
type Snake<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Uppercase<First> ? `_${Lowercase<First>}` : First}${Snake<Rest>}`
  : '';

/** How each fact an engine states is expected; a new fact without a line here is a type error. */
const factKinds = {
  attention_backend: 'text',
  flash_attention_version: 'version',
  moe_backend: 'text',
  quantization: 'text',
  dtype: 'text',
  kv_cache_dtype: 'text',
  kv_cache_tokens: 'number',
  kv_cache_bytes: 'number',
  kv_cache_block_tokens: 'number',
  max_concurrency: 'number',
  max_model_tokens: 'number',
  max_sequences: 'number',
  model_architecture: 'text',
  model_load_s: 'number',
  model_bytes: 'number',
  compile_s: 'number',
  engine_init_s: 'number',
  graphs_captured: 'flag',
  graph_capture_s: 'number',
  graph_bytes: 'number',
  graphs_used_in_decode: 'flag',
  untuned_kernels: 'text',
  autotuner_fallbacks: 'number',
  preemptions: 'number',
  chunked_prefill: 'flag',
  chunked_prefill_tokens: 'number',
  prefix_caching: 'flag',
  async_scheduling: 'flag',
  tensor_parallel: 'number',
  speculative_method: 'text',
  speculative_accept_rate: 'number',
  speculative_tokens_per_step: 'number',
  layers_on_gpu: 'number',
  layers: 'number',
  threads: 'number',
  non_default_args: 'map',
} as const satisfies Record<Snake<keyof EngineFacts>, 'text' | 'version' | 'number' | 'flag' | 'map'>;

const makers = {
  text: () => text('a name').optional(),
  version: () => versionRange().optional(),
  number: () => numberRange().optional(),
  flag: () => flag().optional(),
  map: () =>
    z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]), {
        error: 'a map such as { kv_cache_dtype: fp8 }',
      })
      .optional(),
};

type FactSchemas = {
  [Name in keyof typeof factKinds]: ReturnType<(typeof makers)[(typeof factKinds)[Name]]>;
};

/** What must be true of the running engine. */
export const expect = map(
  {
    model: text('a model').optional().describe('The id it serves, or id@hash as the ledger writes it.'),
    gpus: numberRange().optional().describe('How many GPUs its processes use.'),
    engine_version: versionRange().optional(),
    libs: z
      .record(z.string(), versionRange(), { error: 'a map such as { libcudnn: ">=9" }' })
      .optional()
      .describe('Libraries mapped by its processes: file name before `.so`, or the wheel that brought them.'),
    ...(Object.fromEntries(
      Object.entries(factKinds).map(([name, kind]) => [name, makers[kind]()]),
    ) as unknown as FactSchemas),
  },
  'a map such as { gpus: 2, attention_backend: FLASHINFER }',
);

/** `9`, `>=9.1`, `>=9 <10`. */
function versionRange() {
  const error = 'a version or a range such as 0.11.0, ">=9" or ">=9 <10"';
  return z
    .string({ error })
    .regex(/^\s*(?:[<>]=?|=)?\s*[A-Za-z]?\d[\w.+-]*(?:[\s,]+(?:[<>]=?|=)\s*[A-Za-z]?\d[\w.+-]*)*\s*$/, {
      error,
    })
    .meta({ plainNumbers: true });
}

/** A number, or a range such as `>=4096`. */
function numberRange() {
  const error = 'a number or a range such as ">=4096"';
  const part = String.raw`(?:[<>]=?|=)\s*-?\d+(?:\.\d+)?`;
  const range = new RegExp(String.raw`^\s*${part}(?:[\s,]+${part})*\s*$`);
  return z.union([z.number({ error }), z.string({ error }).regex(range, { error })], { error });
}
