import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { EngineName, LintInput } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import { fixture } from './fixtures.ts';

const nothingKnown: Omit<LintInput, 'args'> = { env: {}, gpus: null, modelConfig: null };
const gpu = (computeCapability: string) => ({ name: 'a GPU', computeCapability });

function problems(name: EngineName, words: string, known: Partial<LintInput> = {}): string[] {
  const input = { ...nothingKnown, args: words.split(' '), ...known };
  return engines[name].lintArgs(input).map(({ level, flag }) => `${level} ${flag}`);
}

it.each(Object.keys(engines) as EngineName[])('%s: nothing to say about a plain line', (name) => {
  expect(problems(name, 'serve model --tensor-parallel-size 8 --max-model-len 999999')).toEqual([]);
});

it('more ranks than GPUs', () => {
  const gpus = [gpu('10.0'), gpu('10.0')];
  expect(problems('vllm', 'serve m --tensor-parallel-size 2', { gpus })).toEqual([]);
  expect(problems('vllm', 'serve m -tp=4', { gpus })).toEqual(['error --tensor-parallel-size']);
  expect(problems('vllm', 'serve m -tp 2 --pipeline_parallel_size 2', { gpus })).toEqual([
    'error --tensor-parallel-size',
  ]);
  expect(problems('sglang', '-m sglang.launch_server --tp 4', { gpus })).toEqual(['error --tp-size']);
  expect(problems('trtllm', 'm --tp_size 4', { gpus })).toEqual(['error --tp_size']);
});

it('a context longer than the model', () => {
  const modelConfig = { max_position_embeddings: 8192 };
  expect(problems('vllm', 'serve m --max-model-len 8192', { modelConfig })).toEqual([]);
  expect(problems('vllm', 'serve m --max-model-len 8k', { modelConfig })).toEqual([]);
  expect(problems('vllm', 'serve m --max-model-len 16K', { modelConfig })).toEqual(['error --max-model-len']);
  const env = { VLLM_ALLOW_LONG_MAX_MODEL_LEN: '1' };
  expect(problems('vllm', 'serve m --max-model-len 16K', { modelConfig, env })).toEqual([]);
  const stretched = {
    text_config: { max_position_embeddings: 8192, rope_scaling: { rope_type: 'yarn', factor: 4 } },
  };
  expect(problems('sglang', '--context-length 32768', { modelConfig: stretched })).toEqual([]);
  expect(problems('sglang', '--context-length 32769', { modelConfig: stretched })).toEqual([
    'error --context-length',
  ]);
});

it('FP8 keys and values before Hopper', () => {
  const old = { gpus: [gpu('8.6')] };
  const line = 'serve m --kv-cache-dtype fp8';
  expect(problems('vllm', line, { gpus: [gpu('9.0')] })).toEqual([]);
  expect(problems('vllm', line)).toEqual([]);
  expect(problems('vllm', line, old)).toEqual(['warning --kv-cache-dtype']);
  expect(problems('vllm', `${line} --attention-backend FLASHINFER`, old)).toEqual([]);
  expect(problems('vllm', `${line} --attention-backend FLASH_ATTN`, old)).toEqual(['error --kv-cache-dtype']);
  expect(
    problems('vllm', line, { gpus: [gpu('8.9')], env: { VLLM_ATTENTION_BACKEND: 'FLASH_ATTN' } }),
  ).toEqual(['error --kv-cache-dtype']);
  expect(problems('sglang', '--kv-cache-dtype fp8_e4m3 --attention-backend fa3', old)).toEqual([
    'error --kv-cache-dtype',
  ]);
});

it('a colon in the served name, which SGLang keeps for adapters and clients cut at', () => {
  expect(problems('sglang', '--served-model-name qwen:32b')).toEqual(['error --served-model-name']);
  expect(problems('vllm', 'serve m --served-model-name qwen:32b')).toEqual(['warning --served-model-name']);
  expect(problems('vllm', 'serve m:x --served-model-name qwen')).toEqual([]);
  expect(problems('vllm', 'serve m --served-model-name a b:c')).toEqual(['warning --served-model-name']);
});

it('flags that need another, or are idle beside one', () => {
  expect(problems('vllm', 'serve m --enforce-eager --max-cudagraph-capture-size 512')).toEqual([
    'warning --max-cudagraph-capture-size',
  ]);
  expect(problems('sglang', '--speculative-num-steps 3')).toEqual(['warning --speculative-num-steps']);
  expect(problems('sglang', '--speculative-algorithm EAGLE3 --speculative-num-steps 3')).toEqual([]);
  expect(problems('llamacpp', '-m x.gguf --draft-max 8')).toEqual(['warning --draft-max']);
  expect(problems('llamacpp', '-m x.gguf -ctv q8_0 -fa off')).toEqual(['error --cache-type-v']);
  expect(problems('llamacpp', '-m x.gguf -ctv q8_0 -fa on')).toEqual([]);
});

