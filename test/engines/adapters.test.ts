import { describe, expect, it } from 'vitest';
import type { Engine, EngineName, RequestSettings } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import { log, stated } from './fixtures.ts';

const names = Object.keys(engines) as EngineName[];
const query = { messages: [{ role: 'user', content: 'Hi' }], fields: {} };
const settings: RequestSettings = {
  model: 'm',
  maxTokens: 16,
  ignoreEos: true,
  cache: 'cold',
  sampling: { temperature: 0, top_p: 1, seed: 0 },
  requestId: 'run-1-7',
};

it('each is there under its own name, and none is still to come', () => {
  for (const name of names) expect(engines[name]).toMatchObject({ name, notYet: null });
});

describe('the request body', () => {
  const common = {
    model: 'm',
    messages: query.messages,
    stream: true,
    max_tokens: 16,
    ignore_eos: true,
    temperature: 0,
    top_p: 1,
    seed: 0,
  };

  it.each<[EngineName, object, object]>([
    ['vllm', { continuous_usage_stats: true }, { cache_salt: 'run-1-7' }],
    ['sglang', { continuous_usage_stats: true }, { cache_salt: 'run-1-7' }],
    ['trtllm', {}, {}],
    ['llamacpp', {}, { cache_prompt: false, timings_per_token: true }],
    ['custom', {}, {}],
    ['openai', {}, {}],
  ])('of %s, with a cold cache, is just this', (name, usage, own) => {
    expect(engines[name].requestBody(query, settings)).toEqual({
      ...common,
      stream_options: { include_usage: true, ...usage },
      ...own,
    });
  });

  it('salts nothing for a warm cache', () => {
    for (const name of ['vllm', 'sglang'] as const) {
      expect(engines[name].requestBody(query, { ...settings, cache: 'warm' })).not.toHaveProperty(
        'cache_salt',
      );
    }
  });

  it('of trtllm has no field that it forbids', () => {
    const allowed = new Set([
      ...engines.trtllm.fields,
      'model',
      'messages',
      'stream',
      'stream_options',
      'max_tokens',
      'ignore_eos',
    ]);
    const body = engines.trtllm.requestBody(query, settings);
    expect(Object.keys(body).filter((field) => !allowed.has(field))).toEqual([]);
    expect(engines.trtllm.fields.has('parallel_tool_calls')).toBe(false);
  });
});

it('the port is held where the engine can bind beside the hold', () => {
  const held = Object.fromEntries(names.map((name) => [name, engines[name].holdPort]));
  expect(held).toEqual({
    vllm: 'until-owned',
    sglang: 'until-owned',
    llamacpp: 'until-owned',
    trtllm: 'until-spawn',
    custom: 'until-spawn',
    openai: 'until-spawn',
  });
});

it.each<[EngineName, readonly string[], boolean]>([
  ['vllm', ['serve', 'm', '--speculative-config', '{}'], true],
  ['vllm', ['serve', 'm', '--speculative-config.method', 'eagle3'], true],
  ['vllm', ['serve', 'speculative-model'], false],
  ['sglang', ['--speculative-algorithm', 'EAGLE3'], true],
  ['sglang', ['--model-path', 'm'], false],
  ['llamacpp', ['-md', 'draft.gguf'], true],
  ['llamacpp', ['-m', 'm.gguf'], false],
])('%s %j drafts: %s', (name, args, drafts) => {
  expect(engines[name].speculates(args)).toBe(drafts);
});

describe('versions', () => {
  it.each<[EngineName, Parameters<Engine['version']>[0], string]>([
    ['vllm', stated({ endpoints: { '/version': { version: '0.32.0' } } }), '0.32.0'],
    ['vllm', stated({ log: log('vllm/gpu-start.log') }), '0.32.0'],
    ['sglang', stated({ endpoints: { '/server_info': { version: '0.5.23' } } }), '0.5.23'],
    ['trtllm', stated({ endpoints: { '/version': { version: '1.2.1' } } }), '1.2.1'],
    ['trtllm', stated({ log: log('trtllm/start.log') }), '1.2.1'],
  ])('%s', (name, given, version) => {
    expect(engines[name].version(given)).toBe(version);
  });
});

