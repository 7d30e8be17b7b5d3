import { describe, expect, it } from 'vitest';
import type { Expected } from '../../src/config/experiment.ts';
import { type SeenEngine, unmetExpectations } from '../../src/verdict/expectations.ts';
import { isNumberIn, isVersionIn } from '../../src/verdict/version-range.ts';

const seen: SeenEngine = {
  facts: {
    attentionBackend: 'FLASHINFER',
    flashAttentionVersion: '3',
    kvCacheTokens: 4096,
    graphsCaptured: true,
    untunedKernels: ['Using default MoE config.'],
    nonDefaultArgs: { kv_cache_dtype: 'fp8', max_model_len: 4096 },
  },
  engineVersion: '0.11.0rc1',
  model: '/models/smol',
  modelCell: 'smol@0123456789ab',
  gpus: 2,
  libraries: [
    {
      path: '/v/nvidia/cudnn/lib/libcudnn.so.9',
      version: '9.10.2',
      distribution: { name: 'nvidia_cudnn-cu12', version: '9.10.2' },
    },
    {
      path: '/v/torch/lib/libtorch_cpu.so',
      version: null,
      distribution: { name: 'torch', version: '2.8.0+cu128' },
    },
    { path: '/lib/libc-2.31.so', version: '2.31' },
    { path: '/a/libz.so.1.2.11', version: '1.2.11' },
    { path: '/b/libz.so.1.3', version: '1.3' },
  ],
};

const unmet = (facts: Expected['facts'], libs: Expected['libs'] = {}) =>
  unmetExpectations({ facts, libs }, seen).map(({ name, seen: found }) => [name, found]);

describe('expectations', () => {
  it.each<Expected['facts']>([
    { attention_backend: 'flashinfer' },
    { flash_attention_version: '>=3' },
    { kv_cache_tokens: 4096, graphs_captured: true },
    { kv_cache_tokens: '>=4096 <8192' },
    { untuned_kernels: 'moe' },
    { non_default_args: { kv_cache_dtype: 'FP8', max_model_len: 4096 } },
    { model: 'smol' },
    { model: '/models/smol' },
    { model: 'smol@01234567' },
    { model: 'smol@0123456789abcdef0123' },
    { gpus: 2 },
    { gpus: '>1' },
    { engine_version: '<0.11.0' },
  ])('hold: %o', (facts) => {
    expect(unmet(facts)).toEqual([]);
  });

  it.each<[Expected['facts'], string, string]>([
    [{ attention_backend: 'TRITON' }, 'attention_backend', 'FLASHINFER'],
    [{ moe_backend: 'TRITON' }, 'moe_backend', 'not seen'],
    [{ kv_cache_tokens: 4095 }, 'kv_cache_tokens', '4096'],
    [{ graphs_captured: false }, 'graphs_captured', 'true'],
    [{ non_default_args: { seed: 1 } }, 'non_default_args', expect.stringContaining('fp8') as string],
    [{ model: 'other' }, 'model', 'smol@0123456789ab'],
    [{ model: 'smol@ffff' }, 'model', 'smol@0123456789ab'],
    [{ model: 'smol@' }, 'model', 'smol@0123456789ab'],
    [{ gpus: 4 }, 'gpus', '2'],
    [{ engine_version: '0.11.0' }, 'engine_version', '0.11.0rc1'],
  ])('do not hold: %o', (facts, name, found) => {
    expect(unmet(facts)).toEqual([[name, found]]);
  });

  it('about libraries are about every copy, by file or by the wheel that brought it', () => {
    expect(
      unmet({}, { libcudnn: '>=9', cudnn: '9.10', 'libcudnn.so.9': '>9 <10', libc: '>=2.17', torch: '2.8' }),
    ).toEqual([]);
    expect(unmet({}, { 'nvidia-cudnn-cu12': '9.10.2', libz: '>=1.2' })).toEqual([]);
    expect(unmet({}, { libz: '>=1.3', libcudnn: '<9', libtorch_cpu: '2', libcuda: '>=1' })).toEqual([
      ['libs.libz', '1.2.11 and 1.3'],
      ['libs.libcudnn', '9.10.2'],
      ['libs.libtorch_cpu', 'a version nobody states'],
      ['libs.libcuda', 'not seen'],
    ]);
  });

  it('of what nobody saw never hold', () => {
    const blind: SeenEngine = {
      facts: {},
      engineVersion: null,
      model: null,
      modelCell: null,
      gpus: null,
      libraries: null,
    };
    const wanted = { gpus: 0, model: 'm', engine_version: '1', graphs_captured: false, preemptions: 0 };
    const found = unmetExpectations({ facts: wanted, libs: { libc: '>=0' } }, blind);
    expect(found.map(({ detail, seen: what }) => [detail, what])).toEqual([
      ['expect-gpus', 'not seen'],
      ['expect-model', 'not seen'],
      ['expect-engine-version', 'not seen'],
      ['expect-graphs-captured', 'not seen'],
      ['expect-preemptions', 'not seen'],
      ['expect-libc', 'not seen'],
    ]);
  });

  it('have a name that a row can hold', () => {
    const [one] = unmetExpectations({ facts: {}, libs: { 'Lib stdc++, 6': '1' } }, seen);
    expect(one?.detail).toBe('expect-lib-stdc++-6');
  });
});

it.each<[string, string, boolean | null]>([
  ['9.1', '>=9', true],
  ['9.10', '>9.9', true],
  ['9.1.4', '=9.1', true],
  ['9.1.4', '9.1', true],
  ['9.10', '9.1', false],
  ['9', '9.0', true],
  ['10', '>=9 <10', false],
  ['9.99', '>=9, <10', true],
  ['2.8.0+cu128', '2.8.0', true],
  ['2.0rc1', '>=2.0', false],
  ['2.0rc1', '2.0rc1', true],
  ['2.0.post1', '>2.0', true],
  ['2.0.post1', '2.0', true],
  ['v0.11.0', '>=0.11', true],
  ['b10434-7e4c0a9', '>=b6000', true],
  ['b5999', '>=b6000', false],
  ['0.1.0-dev (build 1, commit 7e4c0a9)', '<0.1.0', true],
  ['unknown', '>=0', null],
])('version %s in %s: %s', (version, range, holds) => {
  expect(isVersionIn(version, range)).toBe(holds);
});

it.each<[number, string, boolean]>([
  [4096, '>=4096', true],
  [4095, '>=4096', false],
  [0.7, '>0.5 <=1', true],
  [1.1, '>0.5 <=1', false],
  [-1, '=-1', true],
])('number %d in %s: %s', (value, range, holds) => {
  expect(isNumberIn(value, range)).toBe(holds);
});