it('a JSON value that is none', () => {
  const texts = (...args: string[]) =>
    engines.vllm.lintArgs({ ...nothingKnown, args: ['serve', 'm', ...args] }).map(({ text }) => text);
  expect(texts('--speculative-config', '{"method": "ngram", "n": 3}')).toEqual([]);
  expect(texts('--speculative-config', "{'method': 1}")).toEqual([
    '--speculative-config: its value is no JSON: it goes wrong at character 2.',
  ]);
  expect(texts('--hf_overrides={"a": 1')).toEqual([
    '--hf-overrides: its value is no JSON: it ends too early, after character 7.',
  ]);
  expect(texts('-cc', '{"mode": 3,}')).toEqual([expect.stringContaining('-cc: its value is no JSON')]);
  expect(texts('--limit-mm-per-prompt', 'image=2', '--compilation-config', '3')).toEqual([]);
  expect(texts('--kv-transfer-config', '{"port": $KV_PORT}')).toEqual([]);
});

it('a context beyond what a GGUF file states, slot by slot', () => {
  const ggufContext = 2048;
  const ofLlama = (words: string) => problems('llamacpp', words, { ggufContext });
  expect(ofLlama('-m x.gguf -c 2048')).toEqual([]);
  expect(ofLlama('-m x.gguf -c 2049')).toEqual(['warning -c']);
  expect(ofLlama('-m x.gguf --ctx-size 8192 -np 4')).toEqual([]);
  expect(ofLlama('-m x.gguf --ctx-size 8196 -np 4')).toEqual(['warning --ctx-size']);
  expect(ofLlama('-m x.gguf -c 8192 -np 4 --kv-unified')).toEqual(['warning -c']);
  expect(ofLlama('-m x.gguf -c 0')).toEqual([]);
  expect(ofLlama('-m x.gguf -c 9999 --override-kv llama.context_length=int:9999')).toEqual([]);
  expect(problems('llamacpp', '-m x.gguf -c 9999')).toEqual([]);
});

/** The adapter and what it knows of arguments. */
function sourceOf(name: EngineName): string {
  const paths = [`${name}.ts`, `${name}-lint.ts`].map((file) =>
    join(import.meta.dirname, '../../src/engines', file),
  );
  return paths.map((path) => readFileSync(path, 'utf8')).join('');
}

/** Flags of older versions, which stay known. */
const gone = ['--cuda-graph-max-bs', '--cuda-graph-bs', '--tp', '--pp', '--speculative-algo'];

it('every flag that the SGLang adapter names is one that its wheel declares', () => {
  const { flags } = JSON.parse(fixture('sglang/arguments.json')) as { flags: Record<string, string[]> };
  const declared = new Set([...Object.keys(flags), ...Object.values(flags).flat(), ...gone]);
  const source = sourceOf('sglang');
  const named = [...source.matchAll(/'(--[a-z][a-z0-9-]+)'/g)].map(([, flag]) => flag ?? '');
  expect(named.length).toBeGreaterThan(20);
  const foreign = new Set(['--host', '--port', '--help']);
  expect(named.filter((flag) => !declared.has(flag) && !foreign.has(flag))).toEqual([]);
});

it('every flag that the vLLM adapter names is one that its help declares', () => {
  const older = [
    '--rope-scaling',
    '--cuda-graph-sizes',
    '--max-long-partial-prefills',
    '--max-num-partial-prefills',
    '--calculate-kv-scales',
    // Of `vllm` itself.
    '--version',
  ];
  const facts = engines.vllm.parseHelp(fixture('vllm/help.txt'));
  const declared = new Set([...facts.flatMap(({ flag, aliases }) => [flag, ...aliases]), ...older]);
  const named = [...sourceOf('vllm').matchAll(/'(--?[a-z][a-z0-9-]+)'/g)].map(([, flag]) => flag ?? '');
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((flag) => !declared.has(flag))).toEqual([]);
});

it('every flag that the llama.cpp adapter names is one that its help declares', () => {
  const facts = engines.llamacpp.parseHelp(fixture('llamacpp/help.txt'));
  const declared = new Set(facts.flatMap(({ flag, aliases }) => [flag, ...aliases]));
  const source = sourceOf('llamacpp');
  const named = [...source.matchAll(/'(--?[a-z][a-z0-9-]+)'/g)].map(([, flag]) => flag ?? '');
  expect(named.filter((flag) => !declared.has(flag))).toEqual([]);
});
