import { expect, it } from 'vitest';
import { loadGpt2 } from '../../../src/workload/babilong/gpt2.ts';

it("GPT-2's tokens are counted and cut", async () => {
  const gpt2 = await loadGpt2();
  expect(gpt2.count('')).toBe(0);
  expect(gpt2.count('Hello world')).toBe(2);
  expect(gpt2.prefix('Hello world', 1)).toBe('Hello');
  expect(gpt2.prefix('Hello world', 9)).toBe('Hello world');
  // A whale is three tokens of one or two bytes each.
  expect(gpt2.prefix('🐳', 1)).toBe('\uFFFD');
  // As text, not as the token that ends one.
  expect(gpt2.count('<|endoftext|>')).toBeGreaterThan(1);
});
