import { expect, it } from 'vitest';
import { keyHeaders } from '../src/api-key.ts';

it.each([
  ['in two words', 'vllm', ['serve', 'm', '--api-key', 'k'], 'k'],
  ['in one word', 'sglang', ['--api-key=a=b'], 'a=b'],
  ['as Python writes it', 'vllm', ['--api_key', 'k'], 'k'],
  ['twice: the last', 'custom', ['--api-key', 'a', '--api-key', 'b'], 'b'],
  ['several in one, for llama.cpp', 'llamacpp', ['--api-key', 'a,b'], 'a'],
  ['with a comma, elsewhere', 'sglang', ['--api-key', 'a,b'], 'a,b'],
])('a key %s', (_name, engine, args, key) => {
  expect(keyHeaders(engine, args)).toEqual({ authorization: `Bearer ${key}` });
});

it.each([[['--api-key-file', 'keys']], [['--api-key']], [['-m', 'x.gguf']]])('no key in %j', (args) => {
  expect(keyHeaders('llamacpp', args)).toEqual({});
});
