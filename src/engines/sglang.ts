import { flagNumber } from './args.ts';
import { chatBody, chatFields } from './chat-body.ts';
import { cacheFolder, kernelCaches } from './compile-caches.ts';
import { countedBetween, histogramTimes } from './counters.ts';
import type { Engine } from './engine.ts';
import { asObject, asText } from './json-reading.ts';
import { pythonNoticeRules, readNotices } from './notices.ts';
import { openAiServer } from './openai-server.ts';
import { pythonCauses } from './python-causes.ts';
import { pythonRecall } from './recall-fields.ts';
import { sglangRenamed } from './renamed-flags.ts';
import { sglangCounters, sglangFacts } from './sglang-facts.ts';
import { sglangLint } from './sglang-lint.ts';

/** SGLang: `python -m sglang.launch_server --model-path MODEL`. Read from the wheel of 0.5.23, not run here. */
export const sglang: Engine = {
  ...openAiServer,
  name: 'sglang',
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
    'SGLANG_*',
    'SGL_*',
  ],
  fields: new Set([
    ...chatFields,
    'chat_template_kwargs',
    'continue_final_message',
    'ebnf',
    'max_completion_tokens',
    'min_p',
    'min_tokens',
    'no_stop_trim',
    'reasoning_effort',
    'regex',
    'repetition_penalty',
    'separate_reasoning',
    'skip_special_tokens',
    'stop_token_ids',
    'stream_reasoning',
    'top_k',
  ]),
  coldCache: 'enforced',
  cacheReset: { path: '/flush_cache' },
  requestBody(query, settings) {
    return {
      ...chatBody(query, settings),
      stream_options: { include_usage: true, continuous_usage_stats: true },
      ...(settings.cache === 'cold' ? { cache_salt: settings.requestId } : {}),
    };
  },
  recall: pythonRecall,
  // Its /tokenize takes a text and applies no template.
  countPrompt: null,
  factsPaths: ['/server_info', '/model_info'],
  metricsPath: '/metrics',
  facts: sglangFacts,
  version: ({ endpoints }) => asText(asObject(endpoints['/server_info']).version),
  notices: (log) => readNotices(log, pythonNoticeRules, silent),
  phases: [
    { pattern: /Load weight begin/, phase: 'weights-loading' },
    { pattern: /Load weight end/, phase: 'weights-loaded' },
    { pattern: /KV [Cc]ache (?:is )?allocated|Memory pool end/, phase: 'kv-allocated' },
    { pattern: /DeepGEMM JIT (?:Pre-Compile|Compiling)/, phase: 'compiling' },
    { pattern: /Capture .*cuda graph begin/i, phase: 'graphs-capturing' },
    { pattern: /Capture .*cuda graph end/i, phase: 'graphs-captured' },
    { pattern: /FlashInfer autotune completed|Autotuning process ends/, phase: 'autotuned' },
    { pattern: /Uvicorn running on/, phase: 'bound' },
    { pattern: /fired up and ready to roll/, phase: 'serving' },
  ],
  busyPatterns: [
    /Capture .*cuda graph begin|Capture cuda graph bs/i,
    /DeepGEMM JIT (?:Pre-Compile|Compiling)|DeepGEMM warmup/,
    /\[Auto[Tt]un+er\]: (?:Autotuning process starts|Tuning )|Running FlashInfer autotune|FlashInfer (?:prefill )?autotune:/,
    /Triton autotuning for function|AUTOTUNE \w+\(|Autotune Choices Stats/,
    /torch\.compile (?:takes|took)|Compiling a graph for|Dynamo bytecode transform time/,
  ],
  histogramTimes: (before, after) =>
    histogramTimes(before, after, {
      ttft: ['sglang:time_to_first_token_seconds'],
      itl: ['sglang:inter_token_latency_seconds', 'sglang:time_per_output_token_seconds'],
    }),
  countedBetween: (before, after) => countedBetween(before, after, sglangCounters),
  contextLimit: (args) => flagNumber(args, ['--context-length']),
  contextFlags: ['--context-length'],
  speculates: (args) => args.some((word) => /^--speculative[-_]/.test(word)),
  compileCaches: (env) => [
    ...(env.SGLANG_CACHE_DIR ? [env.SGLANG_CACHE_DIR] : []),
    ...cacheFolder(env, 'SGLANG_DG_CACHE_DIR', '.cache/deep_gemm'),
    ...kernelCaches(env),
  ],
  help: {
    args: ['serve', '--help'],
    program: /^sglang$/,
    module: /^sglang\b/,
    abbreviates: true,
    joins: true,
    rewrites: null,
    alsoReads: null,
    addsUp: /^--lora-paths$/,
    renamed: sglangRenamed,
  },
  lintArgs: sglangLint,
  causes: [
    {
      pattern:
        /Capture cuda graph failed|Capture .*CUDA graph begin(?:(?!CUDA graph end)[\s\S])*?(?:out of memory|OutOfMemoryError)/i,
      reason: 'oom-graph',
      hint: 'Lower --mem-fraction-static or the largest captured batch (--cuda-graph-max-bs-decode), or leave graphs out.',
    },
    {
      pattern: /Not enough memory\. Please try to increase --mem-fraction-static/,
      reason: 'oom-load',
      hint: 'Raise --mem-fraction-static, lower --context-length, or use more GPUs: after the weights no room is left for keys and values.',
    },
    {
      pattern: /scheduler died during initialization \(exit code: -9\)/,
      reason: 'oom-host',
      hint: 'The kernel killed a worker, most often for lack of host memory; `dmesg` says how much it held.',
    },
    {
      pattern:
        /served_model_name cannot contain a colon|is greater than the derived context_length|Invalid attention backend/,
      reason: 'bad-flag',
      hint: 'The value does not fit this model or version; the line above says which.',
    },
    ...pythonCauses,
  ],
};

/** What every start says, whatever the flags. */
const silent = /Endpoint '[^']*' is deprecated|Setting startup metric|pynvml package is deprecated/;
