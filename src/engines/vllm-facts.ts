import type { Json } from '../canonical.ts';
import { acceptance, labelOf } from './counters.ts';
import { type EngineFacts, type Stated, seenFacts } from './facts.ts';
import { asNumber, asObject } from './json-reading.ts';
import {
  bare,
  firstMatch,
  gibToBytes,
  group,
  lastMatch,
  numberOf,
  plainDtype,
  pythonBoolean,
} from './log-reading.ts';
import { type MetricSample, parseMetrics, total } from './prometheus.ts';
import { parsePythonLiteral } from './python-literal.ts';

/** Counter names, newest first. */
export const vllmCounters = {
  cached: [
    'vllm:prompt_tokens_cached_total',
    'vllm:prefix_cache_hits_total',
    'vllm:gpu_prefix_cache_hits_total',
  ],
  preemptions: ['vllm:num_preemptions_total'],
  drafts: ['vllm:spec_decode_num_drafts_total'],
  drafted: ['vllm:spec_decode_num_draft_tokens_total'],
  accepted: ['vllm:spec_decode_num_accepted_tokens_total'],
} as const;

/** vLLM's own statements: its log first, since it tells of every rank; then `/metrics` and the model list. */
export function vllmFacts(stated: Stated): EngineFacts {
  const { metrics, log } = stated;
  const samples = parseMetrics(metrics ?? '');
  const setting = settingsOf(log);
  return seenFacts({
    ...attentionOf(log),
    moeBackend: group(lastMatch(log, /Using '?([\w-]+)'? (?:[\w]+ ){0,2}MoE backend\b/)),
    quantization: setting('quantization'),
    dtype: plainDtype(setting('dtype')),
    ...cacheOf(stated, samples, setting),
    ...loadOf(log),
    ...graphsOf(log),
    untunedKernels: untuned(log),
    autotunerFallbacks: countOf(log, /\[Auto[Tt]un+er\].*fallback tactic/),
    preemptions: total(samples, vllmCounters.preemptions),
    chunkedPrefill: pythonBoolean(setting('enable_chunked_prefill')),
    chunkedPrefillTokens: numberOf(lastMatch(log, /max_num_batched_tokens=(\d+)/)),
    asyncScheduling: asyncOf(log),
    tensorParallel: integer(setting('tensor_parallel_size')),
    speculativeMethod: group(lastMatch(log, /speculative_config=SpeculativeConfig\(method='([^']+)'/)),
    ...acceptance(
      total(samples, vllmCounters.drafts),
      total(samples, vllmCounters.drafted),
      total(samples, vllmCounters.accepted),
    ),
    nonDefaultArgs: nonDefault(log),
  });
}

type Setting = (name: string) => string | null;

/** Reads the settings it starts with, which are one long line; null for None and for `auto`, which says nothing. */
function settingsOf(log: readonly string[]): Setting {
  const config = group(lastMatch(log, /Initializing an? (?:V1 )?LLM engine \(.*?\) with config: (.*)/)) ?? '';
  return (name) => {
    const value = group(new RegExp(`(?:^|[\\s,(])${name}=('[^']*'|[^,\\s)]+)`).exec(config));
    return told(value?.replace(/^'|'$/g, '') ?? null);
  };
}

function told(value: string | null): string | null {
  return value === 'None' || value === 'auto' ? null : value;
}

function cacheOf(
  { endpoints, log }: Stated,
  samples: readonly MetricSample[],
  setting: Setting,
): EngineFacts {
  const info = (label: string): string | null => told(labelOf(samples, 'vllm:cache_config_info', label));
  const blockTokens = integer(info('block_size'));
  const concurrency = lastMatch(log, /Maximum concurrency for ([\d,]+) tokens per request: ([\d.]+)x/);
  return seenFacts({
    kvCacheDtype: info('cache_dtype') ?? setting('kv_cache_dtype'),
    kvCacheTokens:
      numberOf(lastMatch(log, /KV cache size: ([\d,]+) tokens/)) ??
      product(blockTokens, integer(info('num_gpu_blocks'))),
    kvCacheBytes: gibToBytes(
      numberOf(
        lastMatch(log, /Available KV cache memory: ([\d.]+) GiB|set \(([\d.]+)\/[\d.]+\) GiB for KV cache/),
      ),
    ),
    kvCacheBlockTokens: blockTokens,
    maxConcurrency: numberOf(concurrency, 2),
    maxModelTokens:
      asNumber(asObject(modelsOf(endpoints)[0]).max_model_len) ??
      integer(setting('max_seq_len')) ??
      numberOf(concurrency, 1),
    prefixCaching: pythonBoolean(info('enable_prefix_caching') ?? setting('enable_prefix_caching')),
  });
}

function attentionOf(log: readonly string[]): EngineFacts {
  const newer = lastMatch(
    log,
    /Using (?:AttentionBackendEnum\.)?([A-Z][A-Z0-9_]+) (?:attention )?backend\b(?! for vit)/,
  );
  const older = lastMatch(
    log,
    /Using (Flash Attention|FlashInfer|FlashMLA|Triton(?: MLA)?|Torch SDPA|XFormers|FlexAttention|Cutlass MLA) backend/,
  );
  const version = group(lastMatch(log, /Using FlashAttention version (\d+)/));
  return seenFacts({
    attentionBackend: group(newer) ?? group(older)?.toUpperCase().replaceAll(' ', '_') ?? null,
    flashAttentionVersion: version,
  });
}

function loadOf(log: readonly string[]): EngineFacts {
  const loaded = firstMatch(log, /Model loading took ([\d.]+) Gi?B(?: memory)? and ([\d.]+) seconds/);
  const init = lastMatch(
    log,
    /init engine \(.*?\) took ([\d.]+) s(?:econds)?(?: \(compilation: ([\d.]+) s)?/,
  );
  return seenFacts({
    modelArchitecture: group(lastMatch(log, /Resolved architecture: (\w+)/)),
    modelBytes: gibToBytes(numberOf(loaded)),
    modelLoadS: numberOf(loaded, 2) ?? numberOf(firstMatch(log, /Loading weights took ([\d.]+) seconds/)),
    compileS: numberOf(init, 2) ?? numberOf(lastMatch(log, /torch\.compile (?:takes|took) ([\d.]+) s/)),
    engineInitS: numberOf(init),
  });
}

function graphsOf(log: readonly string[]): EngineFacts {
  const captured = lastMatch(
    log,
    /(?<!Encoder )[Gg]raph capturing finished in ([\d.]+) secs?, took (-?[\d.]+) GiB/,
  );
  const isEager = log.some((line) => /Cudagraph is disabled under eager mode|Enforce eager set/.test(line));
  return seenFacts({
    graphsCaptured: captured !== null ? true : isEager ? false : null,
    graphCaptureS: numberOf(captured),
    graphBytes: gibToBytes(numberOf(captured, 2)),
    graphsUsedInDecode: isEager ? false : usedGraphs(log),
  });
}

/** From the table of `--cudagraph-metrics`: batches of few tokens are decode steps. Null when it was not printed. */
function usedGraphs(log: readonly string[]): boolean | null {
  const rows = log.flatMap((line) => {
    const [, tokens, mode] = /^\| (\d+) +\| \d+ +\| \d+ +\| (\w+) +\| \d+ +\|/.exec(bare(line)) ?? [];
    return tokens === undefined ? [] : [{ tokens: Number(tokens), mode }];
  });
  const fewest = Math.min(...rows.map(({ tokens }) => tokens));
  const decode = rows.filter(({ tokens }) => tokens === fewest);
  return decode.length === 0 ? null : decode.some(({ mode }) => mode === 'FULL' || mode === 'PIECEWISE');
}

function asyncOf(log: readonly string[]): boolean | null {
  const told = lastMatch(log, /Asynchronous scheduling is (enabled|disabled)/i);
  if (told !== null) return told[1] === 'enabled';
  return log.some((line) =>
    /Async scheduling (?:will be|is) disabled|Async scheduling not supported/.test(line),
  )
    ? false
    : null;
}

function untuned(log: readonly string[]): readonly string[] | null {
  const lines = log.flatMap(
    (line) => /Using default [\w -]*config\. Performance might.*/.exec(line)?.[0] ?? [],
  );
  return lines.length === 0 ? null : [...new Set(lines)];
}

function countOf(log: readonly string[], pattern: RegExp): number | null {
  const count = log.filter((line) => pattern.test(line)).length;
  return count === 0 ? null : count;
}

function nonDefault(log: readonly string[]): EngineFacts['nonDefaultArgs'] | null {
  const told = group(lastMatch(log, /non-default args: (\{.*\})\s*$/));
  // The address is another one in every launch.
  const { host: _, port: __, ...args } = asObject(told === null ? null : parsePythonLiteral(told));
  return Object.keys(args).length === 0 ? null : (args as { readonly [name: string]: Json });
}

function modelsOf(endpoints: Stated['endpoints']): readonly Json[] {
  const { data } = asObject(endpoints['/v1/models']);
  return Array.isArray(data) ? data : [];
}

function integer(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

function product(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a * b;
}
