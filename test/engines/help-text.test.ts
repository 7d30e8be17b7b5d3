import { expect, it } from 'vitest';
import { helpWords } from '../../src/engines/command-line.ts';
import type { FlagFact } from '../../src/engines/engine.ts';
import { parseHelpText } from '../../src/engines/help-text.ts';
import { engines } from '../../src/engines/index.ts';
import { fixture } from './fixtures.ts';

const named = (facts: readonly FlagFact[], flag: string) => facts.find((fact) => fact.flag === flag);

it("llama.cpp's own help, all of it", () => {
  const text = fixture('llamacpp/help.txt');
  const facts = parseHelpText(text);
  const declared = text.split('\n').filter((line) => /^-/.test(line) && !/^-----/.test(line));
  expect(facts).toHaveLength(declared.length);
  expect(named(facts, '--ctx-size')).toEqual({
    flag: '--ctx-size',
    aliases: ['-c'],
    takesValue: true,
    choices: null,
    defaultValue: '0',
  });
  expect(named(facts, '--flash-attn')).toEqual({
    flag: '--flash-attn',
    aliases: ['-fa'],
    takesValue: true,
    choices: ['on', 'off', 'auto'],
    isClosed: true,
    defaultValue: 'auto',
  });
  expect(named(facts, '--cache-type-k')?.choices).toContain('q8_0');
  expect(named(facts, '--rope-scaling')?.choices).toEqual(['none', 'linear', 'yarn']);
  expect(named(facts, '--escape')).toMatchObject({ aliases: ['-e', '--no-escape'], takesValue: false });
  expect(named(facts, '--metrics')).toMatchObject({ takesValue: false });
  expect(named(facts, '--port')).toMatchObject({ takesValue: true, defaultValue: '8080' });
});

it('choices are closed only when all of them are words', () => {
  const values = [
    '[on|off]',
    '{none,linear,yarn}',
    '[all|N]',
    '{0...100}',
    '<0|1>',
    '{a,b} or name',
    '{a,...}',
    '[x]',
  ];
  const facts = parseHelpText(values.map((value, at) => `--flag-${at} ${value}  says what`).join('\n'));
  expect(facts.map(({ isClosed = false }) => isClosed)).toEqual([true, true, ...Array(6).fill(false)]);
});

it('a flag takes many when its value or its description says so', () => {
  const takesMany = (line: string) => parseHelpText(line)[0]?.takesMany ?? false;
  expect(takesMany('--x N0,N1,...  fractions')).toBe(true);
  expect(takesMany('  --x X [X ...]  names')).toBe(true);
  expect(takesMany("  --x X  origins (default: ['*'])")).toBe(true);
  expect(takesMany('--x FNAME  use comma-separated values')).toBe(true);
  expect(takesMany('  --x X  a multiple of 8 (default: 8)')).toBe(false);
  expect(takesMany('  --x {a,b} or name  which (default: a)')).toBe(false);
});

it("vLLM's own help, all of it", () => {
  const text = fixture('vllm/help.txt');
  const facts = parseHelpText(text);
  expect(facts).toHaveLength(text.split('\n').filter((line) => /^ {2}-/.test(line)).length);
  expect(named(facts, '--tensor-parallel-size')).toMatchObject({ aliases: ['-tp'], defaultValue: '1' });
  expect(named(facts, '--speculative-config')).toMatchObject({ aliases: ['-sc'], takesValue: true });
  expect(named(facts, '--kv-cache-dtype')?.choices).toContain('fp8_e4m3');
  expect(named(facts, '--enforce-eager')).toMatchObject({ takesValue: false, defaultValue: 'False' });
  expect(named(facts, '--eplb-config')?.defaultValue).toMatch(/^EPLBConfig\(.*\)$/);
});

it('argparse', () => {
  const facts = parseHelpText(`usage: vllm serve [model_tag] [options]

positional arguments:
  model_tag             The model tag to serve.

ModelConfig:
  --dtype {auto,bfloat16,float16}
                        Data type for model weights and activations:
                        - "auto" will use FP16 precision for FP32 and FP16 models. (default: auto)
  --enable-prefix-caching, --no-enable-prefix-caching
                        Whether to enable prefix caching. (default: None)
  -tp TENSOR_PARALLEL_SIZE, --tensor-parallel-size TENSOR_PARALLEL_SIZE
                        Number of tensor parallel groups. (default: 1)
  --allowed-origins ALLOWED_ORIGINS
                        Allowed origins. (default: ['*'])
  --enforce-eager       Whether to always use eager-mode PyTorch.
`);
  expect(facts).toEqual([
    {
      flag: '--dtype',
      aliases: [],
      takesValue: true,
      choices: ['auto', 'bfloat16', 'float16'],
      isClosed: true,
      defaultValue: 'auto',
    },
    {
      flag: '--enable-prefix-caching',
      aliases: ['--no-enable-prefix-caching'],
      takesValue: false,
      choices: null,
      defaultValue: 'None',
    },
    { flag: '--tensor-parallel-size', aliases: ['-tp'], takesValue: true, choices: null, defaultValue: '1' },
    {
      flag: '--allowed-origins',
      aliases: [],
      takesValue: true,
      takesMany: true,
      choices: null,
      defaultValue: "['*']",
    },
    { flag: '--enforce-eager', aliases: [], takesValue: false, choices: null, defaultValue: null },
  ]);
});

it('click', () => {
  const facts = parseHelpText(`Usage: trtllm-serve serve [OPTIONS] MODEL

  Running an OpenAI API compatible server

Options:
  --backend [pytorch|tensorrt|_autodeploy]
                                  The backend to use to serve the model.
  --tensor_parallel_size, --tp_size INTEGER
                                  Tensor parallelism size.
  --trust_remote_code             Flag for HF transformers.
  --log_level [info|error]        The logging level.  [default: info]
`);
  expect(facts).toEqual([
    {
      flag: '--backend',
      aliases: [],
      takesValue: true,
      choices: ['pytorch', 'tensorrt', '_autodeploy'],
      defaultValue: null,
    },
    {
      flag: '--tensor_parallel_size',
      aliases: ['--tp_size'],
      takesValue: true,
      choices: null,
      defaultValue: null,
    },
    { flag: '--trust_remote_code', aliases: [], takesValue: false, choices: null, defaultValue: null },
    {
      flag: '--log_level',
      aliases: [],
      takesValue: true,
      choices: ['info', 'error'],
      isClosed: true,
      defaultValue: 'info',
    },
  ]);
});

it('no help, no flags', () => {
  expect(parseHelpText('')).toEqual([]);
  expect(parseHelpText('Traceback (most recent call last):\n  File "x", line 1\n')).toEqual([]);
});

it('asks the program that the file starts', () => {
  const { vllm, sglang, llamacpp } = engines;
  expect(helpWords(vllm.help ?? { args: [] }, ['serve', 'm'])).toEqual(['serve', '--help=all']);
  expect(
    helpWords(vllm.help ?? { args: [] }, ['-m', 'vllm.entrypoints.openai.api_server', '--model', 'm']),
  ).toEqual(['-m', 'vllm.entrypoints.openai.api_server', '--help=all']);
  expect(helpWords(sglang.help ?? { args: [] }, ['-m', 'sglang.launch_server'])).toEqual([
    '-m',
    'sglang.launch_server',
    '--help',
  ]);
  expect(helpWords(llamacpp.help ?? { args: [] }, ['-m', 'model.gguf'])).toEqual(['--help']);
});
