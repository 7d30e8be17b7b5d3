import { acceptance } from './counters.ts';
import type { Notice } from './engine.ts';
import { type EngineFacts, type Stated, seenFacts } from './facts.ts';
import { asNumber, asObject, asText } from './json-reading.ts';
import { bare, group, lastMatch, numberOf } from './log-reading.ts';
import { type NoticeRule, readNotices } from './notices.ts';
import { parseMetrics, total } from './prometheus.ts';

const mebibyte = 1024 ** 2;

/** Counter names (`/metrics` needs --metrics). */
export const llamacppCounters = {
  cached: ['llamacpp:prompt_tokens_cached_total'],
  preemptions: [],
  drafts: ['llamacpp:spec_decode_num_drafts_total'],
  drafted: ['llamacpp:spec_decode_num_draft_tokens_total'],
  accepted: ['llamacpp:spec_decode_num_accepted_tokens_total'],
} as const;

/** llama.cpp's own statements: `/props`, and what its log tells at the verbosity it has (most at `-lv 4`). */
export function llamacppFacts({ endpoints, metrics, log }: Stated): EngineFacts {
  const props = asObject(endpoints['/props']);
  const settings = asObject(props.default_generation_settings);
  const samples = parseMetrics(metrics ?? '');
  const offloaded = lastMatch(log, /offloaded (\d+)\/(\d+) layers to GPU/);
  const method = asText(asObject(settings.params)['speculative.types']);
  return seenFacts({
    attentionBackend: attentionOf(log),
    quantization: asText(props.model_ftype) ?? group(lastMatch(log, /print_info: file type\s*= (\S+)/)),
    modelArchitecture: group(lastMatch(log, /print_info: arch\s*= (\S+)/)),
    ...cacheOf(log),
    maxModelTokens: asNumber(settings.n_ctx),
    maxSequences: asNumber(props.total_slots),
    modelBytes: sumOfMib(log, /model buffer size = +([\d.]+) MiB/),
    layersOnGpu: numberOf(offloaded),
    layers: numberOf(offloaded, 2),
    threads: numberOf(lastMatch(log, /\bn_threads = (\d+)/)),
    speculativeMethod: method === 'none' ? null : method,
    ...acceptance(
      total(samples, llamacppCounters.drafts),
      total(samples, llamacppCounters.drafted),
      total(samples, llamacppCounters.accepted),
    ),
  });
}

const rules: readonly NoticeRule[] = [
  { code: 'flag-ignored', pattern: /option will be ignored|\b(?:is|are|be) ignored\b|has no effect/i },
  { code: 'flag-overridden', pattern: /specified multiple times/ },
  { code: 'flag-deprecated', pattern: /\bdeprecated\b/i },
  {
    code: 'fallback',
    pattern:
      /fall(?:ing|s)? back\b|\bfallback to\b|failed to fit params|failed to initialize (?:CUDA|Vulkan)|no usable GPU found|flash[_ ]attn\w* (?:is )?(?:not supported|requires)|Flash Attention was auto, set to disabled/i,
  },
  {
    code: 'flag-overridden',
    pattern:
      /- capping$|possible training context overflow|\boverrid(?:ing|den)\b|\bforcing\b|\bsetting .* to \S+ (?:because|instead)|not supported.*(?:disabl|instead)/i,
  },
];

/** What the log says about knobs, and layers that stayed off the GPU though some went there. */
export function llamacppNotices(log: readonly string[]): readonly Notice[] {
  const partly = log.filter((line) => {
    const [, on = '', all = ''] = /offloaded (\d+)\/(\d+) layers to GPU/.exec(line) ?? [];
    return Number(on) > 0 && Number(on) < Number(all);
  });
  return [
    ...readNotices(log, rules),
    ...partly
      .slice(-1)
      .map((line) => ({ code: 'fallback' as const, flag: '--gpu-layers', text: bare(line) })),
  ];
}

function attentionOf(log: readonly string[]): string | null {
  const told = lastMatch(
    log,
    /flash_attn\s*= (enabled|disabled)|Flash Attention (?:was auto, set to )?(enabled|disabled)/,
  );
  const state = group(told);
  return state === null ? null : state === 'enabled' ? 'flash-attn' : 'no-flash-attn';
}

function cacheOf(log: readonly string[]): EngineFacts {
  const pools = log.flatMap((line) => {
    const found =
      /llama_kv_cache\w*: size = +([\d.]+) MiB \( *(\d+) cells.*?K \((\w+)\):.*?V \((\w+)\):/.exec(line);
    return found === null ? [] : [found];
  });
  const [first] = pools;
  if (first === undefined) return {};
  const [, , , keys = '', values = ''] = first;
  return {
    kvCacheBytes: Math.round(pools.reduce((sum, [, mib = '0']) => sum + Number(mib), 0) * mebibyte),
    kvCacheTokens: Math.max(...pools.map(([, , cells = '0']) => Number(cells))),
    kvCacheDtype: keys === values ? keys : `${keys}/${values}`,
  };
}

function sumOfMib(log: readonly string[], pattern: RegExp): number | null {
  const sizes = log.flatMap((line) => numberOf(pattern.exec(line)) ?? []);
  return sizes.length === 0 ? null : Math.round(sizes.reduce((sum, size) => sum + size, 0) * mebibyte);
}
