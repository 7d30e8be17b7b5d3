import { flagNumber } from './args.ts';
import { chatBody, chatFields } from './chat-body.ts';
import { cacheFolder, kernelCaches, userCache } from './compile-caches.ts';
import { countedBetween, histogramTimes } from './counters.ts';
import type { Engine } from './engine.ts';
import { asObject, asText } from './json-reading.ts';
import { group } from './log-reading.ts';
import { pythonNoticeRules, readNotices } from './notices.ts';
import { openAiServer } from './openai-server.ts';
import { pythonCauses } from './python-causes.ts';
import { pythonRecall } from './recall-fields.ts';
import { vllmRenamed } from './renamed-flags.ts';
import { vllmCounters, vllmFacts } from './vllm-facts.ts';
import { vllmLint } from './vllm-lint.ts';

/** vLLM: `vllm serve MODEL`, or `python -m vllm.entrypoints.openai.api_server`. */
export const vllm: Engine = {
  ...openAiServer,
  name: 'vllm',
  holdPort: 'until-owned',
  needsEnv: [
    'HOME',
    'PATH',
    'LD_LIBRARY_PATH',
    'CUDA_HOME',
    'CUDA_VISIBLE_DEVICES',
    'HF_HOME',
    'HF_TOKEN',
    'HF_HUB_OFFLINE',
    'VLLM_*',
  ],
  fields: new Set([
    ...chatFields,
    'allowed_token_ids',
    'bad_words',
    'chat_template_kwargs',
    'include_reasoning',
    'include_stop_str_in_output',
    'length_penalty',
    'max_completion_tokens',
    'min_p',
    'min_tokens',
    'reasoning_effort',
    'repetition_penalty',
    'skip_special_tokens',
    'stop_token_ids',
    'structured_outputs',
    'top_k',
    'truncate_prompt_tokens',
  ]),
  coldCache: 'enforced',
  // Answers only with VLLM_SERVER_DEV_MODE=1.
  cacheReset: { path: '/reset_prefix_cache' },
  requestBody(query, settings) {
    return {
      ...chatBody(query, settings),
      stream_options: { include_usage: true, continuous_usage_stats: true },
      ...(settings.cache === 'cold' ? { cache_salt: settings.requestId } : {}),
    };
  },
  recall: pythonRecall,
  factsPaths: ['/version', '/v1/models'],
  metricsPath: '/metrics',
  facts: vllmFacts,
  version: ({ endpoints, log }) =>
    asText(asObject(endpoints['/version']).version) ??
    group(/LLM engine \(v([^)]+)\) with config/.exec(log.join('\n'))),
  notices: (log) =>
    readNotices(
      log,
      [{ code: 'flag-overridden', pattern: /Cudagraph is disabled under eager mode/ }, ...pythonNoticeRules],
      silent,
    ),
  phases: [
    { pattern: /Starting to load model|Loading safetensors checkpoint shards/, phase: 'weights-loading' },
    { pattern: /Model loading took|Loading weights took/, phase: 'weights-loaded' },
    {
      pattern:
        /Dynamo bytecode transform time|Using cache directory: .* torch\.compile|Warming up model for the compilation/,
      phase: 'compiling',
    },
    {
      pattern: /torch\.compile (?:takes|took)|Directly load|saved AOT compiled function|Warming up done/,
      phase: 'compiled',
    },
    { pattern: /KV cache size: [\d,]+ tokens/, phase: 'kv-allocated' },
    { pattern: /Autotuning process ends|Skipping FlashInfer autotune/, phase: 'autotuned' },
    { pattern: /Capturing CUDA graphs/, phase: 'graphs-capturing' },
    { pattern: /Graph capturing finished/, phase: 'graphs-captured' },
    { pattern: /JIT kernel warmup starting/, phase: 'warming-up' },
    { pattern: /Starting vLLM (?:API )?server/, phase: 'bound' },
    { pattern: /Application startup complete/, phase: 'serving' },
  ],
  busyPatterns: [
    /\bduring inference: .*causes a latency spike|(?:compilation|autotuning) during inference/,
    /Dynamo bytecode transform time|Compiling a graph for|Cache the graph of|Start compiling function/,
    /torch\.compile (?:takes|took)|saved AOT compiled function|Warming up model for the compilation/,
    /Capturing CUDA graphs/,
    /\[Auto[Tt]un+er\]: (?:Autotuning process starts|Tuning )|Running FlashInfer autotune/,
    /Triton autotuning for function|AUTOTUNE \w+\(|Autotune Choices Stats/,
    /DeepGEMM warmup|JIT kernel warmup (?:starting|finished|\()|Compiling model again/,
  ],
  histogramTimes: (before, after) =>
    histogramTimes(before, after, {
      ttft: ['vllm:time_to_first_token_seconds'],
      itl: ['vllm:inter_token_latency_seconds', 'vllm:time_per_output_token_seconds'],
    }),
  countedBetween: (before, after) => countedBetween(before, after, vllmCounters),
  contextLimit: (args) => flagNumber(args, ['--max-model-len']),
  contextFlags: ['--max-model-len'],
  speculates: (args) =>
    args.some((word) => /^(?:-sc|--(?:speculative|num[-_]speculative|spec[-_]))/.test(word)),
  compileCaches: (env) => [
    ...(env.VLLM_CACHE_ROOT ? cacheFolder(env, 'VLLM_CACHE_ROOT', '') : userCache(env, 'vllm')),
    ...cacheFolder(env, 'DG_JIT_CACHE_DIR', '.deep_gemm'),
    ...kernelCaches(env),
  ],
  help: {
    args: ['serve', '--help=all'],
    program: /^vllm$/,
    module: /^vllm\b/,
    abbreviates: true,
    joins: true,
    rewrites: /^-O/,
    alsoReads: null,
    addsUp: /^--middleware$/,
    renamed: vllmRenamed,
  },
  lintArgs: vllmLint,
  causes: [
    {
      pattern:
        /Capturing CUDA graphs(?:(?!Graph capturing finished)[\s\S])*?(?:out of memory|OutOfMemoryError)/i,
      reason: 'oom-graph',
      hint: 'Lower --gpu-memory-utilization or --max-num-seqs, capture fewer sizes (--max-cudagraph-capture-size), or leave graphs out (--enforce-eager).',
    },
    {
      pattern:
        /No available memory for the cache blocks|To serve at least one request with the models?'?s max seq len|Free memory on device .* is less than|Available memory on node .* is less than requested/,
      reason: 'oom-load',
      hint: 'Raise --gpu-memory-utilization, lower --max-model-len, or end what else holds GPU memory; the line above has the numbers.',
    },
    {
      pattern:
        /User-specified max_model_len \(\d+\) is greater than the derived|The quantization method \S+ does not|Unknown quantization method|Unknown attention backend|Invalid attention backend/,
      reason: 'bad-flag',
      hint: 'The value does not fit this model or version; the line above says which.',
    },
    ...pythonCauses,
  ],
};

/** What every start says, whatever the flags. */
const silent =
  /Reducing Torch (?:threads|parallelism)|Auto-prefetch is disabled|endpoints are disabled\. Restart|Inductor compilation was disabled|Default to using|Failed to import from vllm\._C|cannot be fetched|pynvml package is deprecated|Setuptools is replacing/;
