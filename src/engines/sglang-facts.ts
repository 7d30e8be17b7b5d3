import type { Json } from '../canonical.ts';
import { type EngineFacts, type Stated, seenFacts } from './facts.ts';
import { asNumber, asObject, asText } from './json-reading.ts';
import { firstMatch, gibToBytes, group, lastMatch, numberOf, plainDtype } from './log-reading.ts';
import { parseMetrics, total } from './prometheus.ts';

/** Counter names (`/metrics` needs --enable-metrics). */
export const sglangCounters = {
  cached: ['sglang:cached_tokens_total'],
  preemptions: ['sglang:num_retracted_requests_total'],
  drafts: ['sglang:spec_verify_calls_total'],
  drafted: [],
  accepted: [],
} as const;

/** SGLang's own statements: `/server_info` (resolved arguments and scheduler state), then its log. */
export function sglangFacts({ endpoints, metrics, log }: Stated): EngineFacts {
  const info = asObject(endpoints['/server_info']);
  const state = asObject(Array.isArray(info.internal_states) ? info.internal_states[0] : undefined);
  const argument = (name: string): Json | undefined => info[name] ?? printedArgument(log, name);
  const samples = parseMetrics(metrics ?? '');
  return seenFacts({
    attentionBackend: asText(argument('attention_backend')) ?? loggedAttention(log),
    moeBackend: named(argument('moe_runner_backend')),
    quantization: asText(argument('quantization')),
    dtype: dtypeOf(log) ?? named(argument('dtype')),
    ...cacheOf(info, asObject(state.memory_usage), argument, log),
    ...loadOf(log),
    ...graphsOf(log, samples),
    untunedKernels: untuned(log),
    preemptions: total(samples, sglangCounters.preemptions),
    prefixCaching: opposite(argument('disable_radix_cache')),
    asyncScheduling: opposite(argument('disable_overlap_schedule')),
    tensorParallel: asNumber(argument('tp_size')),
    speculativeMethod: asText(argument('speculative_algorithm')),
    speculativeTokensPerStep:
      asNumber(state.avg_spec_accept_length) ?? numberOf(lastMatch(log, /accept len: ([\d.]+)/)),
    speculativeAcceptRate: acceptRate(log, asNumber(argument('speculative_num_draft_tokens'))),
  });
}

