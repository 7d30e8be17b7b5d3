import { chatBody, chatFields } from './chat-body.ts';
import type { Engine } from './engine.ts';
import { asNumber, asObject, asText } from './json-reading.ts';
import { interpretOpenAi } from './openai-stream.ts';

/** llama.cpp's `llama-server`. */
export const llamacpp: Engine = {
  name: 'llamacpp',
  notYet: null,
  address: { host: '--host', port: '--port' },
  holdPort: 'until-owned',
  healthPath: '/health',
  needsEnv: ['LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'CUDA_HOME'],
  fields: new Set([
    ...chatFields,
    'chat_template_kwargs',
    'grammar',
    'json_schema',
    'min_p',
    'parse_tool_calls',
    'reasoning_format',
    'repeat_last_n',
    'repeat_penalty',
    'top_k',
    'typical_p',
  ]),
  coldCache: 'enforced',
  requestBody(query, settings) {
    return {
      ...chatBody(query, settings),
      cache_prompt: settings.cache === 'warm',
      timings_per_token: true,
    };
  },
  interpret: interpretOpenAi,
  ownTimes(timings) {
    const own = asObject(timings);
    if (asNumber(own.predicted_n) === null) return null;
    return {
      promptMs: asNumber(own.prompt_ms),
      decodeMs: asNumber(own.predicted_ms),
      cachedTokens: asNumber(own.cache_n),
    };
  },
  factsPath: '/props',
  version: (facts) => asText(asObject(facts).build_info),
  speculates: (args) =>
    args.some((word) => /^(-md|--model-draft|-hfd|-hfrd|--hf-repo-draft|--spec|--draft)/.test(word)),
  causes: [
    {
      pattern: /invalid argument|unknown argument|error while handling argument/i,
      reason: 'bad-flag',
      hint: 'Run the engine with --help and compare the flag with its list.',
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
      pattern:
        /out of memory|cudaMalloc failed|failed to allocate|unable to allocate|ErrorOutOfDeviceMemory/i,
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
