import { expect, it } from 'vitest';
import type { Json } from '../../src/canonical.ts';
import { engines } from '../../src/engines/index.ts';
import { fixture, log, stated } from './fixtures.ts';

const gib = 1024 ** 3;

it('vllm: what a GPU log tells', () => {
  const facts = engines.vllm.facts(stated({ log: log('vllm/gpu-start.log') }));
  expect(facts).toMatchObject({
    attentionBackend: 'FLASHINFER',
    moeBackend: 'FLASHINFER_TRTLLM_MXFP4_MXFP8',
    quantization: 'mxfp4',
    dtype: 'bfloat16',
    kvCacheDtype: 'fp8_e4m3',
    kvCacheTokens: 3_218_944,
    kvCacheBytes: 110.5 * gib,
    maxConcurrency: 24.56,
    maxModelTokens: 131_072,
    modelArchitecture: 'GptOssForCausalLM',
    modelLoadS: 24.5,
    modelBytes: 30.75 * gib,
    compileS: 15.03,
    engineInitS: 39.2,
    graphsCaptured: true,
    graphCaptureS: 9,
    graphBytes: 1.25 * gib,
    autotunerFallbacks: 1,
    chunkedPrefill: true,
    chunkedPrefillTokens: 8192,
    prefixCaching: true,
    asyncScheduling: false,
    tensorParallel: 2,
    speculativeMethod: 'eagle3',
  });
  expect(facts.untunedKernels).toEqual([
    expect.stringMatching(/^Using default MoE config\..*NVIDIA_B200\.json$/),
  ]);
  expect(facts.nonDefaultArgs).toMatchObject({
    gpu_memory_utilization: 0.92,
    speculative_config: { method: 'eagle3', num_speculative_tokens: 3 },
    enable_auto_tool_choice: false,
  });
  expect(Object.keys(facts)).not.toContain('graphsUsedInDecode');
});

it('vllm: what the real server says on a CPU', () => {
  const endpoints = {
    '/version': JSON.parse(fixture('vllm/version.json')) as Json,
    '/v1/models': JSON.parse(fixture('vllm/models.json')) as Json,
  };
  const metrics = fixture('vllm/metrics-after.txt');
  const given = stated({ endpoints, metrics, log: log('vllm/start-cold.log') });
  expect(engines.vllm.version(given)).toBe('0.32.0');
  expect(engines.vllm.facts(given)).toEqual({
    dtype: 'float32',
    kvCacheTokens: 23_296,
    kvCacheBytes: gib,
    kvCacheBlockTokens: 128,
    maxConcurrency: 11.38,
    maxModelTokens: 2048,
    prefixCaching: true,
    modelArchitecture: 'LlamaForCausalLM',
    modelLoadS: expect.any(Number),
    engineInitS: expect.any(Number),
    preemptions: 0,
    chunkedPrefill: true,
    chunkedPrefillTokens: 512,
    tensorParallel: 1,
    nonDefaultArgs: {
      enable_prompt_tokens_details: true,
      model: '/models/smollm2-135m',
      dtype: 'float32',
      max_model_len: 2048,
      served_model_name: ['smollm2-135m'],
      max_num_batched_tokens: 512,
    },
  });
});

it('vllm: eager and with n-gram drafts, as the real server says it', () => {
  const metrics = fixture('vllm/metrics-speculative.txt');
  const given = stated({ metrics, log: log('vllm/start-eager-speculative.log') });
  expect(engines.vllm.facts(given)).toMatchObject({
    graphsCaptured: false,
    graphsUsedInDecode: false,
    asyncScheduling: false,
    speculativeMethod: 'ngram',
    speculativeAcceptRate: expect.any(Number),
    speculativeTokensPerStep: expect.any(Number),
    nonDefaultArgs: { speculative_config: { method: 'ngram', num_speculative_tokens: 3 } },
  });
});

it.each<[string, Json]>([
  ['Using AttentionBackendEnum.FLASHINFER backend', 'FLASHINFER'],
  ['Using Flash Attention backend on V1 engine.', 'FLASH_ATTENTION'],
  [
    "Using FLASH_ATTN attention backend out of potential backends: ('FLASH_ATTN', 'FLASHINFER')",
    'FLASH_ATTN',
  ],
  ["Using 'MARLIN' WNA16 MoE backend.", null],
  ['Using TRITON Fp8 MoE backend', null],
])('vllm: attention backend in: %s', (line, backend) => {
  expect(engines.vllm.facts(stated({ log: [line] })).attentionBackend ?? null).toBe(backend);
});

