/** Fields that bench always sends itself: their value in a body never reaches an engine, and nobody misses it. */
const alwaysReplaced: ReadonlySet<string> = new Set(['stream', 'stream_options']);

/** Where a gateway should send a request, whom to bill and what to remember: OpenAI, OpenRouter and LiteLLM bodies. */
const routing: ReadonlySet<string> = new Set([
  'api_base',
  'api_key',
  'api_version',
  'base_url',
  'cache_control',
  'custom_llm_provider',
  'debug',
  'fallbacks',
  'metadata',
  'models',
  'num_retries',
  'plugins',
  'preset',
  'prompt_cache_key',
  'prompt_cache_retention',
  'provider',
  'route',
  'safety_identifier',
  'service_tier',
  'session_id',
  'store',
  'tags',
  'timeout',
  'trace',
  'transforms',
  'usage',
  'user',
]);

/** Fields that bench sets for every request: the model it measures, cache and identity by the workload's cache policy. */
const setByBench: ReadonlySet<string> = new Set([
  'cache_prompt',
  'cache_salt',
  'extra_key',
  'id_slot',
  'model',
  'request_id',
  'rid',
  'timings_per_token',
]);

/**
 * What happens to a top-level field of a body: `keep` it, drop it `silently` (bench sends its own in every
 * request), or drop it and say so (`routing` noise, `bench` sets its own).
 */
export function fateOf(field: string): 'keep' | 'silently' | 'routing' | 'bench' {
  if (alwaysReplaced.has(field)) return 'silently';
  if (routing.has(field)) return 'routing';
  return setByBench.has(field) ? 'bench' : 'keep';
}

/** Request fields that choose tokens; a body's own value wins over the workload's `sampling`. */
export const samplingFields: ReadonlySet<string> = new Set([
  'frequency_penalty',
  'min_p',
  'presence_penalty',
  'repeat_penalty',
  'repetition_penalty',
  'seed',
  'temperature',
  'top_a',
  'top_k',
  'top_p',
  'typical_p',
]);
