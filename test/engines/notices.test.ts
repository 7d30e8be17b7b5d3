import { describe, expect, it } from 'vitest';
import type { EngineName, Notice } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import { findingMeaning } from '../../src/report/meanings.ts';
import { log } from './fixtures.ts';

const told = (name: EngineName, lines: readonly string[]): readonly Notice[] => engines[name].notices(lines);

/** Lines of the wheels (vllm 0.32.0, sglang 0.5.23), their blanks filled. */
const said: readonly (readonly [EngineName, Notice['code'] | null, string])[] = [
  ['vllm', 'flag-ignored', 'The following fields were present in the request but ignored: {"min_tokenz"}'],
  ['vllm', 'flag-ignored', 'max_parallel_loading_workers is currently not supported and will be ignored.'],
  ['vllm', 'flag-ignored', '--device-ids has no effect when using the Ray executor.'],
  ['vllm', 'flag-ignored', 'sleep mode is not supported on CPU, ignore it.'],
  ['vllm', 'flag-unknown', 'Unknown vLLM environment variable detected: VLLM_USE_V1'],
  ['vllm', 'flag-overridden', 'Overriding num_gpu_blocks=512 with num_gpu_blocks_override=64'],
  ['vllm', 'flag-overridden', 'Cudagraph is disabled under eager mode'],
  [
    'vllm',
    'flag-overridden',
    'Async scheduling is disabled because the V1 model runner does not support it with pipeline parallelism.',
  ],
  ['vllm', 'flag-overridden', 'Reducing max_model_len from 8192 to 4096'],
  [
    'vllm',
    'flag-overridden',
    "Default vLLM sampling parameters have been overridden by the model's `generation_config.json`: `{'top_k': 20}`.",
  ],
  [
    'vllm',
    'fallback',
    '--linear-backend=x was requested, but no x kernel exists for y layers; falling back to normal kernel selection for this layer.',
  ],
  [
    'vllm',
    'fallback',
    '--block-size 8 precluded higher-priority backend(s) FLASH_ATTN. Using TRITON_ATTN instead, which may result in reduced performance.',
  ],
  ['vllm', 'flag-deprecated', "argument '--swap-space' is deprecated"],
  [
    'vllm',
    'untuned-kernel',
    'Using default W8A8 Block FP8 kernel config. Performance might be sub-optimal! Config file not found at /x',
  ],
  ['vllm', 'autotune', 'Skipping FlashInfer autotune because it is disabled.'],
  [
    'vllm',
    'autotune',
    '[AutoTuner]: Using fallback tactic for trtllm::fp8_gemm with input shapes ((1, 4096),)',
  ],
  ['vllm', null, 'Reducing Torch threads from 8 to 1 for serving.'],
  ['vllm', null, 'Using FLASH_ATTN attention backend out of potential backends: []'],
  ['vllm', null, 'GPU KV cache size: 49,152 tokens'],
  ['vllm', null, 'Ignoring the following patterns when downloading weights: []'],
  ['vllm', null, '127.0.0.1:51234 - "POST /v1/chat/completions HTTP/1.1" 200 OK'],
  [
    'sglang',
    'flag-overridden',
    'max_running_requests was reduced from the requested 512 to 48 (per dp worker) due to the available KV cache capacity.',
  ],
  ['sglang', 'fallback', 'Foo has no SGLang implementation, falling back to Transformers implementation.'],
  [
    'sglang',
    'untuned-kernel',
    'Using default MoE kernel config. Performance might be sub-optimal! Config file not found at /x',
  ],
  ['sglang', 'autotune', 'FlashInfer PCIe-IPC autotune failed (x); keeping the seed policy.'],
  ['sglang', null, "Endpoint '/get_server_info' is deprecated and will be removed in a future version."],
  [
    'trtllm',
    'flag-overridden',
    'Both free_gpu_memory_fraction and max_tokens are set (to 0.9 and 86711, respectively). The smaller value will be used.',
  ],
  ['llamacpp', 'flag-ignored', 'warning: no usable GPU found, --gpu-layers option will be ignored'],
  [
    'llamacpp',
    'flag-overridden',
    'load_model: the slot context (20224) exceeds the training context of the model (8192) - capping',
  ],
  [
    'llamacpp',
    'flag-overridden',
    'llama_context: n_ctx_seq (20224) > n_ctx_train (8192) -- possible training context overflow',
  ],
  ['llamacpp', 'fallback', 'load_tensors: offloaded 20/33 layers to GPU'],
  ['llamacpp', null, 'load_tensors: offloaded 33/33 layers to GPU'],
  [
    'llamacpp',
    null,
    'llama_context: n_ctx_seq (4096) < n_ctx_train (8192) -- the full capacity of the model will not be utilized',
  ],
];

