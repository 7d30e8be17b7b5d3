import { describe, expect, it } from 'vitest';
import { BenchError } from '../../../src/errors.ts';
import { contextBudget, contextName, parseContext } from '../../../src/workload/babilong/task.ts';

describe('a context length', () => {
  it.each([
    ['0k', 0],
    ['1k', 1000],
    ['4k', 4000],
    ['128k', 128_000],
    ['1M', 1_000_000],
    ['16000', 16_000],
    ['3k', 3000],
  ])('%s is %i tokens', (text, tokens) => {
    expect(parseContext(text)).toBe(tokens);
  });

  it.each(['', '4', '0', '4K', '1.5k', '-4k', '4096', '2M', '1001k', 'k', '4 k', '9999999'])(
    '%j is refused',
    (text) => {
      expect(() => parseContext(text)).toThrow(BenchError);
      expect(() => parseContext(text)).toThrow(`'${text}' is no context length`);
    },
  );

  it('has a name that reads back', () => {
    for (const name of ['0k', '1k', '32k', '1M']) expect(contextName(parseContext(name))).toBe(name);
  });

  it('leaves 300 tokens for the prompt', () => {
    expect(contextBudget(4000)).toBe(3700);
    expect(contextBudget(0)).toBeNull();
  });
});
