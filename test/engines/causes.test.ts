import { describe, expect, it } from 'vitest';
import type { EngineName } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import { reasonMeaning } from '../../src/report/meanings.ts';
import { explainDeath } from '../../src/supervisor/death.ts';
import { fixtureNames, log } from './fixtures.ts';

/** The death of an engine that left this log. */
function deathOf(name: EngineName, lines: readonly string[], phase: 'load' | 'run' = 'load') {
  const { causes } = engines[name];
  const exit = { code: 1, signal: null };
  return explainDeath({ name, phase, exit, lines, causes, oomKills: 0, survivors: 0 });
}

describe.each(['vllm', 'sglang', 'trtllm'] as const)('%s', (name) => {
  const texts = fixtureNames(`causes/${name}`);

  it('has a text for each thing that commonly goes wrong', () => {
    const reasons = new Set(texts.map((file) => file.split('.')[0]));
    for (const reason of ['oom-load', 'oom-graph', 'oom-run', 'bad-flag', 'model-missing', 'port-taken']) {
      expect(reasons).toContain(reason);
    }
  });

  it.each(texts)('%s is named, hinted and explained', (file) => {
    const reason = file.split('.')[0] ?? '';
    const death = deathOf(name, log(`causes/${name}/${file}`), reason === 'oom-run' ? 'run' : 'load');
    expect(death.reason).toBe(reason);
    expect(death.hint).toMatch(/^\S.*\.$|^\S.*;/);
    expect(reasonMeaning(reason)).not.toBe('');
  });
});

it.each([
  ['bad-flag.log', 'bad-flag'],
  ['bad-value.log', 'bad-flag'],
  ['missing-model.log', 'model-missing'],
  ['not-a-model.log', 'model-unreadable'],
  ['out-of-memory.log', 'oom-load'],
  ['port-taken.log', 'port-taken'],
])('llamacpp %s, as the real server says it, is %s', (file, reason) => {
  expect(deathOf('llamacpp', log(`llamacpp/${file}`)).reason).toBe(reason);
});

it.each([
  ['bad-flag.log', 'bad-flag'],
  ['bad-value.log', 'bad-flag'],
  ['length-beyond-model.log', 'bad-flag'],
  ['missing-model.log', 'model-missing'],
  ['tokenizer-missing.log', 'tokenizer-missing'],
  ['out-of-memory.log', 'oom-load'],
  ['port-taken.log', 'port-taken'],
])('vllm %s, as the real server says it, is %s', (file, reason) => {
  expect(deathOf('vllm', log(`vllm/${file}`)).reason).toBe(reason);
});

it.each([
  ["llama_model_load: error loading model: unknown pre-tokenizer type: 'olmo'", 'tokenizer-missing'],
  ['error: failed to download model: HTTP status 401', 'model-gated'],
  ['fwrite: No space left on device', 'disk-full'],
  ['CUDA error: no kernel image is available for execution on the device', 'gpu-unsupported'],
  ['ggml_backend_cuda_buffer_type_alloc_buffer: cudaMalloc failed: out of memory', 'oom-load'],
])('llamacpp: %s', (line, reason) => {
  expect(deathOf('llamacpp', [line]).reason).toBe(reason);
});

it('a log that came through every phase is no out-of-memory at graph capture', () => {
  const lines = [...log('vllm/gpu-start.log'), 'ValueError: something else'];
  expect(deathOf('vllm', lines, 'run').reason).toBe('engine-error');
});