it.each<[string, string]>([
  ["Using 'MARLIN' WNA16 MoE backend.", 'MARLIN'],
  ['Using TRITON Fp8 MoE backend', 'TRITON'],
  ["Using 'VLLM_CUTLASS' NvFp4 MoE backend out of potential backends: [...]", 'VLLM_CUTLASS'],
  ['Using CPU MoE backend', 'CPU'],
])('vllm: MoE backend in: %s', (line, backend) => {
  expect(engines.vllm.facts(stated({ log: [line] })).moeBackend).toBe(backend);
});

it('vllm: older logs, with the cache over two lines', () => {
  const lines = [
    'INFO 03-20 10:08:32 GPU KV cache size: 49,152 tokens',
    'INFO 03-20 10:08:32 Maximum concurrency for 240,000 tokens per request: 1.00x',
    'init engine (profile, create kv cache, warmup model) took 42.00 seconds',
  ];
  expect(engines.vllm.facts(stated({ log: lines }))).toEqual({
    kvCacheTokens: 49_152,
    maxConcurrency: 1,
    maxModelTokens: 240_000,
    engineInitS: 42,
  });
});

it('vllm: counters and labels, when the log says nothing', () => {
  const metrics = `vllm:cache_config_info{block_size="16",cache_dtype="auto",enable_prefix_caching="True",num_gpu_blocks="3072",engine="0"} 1.0
vllm:num_preemptions_total{engine="0",model_name="m"} 2.0
vllm:spec_decode_num_drafts_total{engine="0"} 100.0
vllm:spec_decode_num_draft_tokens_total{engine="0"} 300.0
vllm:spec_decode_num_accepted_tokens_total{engine="0"} 180.0
`;
  expect(engines.vllm.facts(stated({ metrics }))).toEqual({
    kvCacheTokens: 49_152,
    kvCacheBlockTokens: 16,
    prefixCaching: true,
    preemptions: 2,
    speculativeAcceptRate: 0.6,
    speculativeTokensPerStep: 2.8,
  });
});

it('vllm: eager mode captures nothing and uses nothing', () => {
  const lines = ['INFO 11-25 02:08:05 [vllm.py:1929] Cudagraph is disabled under eager mode'];
  expect(engines.vllm.facts(stated({ log: lines }))).toEqual({
    graphsCaptured: false,
    graphsUsedInDecode: false,
  });
});

it('vllm: the table of --cudagraph-metrics says whether decode ran on graphs', () => {
  const table = (mode: string) => [
    '| Unpadded Tokens | Padded Tokens | Num Paddings | Runtime Mode | Count |',
    '|-----------------|---------------|--------------|--------------|-------|',
    `| 1               | 1             | 0            | ${mode.padEnd(12)} | 120   |`,
    '| 37              | 40            | 3            | PIECEWISE    | 4     |',
  ];
  const used = (mode: string) => engines.vllm.facts(stated({ log: table(mode) })).graphsUsedInDecode;
  expect([used('FULL'), used('NONE')]).toEqual([true, false]);
});

it('sglang: what its log tells', () => {
  expect(engines.sglang.facts(stated({ log: log('sglang/start.log') }))).toMatchObject({
    attentionBackend: 'fa3',
    kvCacheDtype: 'bfloat16',
    kvCacheTokens: 261_120,
    kvCacheBytes: 32.25 * gib,
    maxModelTokens: 40_960,
    maxSequences: 48,
    modelArchitecture: 'Qwen3ForCausalLM',
    modelLoadS: 30.75,
    modelBytes: 31.5 * gib,
    graphsCaptured: true,
    graphCaptureS: 21.39,
    graphsUsedInDecode: true,
    chunkedPrefill: true,
    chunkedPrefillTokens: 8192,
    prefixCaching: true,
    asyncScheduling: true,
    tensorParallel: 2,
    speculativeMethod: 'EAGLE3',
    speculativeTokensPerStep: 2.8,
    speculativeAcceptRate: expect.closeTo(0.6, 6),
  });
});

