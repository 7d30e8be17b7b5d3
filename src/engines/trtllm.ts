import { flagNumber } from './args.ts';
import { chatBody, chatFields } from './chat-body.ts';
import { cacheFolder, kernelCaches, userCache } from './compile-caches.ts';
import { countedBetween, histogramTimes } from './counters.ts';
import type { Engine } from './engine.ts';
import { asObject, asText } from './json-reading.ts';
import { contextTooLong, idleFlags, tooManyRanks } from './lint-args.ts';
import { pythonNoticeRules, readNotices } from './notices.ts';
import { openAiServer } from './openai-server.ts';
import { pythonCauses } from './python-causes.ts';
import { trtllmRecall } from './recall-fields.ts';
import { trtllmCounters, trtllmFacts, trtllmNames } from './trtllm-facts.ts';

/** Its request model forbids what it does not know, and this one is newer than some versions in use. */
const newerFields = new Set(['parallel_tool_calls']);

/** TensorRT-LLM: `trtllm-serve MODEL --extra_llm_api_options FILE.yaml`. Read from its source, not run here. */
export const trtllm: Engine = {
  ...openAiServer,
  name: 'trtllm',
  // It binds with no SO_REUSEADDR, so it cannot take a port that is held.
  holdPort: 'until-spawn',
  needsEnv: [
    'HOME',
    'PATH',
    'LD_LIBRARY_PATH',
    'CUDA_HOME',
    'CUDA_VISIBLE_DEVICES',
    'HF_HOME',
    'HF_TOKEN',
    'HF_HUB_OFFLINE',
    'TLLM_*',
    'TRTLLM_*',
    'OMPI_*',
  ],
  fields: new Set([
    ...chatFields.filter((field) => !newerFields.has(field)),
    'chat_template_kwargs',
    'include_stop_str_in_output',
    'length_penalty',
    'min_p',
    'min_tokens',
    'repetition_penalty',
    'skip_special_tokens',
    'stop_token_ids',
    'top_k',
    'truncate_prompt_tokens',
  ]),
  // By its configuration: without `enable_block_reuse: false` in it a cold cache is refused before the start.
  coldCache: 'enforced',
  requestBody: chatBody,
  recall: trtllmRecall,
  countPrompt: null,
  factsPaths: ['/version', '/metrics'],
  metricsPath: '/prometheus/metrics',
  facts: trtllmFacts,
  version: ({ endpoints, log }) =>
    asText(asObject(endpoints['/version']).version) ??
    /TensorRT-LLM version: (\S+)/.exec(log.join('\n'))?.[1] ??
    null,
  notices: (log) =>
    readNotices(
      log,
      [
        {
          code: 'flag-overridden',
          pattern:
            /The smaller value will be used|Adjusted max_(?:seq_len|attention_window)|will be overridden|is not set.*set to/,
        },
        ...pythonNoticeRules,
      ],
      /KV cache block reuse is disabled/,
    ),
  phases: [
    { pattern: /Prefetching \S+ to memory|Loading (?:weights|safetensors)/, phase: 'weights-loading' },
    { pattern: /Memory used after loading model weights|Loading weights: 100%/, phase: 'weights-loaded' },
    { pattern: /Autotuning process ends/, phase: 'autotuned' },
    { pattern: /CUDA graph warmup for batch size=/, phase: 'graphs-capturing' },
    { pattern: /for max tokens in paged KV cache/, phase: 'kv-allocated' },
    { pattern: /Uvicorn running on/, phase: 'bound' },
    { pattern: /Engine loaded and ready to serve|Application startup complete/, phase: 'serving' },
  ],
  busyPatterns: [
    /CUDA graph warmup for batch size=/,
    /\[Auto[Tt]un+er\]:? (?:Autotuning process starts|Tuning )/,
    /torch\.compile|Autotune Choices Stats|Triton autotuning for function/,
    /DeepGEMM JIT|Building engine/,
  ],
  histogramTimes: (before, after) =>
    histogramTimes(before, after, {
      ttft: trtllmNames('time_to_first_token_seconds'),
      itl: trtllmNames('inter_token_latency_seconds', 'time_per_output_token_seconds'),
    }),
  countedBetween: (before, after) => countedBetween(before, after, trtllmCounters),
  contextLimit: (args) => flagNumber(args, ['--max_seq_len']),
  contextFlags: ['--max_seq_len'],
  speculates: (args) => args.some((word) => /^--(?:speculative|decoding)[-_]/.test(word)),
  compileCaches: (env) => [
    ...(env.TLLM_AUTOTUNER_CACHE_PATH ? [env.TLLM_AUTOTUNER_CACHE_PATH] : []),
    ...cacheFolder(env, 'TRTLLM_DG_CACHE_DIR', '.tensorrt_llm'),
    ...userCache(env, 'tensorrt_llm'),
    ...kernelCaches(env),
  ],
  help: {
    args: ['serve', '--help'],
    program: /^trtllm-serve$/,
    module: /^tensorrt_llm\b/,
    abbreviates: false,
    joins: true,
    rewrites: null,
    alsoReads: null,
    addsUp: null,
    renamed: {},
  },
  lintArgs: (input) => [
    ...tooManyRanks(input, [
      ['--tp_size', '--tensor_parallel_size'],
      ['--pp_size', '--pipeline_parallel_size'],
    ]),
    ...contextTooLong(input, ['--max_seq_len'], ['--extra_llm_api_options', '--config']),
    ...idleFlags(input.args, [
      {
        flags: ['--cluster_size', '--moe_cluster_parallel_size'],
        needs: ['--ep_size', '--moe_expert_parallel_size'],
      },
    ]),
  ],
  causes: [
    {
      pattern:
        /CUDA graph warmup for batch size=(?:(?!for max tokens in paged KV cache)[\s\S])*?(?:out of memory|OutOfMemoryError)/i,
      reason: 'oom-graph',
      hint: 'Lower kv_cache_config.free_gpu_memory_fraction or max_batch_size, or capture fewer batch sizes (cuda_graph_config).',
    },
    {
      pattern: /Executor creation failed due to insufficient GPU memory/,
      reason: 'oom-load',
      hint: 'The lines after it name the component and its knob; most often lower free_gpu_memory_fraction, max_seq_len or max_num_tokens.',
    },
    {
      pattern: /Extra inputs are not permitted|Unrecognized (?:LLM )?arg|Invalid value for '--/,
      reason: 'bad-flag',
      hint: 'A key of the YAML file or a flag is unknown to this version; the line above names it.',
    },
    ...pythonCauses,
  ],
};