it.each<[EngineName, string, readonly string[]]>([
  [
    'vllm',
    'vllm/gpu-start.log',
    [
      'weights-loading',
      'weights-loaded',
      'compiling',
      'kv-allocated',
      'autotuned',
      'graphs-capturing',
      'graphs-captured',
      'bound',
      'serving',
    ],
  ],
  [
    'vllm',
    'vllm/start-cold.log',
    ['weights-loading', 'weights-loaded', 'compiling', 'compiled', 'kv-allocated', 'bound', 'serving'],
  ],
  [
    'sglang',
    'sglang/start.log',
    [
      'weights-loading',
      'weights-loaded',
      'kv-allocated',
      'graphs-capturing',
      'graphs-captured',
      'bound',
      'serving',
    ],
  ],
  [
    'trtllm',
    'trtllm/start.log',
    [
      'weights-loading',
      'autotuned',
      'graphs-capturing',
      'weights-loaded',
      'kv-allocated',
      'serving',
      'bound',
    ],
  ],
  [
    'llamacpp',
    'llamacpp/start-verbose.log',
    ['weights-loading', 'weights-loaded', 'kv-allocated', 'warming-up', 'serving'],
  ],
])('%s: the phases of %s, each when it is first told', (name, path, phases) => {
  const told = log(path).flatMap(
    (line) => engines[name].phases.find(({ pattern }) => pattern.test(line))?.phase ?? [],
  );
  expect([...new Set(told)].filter((phase) => phase !== 'bound' || phases.includes('bound'))).toEqual(phases);
});

describe('lines that mean it compiles or tunes', () => {
  const busy = (name: EngineName, line: string): boolean =>
    engines[name].busyPatterns.some((pattern) => pattern.test(line));

  it.each<[EngineName, string]>([
    [
      'vllm',
      'Triton kernel JIT compilation during inference: _fwd_kernel. This causes a latency spike; consider extending warmup to cover this shape/config.',
    ],
    ['vllm', 'Dynamo bytecode transform time: 5.60 s'],
    ['vllm', 'Compiling a graph for compile range (1, 8192) takes 9.43 s'],
    ['vllm', 'Capturing CUDA graphs (decode, FULL):  12%|#'],
    [
      'vllm',
      '2026-11-25 02:09:04,282 - INFO - autotuner.py:457 - flashinfer.jit: [Autotuner]: Autotuning process starts ...',
    ],
    ['vllm', 'Triton autotuning for function _kernel finished after 0.31s; best config selected: x;'],
    ['vllm', 'DeepGEMM warmup:  10%|#'],
    ['sglang', 'Capture target decode CUDA graph begin. backend=full'],
    ['sglang', 'Entering DeepGEMM JIT Pre-Compile session. It may take a long time'],
    ['trtllm', '[Autotuner]: Autotuning process starts ...'],
  ])('%s: %s', (name, line) => {
    expect(busy(name, line)).toBe(true);
  });

  it.each<[EngineName, string]>([
    [
      'vllm',
      'Engine 000: Avg prompt throughput: 1.2 tokens/s, Avg generation throughput: 9.9 tokens/s, Running: 1 reqs',
    ],
    ['vllm', 'Kernel JIT monitor activated; monitored JIT compilations during inference will use mode=warn.'],
    ['vllm', '127.0.0.1:51234 - "POST /v1/chat/completions HTTP/1.1" 200 OK'],
    [
      'sglang',
      'Decode batch, #running-req: 1, #token: 52, cuda graph: True, gen throughput (token/s): 215.60',
    ],
    ['trtllm', 'iter = 5559, host_step_time = 50.5ms, num_scheduled_requests: 3, states = {}'],
  ])('%s, and not: %s', (name, line) => {
    expect(busy(name, line)).toBe(false);
  });

  it('are none that a real vLLM writes once it serves', () => {
    const lines = log('vllm/start-cold.log');
    const serving = lines.findIndex((line) => line.includes('Application startup complete'));
    expect(serving).toBeGreaterThan(0);
    expect(lines.slice(serving).filter((line) => busy('vllm', line))).toEqual([]);
    expect(lines.slice(0, serving).some((line) => busy('vllm', line))).toBe(true);
  });

  it('are none of those of requests to the real llama.cpp', () => {
    expect(log('llamacpp/start-and-requests.log').filter((line) => busy('llamacpp', line))).toEqual([]);
  });
});

describe('caches that make a start cold or warm', () => {
  it('are below the home that the engine is given', () => {
    expect(engines.vllm.compileCaches({ HOME: '/h' })).toEqual([
      '/h/.cache/vllm',
      '/h/.deep_gemm',
      '/h/.triton/cache',
      '/h/.cache/flashinfer',
      '/h/.nv/ComputeCache',
    ]);
  });

  it('are where its variables say', () => {
    const env = {
      HOME: '/h',
      VLLM_CACHE_ROOT: '/c',
      TRITON_CACHE_DIR: '/t',
      TORCHINDUCTOR_CACHE_DIR: '/i',
      XDG_CACHE_HOME: '/x',
    };
    expect(engines.vllm.compileCaches(env)).toEqual([
      '/c',
      '/h/.deep_gemm',
      '/i',
      '/t',
      '/h/.cache/flashinfer',
      '/h/.nv/ComputeCache',
    ]);
  });

  it('are nowhere that is known without a home', () => {
    for (const name of names) expect(engines[name].compileCaches({})).toEqual([]);
  });
});