function cacheOf(
  info: ReturnType<typeof asObject>,
  memory: ReturnType<typeof asObject>,
  argument: (name: string) => Json | undefined,
  log: readonly string[],
): EngineFacts {
  const pool = lastMatch(log, /max_total_num_tokens=(\d+), chunked_prefill_size=(-?\d+|None)/);
  const chunk = asNumber(argument('chunked_prefill_size')) ?? numberOf(pool, 2);
  const dtype = lastMatch(log, /KV cache dtype: ([\w.]+)|KV Cache is allocated\. dtype: ([\w.]+)/i);
  return seenFacts({
    kvCacheDtype: plainDtype(group(dtype)) ?? named(argument('kv_cache_dtype')),
    kvCacheTokens:
      asNumber(info.max_total_num_tokens) ??
      numberOf(pool, 1) ??
      numberOf(lastMatch(log, /KV [Cc]ache (?:is )?allocated\..*?#tokens: (\d+)/)),
    kvCacheBytes: gibToBytes(asNumber(memory.kvcache) ?? poolGib(log)),
    kvCacheBlockTokens: asNumber(argument('page_size')),
    maxModelTokens: asNumber(argument('context_length')) ?? numberOf(lastMatch(log, /context_len=(\d+)/)),
    maxSequences:
      asNumber(info.max_running_requests) ?? numberOf(lastMatch(log, /max_running_requests=(\d+)/)),
    chunkedPrefill: chunk === null ? null : chunk > 0,
    chunkedPrefillTokens: chunk !== null && chunk > 0 ? chunk : null,
  });
}

/** A value of the `server_args=ServerArgs(...)` line; undefined when it is not there or None. */
function printedArgument(log: readonly string[], name: string): Json | undefined {
  const line = firstMatch(log, /server_args=.*/)?.[0] ?? '';
  const [, text, bare] = new RegExp(`[(, ]${name}=(?:'([^']*)'|(-?[\\w.]+))`).exec(line) ?? [];
  if (text !== undefined) return text;
  if (bare === undefined || bare === 'None') return undefined;
  if (bare === 'True' || bare === 'False') return bare === 'True';
  return /^-?\d+(?:\.\d+)?$/.test(bare) ? Number(bare) : bare;
}

/** A choice the engine made; `auto` says that it has not told which. */
function named(value: Json | undefined): string | null {
  const text = asText(value);
  return text === 'auto' ? null : text;
}

function opposite(value: Json | undefined): boolean | null {
  return typeof value === 'boolean' ? !value : null;
}

function loggedAttention(log: readonly string[]): string | null {
  return group(
    lastMatch(log, /Use (\w+) (?:as )?(?:attention )?backend by default|Using (\w+) as attention backend/i),
  );
}

function dtypeOf(log: readonly string[]): string | null {
  return plainDtype(group(lastMatch(log, /Load weight end\..*?dtype=([\w.]+)/)));
}

function poolGib(log: readonly string[]): number | null {
  const split = lastMatch(log, /KV [Cc]ache (?:is )?allocated\..*?K size: ([\d.]+) GB, V size: ([\d.]+) GB/);
  const [keys, values] = [numberOf(split), numberOf(split, 2)];
  if (keys !== null && values !== null) return keys + values;
  return numberOf(lastMatch(log, /KV [Cc]ache (?:is )?allocated\..*?KV size: ([\d.]+) GB/));
}

function loadOf(log: readonly string[]): EngineFacts {
  const loaded = firstMatch(log, /Load weight end\. elapsed=([\d.]+) s, type=(\w+).*?mem usage=([\d.]+) GB/);
  return seenFacts({
    modelLoadS: numberOf(loaded),
    modelArchitecture: group(loaded, 2),
    modelBytes: gibToBytes(numberOf(loaded, 3)),
  });
}

function graphsOf(log: readonly string[], samples: ReturnType<typeof parseMetrics>): EngineFacts {
  const ended = lastMatch(
    log,
    /Capture (?:cuda|(?:target )?decode CUDA) graph end\. (?:Time )?elapsed[:=] ?([\d.]+) s.*?mem usage=([\d.]+) GB/i,
  );
  const decode = lastMatch(log, /Decode batch.*?cuda graph: (True|False)/);
  const passes = total(samples, ['sglang:cuda_graph_passes_total']);
  return seenFacts({
    graphsCaptured:
      ended !== null || log.some((line) => /Capture .*cuda graph end/i.test(line))
        ? true
        : log.some((line) => /Disable CUDA graph|disable_cuda_graph=True/i.test(line))
          ? false
          : null,
    graphCaptureS: numberOf(ended),
    graphBytes: gibToBytes(numberOf(ended, 2)),
    graphsUsedInDecode: decode !== null ? decode[1] === 'True' : passes === null ? null : usedPasses(samples),
  });
}

function usedPasses(samples: ReturnType<typeof parseMetrics>): boolean | null {
  const decode = samples.filter(
    ({ name, labels }) =>
      name === 'sglang:cuda_graph_passes_total' && (labels.mode ?? '').startsWith('decode'),
  );
  const graphs = decode.filter(({ labels }) => !/none|eager/i.test(labels.mode ?? ''));
  return decode.length === 0 ? null : graphs.some(({ value }) => value > 0);
}

function untuned(log: readonly string[]): readonly string[] | null {
  const lines = log.flatMap(
    (line) =>
      /(?:Using default MoE kernel config|Config file not found at .*Performance might).*/.exec(line)?.[0] ??
      [],
  );
  return lines.length === 0 ? null : [...new Set(lines)];
}

/**
 * Accepted drafts over proposed ones. 0.5.23 prints just that; older versions divided by all draft tokens, the bonus
 * token's place included, so without the accept length both are in the record and neither is converted.
 */
function acceptRate(log: readonly string[], draftTokens: number | null): number | null {
  const told = lastMatch(log, /accept len: ([\d.]+), accept rate: ([\d.]+)/);
  const length = numberOf(told);
  if (length === null) return null;
  // From the length: 1 + accepted per step, of draftTokens - 1 proposed.
  return draftTokens !== null && draftTokens > 1 ? (length - 1) / (draftTokens - 1) : null;
}