it('sglang: /server_info wins over the log', () => {
  const endpoints = {
    '/server_info': {
      attention_backend: 'flashinfer',
      moe_runner_backend: 'auto',
      dtype: 'bfloat16',
      kv_cache_dtype: 'fp8_e5m2',
      quantization: null,
      chunked_prefill_size: -1,
      disable_radix_cache: true,
      tp_size: 1,
      max_total_num_tokens: 1000,
      internal_states: [
        { memory_usage: { weight: 1.5, kvcache: 2, graph: 0.5 }, avg_spec_accept_length: 3.1 },
      ],
    },
  };
  expect(engines.sglang.facts(stated({ endpoints, log: [] }))).toEqual({
    attentionBackend: 'flashinfer',
    dtype: 'bfloat16',
    kvCacheDtype: 'fp8_e5m2',
    kvCacheTokens: 1000,
    kvCacheBytes: 2 * gib,
    chunkedPrefill: false,
    prefixCaching: false,
    tensorParallel: 1,
    speculativeTokensPerStep: 3.1,
  });
});

it('trtllm: what its log tells', () => {
  expect(engines.trtllm.facts(stated({ log: log('trtllm/start.log') }))).toEqual({
    attentionBackend: 'TRTLLM',
    moeBackend: 'CUTLASS',
    kvCacheTokens: 86_720,
    kvCacheBytes: Math.round(5.95 * gib),
    kvCacheBlockTokens: 32,
    maxModelTokens: 86_720,
    maxSequences: 2048,
    chunkedPrefill: false,
    prefixCaching: false,
    graphsCaptured: true,
    modelBytes: 63.5 * gib,
    autotunerFallbacks: 1,
  });
});

it('trtllm: iteration statistics', () => {
  const endpoints = {
    '/metrics': [
      { iter: 1 },
      {
        iter: 2,
        kvCacheStats: { maxNumBlocks: 100, tokensPerBlock: 32 },
        specDecodingStats: { numDraftTokens: 40, numAcceptedTokens: 30, acceptanceLength: 2.5 },
      },
    ],
  };
  expect(engines.trtllm.facts(stated({ endpoints }))).toMatchObject({
    kvCacheTokens: 3200,
    kvCacheBlockTokens: 32,
    speculativeAcceptRate: 0.75,
    speculativeTokensPerStep: 2.5,
  });
});

it('llamacpp: what the real server says of itself', () => {
  const endpoints = { '/props': JSON.parse(fixture('llamacpp/props.json')) as Json };
  const facts = engines.llamacpp.facts(
    stated({
      endpoints,
      metrics: fixture('llamacpp/metrics-after.txt'),
      log: log('llamacpp/start-verbose.log'),
    }),
  );
  expect(facts).toMatchObject({
    attentionBackend: 'flash-attn',
    quantization: 'Q4_1',
    modelArchitecture: 'llama',
    maxModelTokens: expect.any(Number),
    maxSequences: 4,
    threads: 1,
    kvCacheTokens: expect.any(Number),
  });
  expect(facts.kvCacheBytes).toBeGreaterThan(1_000_000);
  expect(Object.keys(facts)).not.toContain('speculativeMethod');
  expect(engines.llamacpp.version(stated({ endpoints }))).toBe('b1-7e4c0a9');
});

it('llamacpp: acceptance by its counters', () => {
  const facts = engines.llamacpp.facts(stated({ metrics: fixture('llamacpp/metrics-speculative.txt') }));
  expect(facts.speculativeAcceptRate).toBe(1);
  expect(facts.speculativeTokensPerStep).toBeCloseTo(1 + 17 / 6, 9);
});

it.each(Object.values(engines))('$name: nothing seen, nothing said, and nothing thrown', (engine) => {
  const odd: Json[] = [null, 3, 'text', [], [null], { internal_states: null, data: 'x' }];
  expect(engine.facts(stated({}))).toEqual({});
  for (const answer of odd) {
    const endpoints = Object.fromEntries(engine.factsPaths.map((path) => [path, answer]));
    expect(engine.facts(stated({ endpoints, metrics: 'not metrics', log: ['', '\u0000'] }))).toEqual({});
    expect(engine.version(stated({ endpoints }))).toBeNull();
  }
});
