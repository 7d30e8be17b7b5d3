import type { Json } from '../canonical.ts';
import { acceptance } from './counters.ts';
import { type EngineFacts, type Stated, seenFacts } from './facts.ts';
import { asNumber, asObject } from './json-reading.ts';
import { gibToBytes, group, lastMatch, numberOf, pythonBoolean } from './log-reading.ts';
import { parseMetrics, total } from './prometheus.ts';

/** Early builds name a counter bare, later ones with `trtllm_`, Dynamo with `trtllm:`. */
export function trtllmNames(...names: readonly string[]): string[] {
  return names.flatMap((name) => [`trtllm_${name}`, `trtllm:${name}`, name]);
}

/** Counter names, newest first. */
export const trtllmCounters = {
  cached: trtllmNames('prompt_cached_tokens_total'),
  preemptions: [],
  drafts: [],
  drafted: trtllmNames('spec_decode_num_draft_tokens_total', 'spec_decode_drafted_tokens_total'),
  accepted: trtllmNames('spec_decode_num_accepted_tokens_total', 'spec_decode_accepted_tokens_total'),
} as const;

/** TensorRT-LLM's own statements: its log, and the iteration statistics of `/metrics` when they are turned on. */
export function trtllmFacts({ endpoints, metrics, log }: Stated): EngineFacts {
  const samples = parseMetrics(metrics ?? '');
  const cache = asObject(lastStatistics(endpoints['/metrics']).kvCacheStats);
  const drafts = asObject(lastStatistics(endpoints['/metrics']).specDecodingStats);
  const blockTokens =
    asNumber(cache.tokensPerBlock) ??
    numberOf(lastMatch(log, /tokens per block=(\d+)|Number of tokens per block: (\d+)/));
  const pool = lastMatch(log, /Allocated ([\d.]+) GiB for max tokens in paged KV cache \((\d+)\)/);
  const blocks = asNumber(cache.maxNumBlocks);
  return seenFacts({
    attentionBackend: group(lastMatch(log, /\battn_backend[=:] ?'?(\w+)/)),
    moeBackend: group(
      lastMatch(log, /\bmoe_backend[=:] ?'?(\w+)|moe_config[=:] ?MoeConfig\(backend='(\w+)'/),
    ),
    kvCacheTokens:
      numberOf(pool, 2) ?? (blocks === null || blockTokens === null ? null : blocks * blockTokens),
    kvCacheBytes: gibToBytes(numberOf(pool)),
    kvCacheBlockTokens: blockTokens,
    maxModelTokens: numberOf(lastMatch(log, /\bmax_seq_len(?:=| to )(\d+)/)),
    maxSequences: numberOf(lastMatch(log, /\bmax_num_requests=(\d+)/)),
    chunkedPrefill: pythonBoolean(group(lastMatch(log, /\bchunked_prefill=(True|False)/))),
    prefixCaching: reuseOf(log),
    graphsCaptured: log.some((line) => /CUDA graph warmup for batch size=/.test(line)) ? true : null,
    modelBytes: gibToBytes(
      numberOf(lastMatch(log, /Memory used after loading model weights \(inside torch\).*?: ([\d.]+) GiB/)),
    ),
    autotunerFallbacks: fallbacks(log),
    ...acceptance(
      null,
      total(samples, trtllmCounters.drafted) ?? asNumber(drafts.numDraftTokens),
      total(samples, trtllmCounters.accepted) ?? asNumber(drafts.numAcceptedTokens),
    ),
    ...acceptedLength(asNumber(drafts.acceptanceLength)),
  });
}

/** `/metrics` is a list of iterations, oldest first. */
function lastStatistics(value: Json | undefined): ReturnType<typeof asObject> {
  return asObject(Array.isArray(value) ? value.at(-1) : value);
}

function acceptedLength(tokensPerStep: number | null): EngineFacts {
  return seenFacts({ speculativeTokensPerStep: tokensPerStep });
}

function reuseOf(log: readonly string[]): boolean | null {
  const said = lastMatch(log, /KV cache block reuse is (enabled|disabled)/);
  if (said !== null) return said[1] === 'enabled';
  return pythonBoolean(group(lastMatch(log, /\bcache_reuse=(True|False)/)));
}

function fallbacks(log: readonly string[]): number | null {
  const count = log.filter((line) => /\[Auto[Tt]un+er\].*fallback tactic/.test(line)).length;
  return count === 0 ? null : count;
}
