import { expect, test } from 'vitest';
import { tensorParallelSize } from '../../src/engines/tensor-parallel.ts';

test.each([
  ['vllm', ['serve', 'm', '--tensor-parallel-size', '2'], 2],
  ['vllm', ['serve', 'm', '--tensor_parallel_size=8'], 8],
  ['vllm', ['serve', 'm', '-tp', '4'], 4],
  ['vllm', ['serve', 'm'], 1],
  ['sglang', ['--tp', '2'], 2],
  ['sglang', ['--tp-size', '4'], 4],
  ['trtllm', ['serve', 'm', '--tp_size', '2'], 2],
  ['llamacpp', ['-m', 'a.gguf', '--tp', '2'], 1],
  ['custom', ['server'], null],
  ['custom', ['server', '--tp', '2'], 2],
])('%s %j: %s', (engine, args, size) => expect(tensorParallelSize(engine, args)).toBe(size));