it.each(said)('%s, %s: %s', (name, code, line) => {
  const notices = told(name, [line]);
  expect(notices.map((notice) => notice.code)).toEqual(code === null ? [] : [code]);
  if (code !== null) expect(notices[0]?.text).toBe(line);
});

describe('a notice', () => {
  const prefixed = '(Worker_TP0 pid=201) WARNING 11-25 02:08:15 [a.py:1] --foo-bar has no effect here';

  it('is told once, without the prefix, with the flag it names', () => {
    expect(told('vllm', [prefixed, prefixed.replaceAll('TP0 pid=201', 'TP1 pid=202')])).toEqual([
      { code: 'flag-ignored', flag: '--foo-bar', text: '--foo-bar has no effect here' },
    ]);
  });

  it('names a variable where there is no flag', () => {
    expect(told('vllm', ['Unknown vLLM environment variable detected: VLLM_FOO'])[0]?.flag).toBe('VLLM_FOO');
  });

  it('of each code is explained on the screen', () => {
    const codes = new Set(said.flatMap(([, code]) => (code === null ? [] : [code])));
    for (const code of codes) expect(findingMeaning(code)).not.toBe('');
  });

  it('does not fill the row', () => {
    const lines = Array.from({ length: 500 }, (_, at) => `--flag-${at} has no effect`);
    expect(told('vllm', lines)).toHaveLength(40);
  });
});

describe('prefixes of each engine are taken off', () => {
  it.each([
    ['(EngineCore pid=163) INFO 03-20 10:08:32 [cuda.py:317] is ignored'],
    ['(Worker_TP0_EP1 pid=163) WARNING 2026-03-20 10:08:32 [cuda.py:317] is ignored'],
    ['[2026-11-25 02:08:32 TP0] is ignored'],
    ['[11/25/2026-02:08:32] [TRT-LLM] [W] is ignored'],
    ['[TensorRT-LLM][WARNING] is ignored'],
  ])('%s', (line) => {
    expect(told('vllm', [line])[0]?.text).toBe('is ignored');
  });

  it('0.00.006.522 W (llama.cpp)', () => {
    expect(
      told('llamacpp', ["0.00.006.522 W DEPRECATED: argument '-c' specified multiple times"])[0],
    ).toEqual({
      code: 'flag-overridden',
      flag: null,
      text: "DEPRECATED: argument '-c' specified multiple times",
    });
  });
});

it('the logs of a start give just what they say about knobs', () => {
  expect(told('llamacpp', log('llamacpp/start-and-requests.log'))).toEqual([]);
  expect(
    told('vllm', log('vllm/start-eager-speculative.log')).map(({ code, text }) => `${code}: ${text}`),
  ).toEqual([
    'flag-overridden: Async scheduling not supported with ngram-based speculative decoding and will be disabled.',
    expect.stringMatching(/^flag-overridden: max_num_scheduled_tokens is set to 512 based on/),
    'fallback: Model Runner V2 requires Triton; using the V1 model runner instead.',
    "flag-ignored: min_p and logit_bias parameters won't work with speculative decoding.",
  ]);
  expect(told('vllm', log('vllm/start-cold.log'))).toEqual([
    {
      code: 'fallback',
      flag: null,
      text: 'Model Runner V2 requires Triton; using the V1 model runner instead.',
    },
  ]);
  expect(told('vllm', log('vllm/gpu-start.log')).map((notice) => notice.code)).toEqual([
    'flag-overridden',
    'flag-overridden',
    'untuned-kernel',
    'autotune',
  ]);
  expect(told('sglang', log('sglang/start.log')).map((notice) => notice.code)).toEqual([
    'untuned-kernel',
    'flag-overridden',
  ]);
  expect(told('trtllm', log('trtllm/start.log')).map((notice) => notice.code)).toEqual([
    'autotune',
    'flag-overridden',
    'flag-overridden',
  ]);
});
