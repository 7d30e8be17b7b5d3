import { describe, expect, it } from 'vitest';
import type { EngineName } from '../src/engines/engine.ts';
import { type Candidate, chooseConfigs } from '../src/sweep-configs.ts';

const file = (name: string, engine: EngineName, model: string | null, hasParent = false): Candidate => ({
  config: `configs/${name}.yaml`,
  engine,
  model,
  hasParent,
});

const candidates = [
  file('vllm', 'vllm', 'gpt-oss-120b'),
  file('vllm-fp8', 'vllm', 'gpt-oss-120b', true),
  file('vllm-small', 'vllm', 'smollm2'),
  file('sglang', 'sglang', 'gpt-oss-120b'),
  file('llamacpp', 'llamacpp', 'smollm2'),
  file('tuned', 'trtllm', null, true),
];

const chosen = (engines: EngineName[], model: string | null = null): string[] =>
  chooseConfigs(engines, candidates, model).map(({ config }) => config);

describe('chooseConfigs', () => {
  it('takes the base file of the model that all engines have', () => {
    expect(chosen(['vllm', 'sglang'])).toEqual(['configs/vllm.yaml', 'configs/sglang.yaml']);
    expect(chosen(['llamacpp', 'vllm'])).toEqual(['configs/llamacpp.yaml', 'configs/vllm-small.yaml']);
  });

  it('takes the model that is named, whatever its case', () => {
    expect(chosen(['vllm'], 'SmolLM2')).toEqual(['configs/vllm-small.yaml']);
  });

  it('takes a child where there is nothing else', () => {
    expect(chosen(['trtllm'])).toEqual(['configs/tuned.yaml']);
  });

  it('says why', () => {
    const [vllm, sglang] = chooseConfigs(['vllm', 'sglang'], candidates, null);
    expect(vllm?.why).toBe('the one of gpt-oss-120b, which all these engines have');
    expect(sglang?.why).toBe('the only file without a parent of gpt-oss-120b');
  });

  it.each([
    ['two base files', ['vllm'], null, /2 files for vllm: configs\/vllm\.yaml.*configs\/vllm-small\.yaml/],
    ['none of the engine', ['openai'], null, /no file for openai/],
    ['none of the model', ['sglang'], 'smollm2', /no file for sglang of a model like smollm2/],
  ] as const)('refuses %s, and names them', (_, engines, model, message) => {
    expect(() => chooseConfigs([...engines], candidates, model)).toThrow(message);
  });
});
