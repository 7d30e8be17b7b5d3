import { chatBody, chatFields } from './chat-body.ts';
import { cacheFolder, driverCache, userCache } from './compile-caches.ts';
import { countByTemplate } from './count-prompt.ts';
import { countedBetween } from './counters.ts';
import type { Engine } from './engine.ts';
import { asNumber, asObject, asText } from './json-reading.ts';
import { llamacppCounters, llamacppFacts, llamacppNotices } from './llamacpp-facts.ts';
import { contextOfSlot, llamacppLint } from './llamacpp-lint.ts';
import { openAiServer } from './openai-server.ts';
import { llamacppRecall } from './recall-fields.ts';

/** llama.cpp's `llama-server`. */
export const llamacpp: Engine = {
  ...openAiServer,
  name: 'llamacpp',
  holdPort: 'until-owned',
  needsEnv: ['LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'CUDA_HOME'],
  fields: new Set([
    ...chatFields,
    'chat_template_kwargs',
    'dry_multiplier',
    'dynatemp_range',
    'grammar',
    'json_schema',
    'min_p',
    'mirostat',
    'parse_tool_calls',
    'reasoning_format',
    'repeat_last_n',
    'repeat_penalty',
    'samplers',
    'top_k',
    'top_n_sigma',
    'typical_p',
    'xtc_probability',
  ]),
  coldCache: 'enforced',
  requestBody(query, settings) {
    return {
      ...chatBody(query, settings),
      cache_prompt: settings.cache === 'warm',
      timings_per_token: true,
    };
  },
  recall: llamacppRecall,
  countPrompt: countByTemplate,
  ownTimes(timings) {
    const own = asObject(timings);
    if (asNumber(own.predicted_n) === null) return null;
    return {
      promptMs: asNumber(own.prompt_ms),
      decodeMs: asNumber(own.predicted_ms),
      cachedTokens: asNumber(own.cache_n),
    };
  },
  factsPaths: ['/props'],
  metricsPath: '/metrics',
  facts: llamacppFacts,
  version: ({ endpoints }) => asText(asObject(endpoints['/props']).build_info),
  notices: llamacppNotices,
  phases: [
    { pattern: /load_model: loading model|load_tensors: loading model tensors/, phase: 'weights-loading' },
    { pattern: /binding port/, phase: 'bound' },
    { pattern: /llama_context: constructing llama_context/, phase: 'weights-loaded' },
    { pattern: /llama_kv_cache\w*: size =/, phase: 'kv-allocated' },
    { pattern: /warming up the model/, phase: 'warming-up' },
    { pattern: /listening on http/, phase: 'serving' },
  ],
  busyPatterns: [/compiling (?:shader|pipeline|kernel|metal)/i],
  countedBetween: (before, after) => countedBetween(before, after, llamacppCounters),
  contextLimit: (args) => contextOfSlot(args)?.tokens || null,
  contextFlags: ['--ctx-size', '-c'],
  speculates: (args) =>
    args.some((word) => /^(-md|--model-draft|-hfd|-hfrd|--hf-repo-draft|--spec|--draft)/.test(word)),
  compileCaches: (env) => [
    ...driverCache(env),
    ...(env.MESA_SHADER_CACHE_DIR
      ? cacheFolder(env, 'MESA_SHADER_CACHE_DIR', '')
      : userCache(env, 'mesa_shader_cache')),
  ],
  help: {
    args: ['--help'],
    program: /^llama-server/,
    module: null,
    abbreviates: false,
    joins: false,
    rewrites: null,
    alsoReads: { on: ['enabled', 'true', '1'], off: ['disabled', 'false', '0'], auto: ['-1'] },
    addsUp:
      /^--(?:spec-draft-)?(?:logit-bias|dry-sequence-breaker|chat-template-kwargs|cpu-mask|cpu-range)\b/,
    renamed: {},
  },
  lintArgs: llamacppLint,
  causes: [
    {
      pattern:
        /invalid argument|unknown argument|error while handling argument|requires flash_attn to be enabled/i,
      reason: 'bad-flag',
      hint: 'Run the engine with --help and compare the flag with its list.',
    },
    {
      pattern: /No space left on device/,
      reason: 'disk-full',
      hint: 'Free space where the engine writes: its download cache, --slot-save-path, TMPDIR.',
    },
    {
      pattern: /unknown pre-tokenizer type|error loading model vocabulary|cannot find tokenizer/i,
      reason: 'tokenizer-missing',
      hint: 'The GGUF file has no tokenizer that this build knows; convert it anew, or take a newer build.',
    },
    {
      pattern: /HTTP (?:status )?40[13]|Invalid credentials|is gated/i,
      reason: 'model-gated',
      hint: 'Accept the licence on the model page, then pass the token: `HF_TOKEN: { secret: $HF_TOKEN }` under `env:`.',
    },
    {
      pattern:
        /failed to open GGUF|failed to open .*gguf|No such file or directory.*\.gguf|unable to (open|load) model/i,
      reason: 'model-missing',
      hint: 'Check the path after -m; it is read from the working directory that `cwd` names.',
    },
    {
      pattern: /invalid magic|not a (valid )?GGUF|unsupported model architecture|unknown model architecture/i,
      reason: 'model-unreadable',
      hint: 'The file is not a model this build can read; compare its architecture with the version of llama.cpp.',
    },
    {
      pattern: /no kernel image is available|no device code compatible with CUDA arch/,
      reason: 'gpu-unsupported',
      hint: 'This build holds no code for the GPU: build it with its CMAKE_CUDA_ARCHITECTURES.',
    },
    {
      pattern:
        /out of memory|cudaMalloc failed|failed to allocate|unable to allocate|insufficient memory|ErrorOutOfDeviceMemory/i,
      reason: 'oom-load',
      hint: 'Lower -c, -np or -ngl, or choose a smaller quantisation.',
    },
    {
      pattern: /couldn't bind|address already in use/i,
      reason: 'port-taken',
      hint: 'Another process took the port; run again.',
    },
  ],
};
