import { describe, expect, it } from 'vitest';
import { neededTokens, withContext, withoutContextFlags } from '../src/cliff-context-flag.ts';
import { engines } from '../src/engines/index.ts';

describe('the context flag of a launch', () => {
  it.each([
    [
      'vllm',
      ['serve', 'm', '--max-model-len', '2048', '-tp', '2'],
      ['serve', 'm', '-tp', '2', '--max-model-len', '5000'],
    ],
    ['vllm', ['serve', 'm', '--max_model_len=2k'], ['serve', 'm', '--max-model-len', '5000']],
    ['sglang', ['--model-path', 'm'], ['--model-path', 'm', '--context-length', '5000']],
    ['trtllm', ['serve', 'm', '--max_seq_len', '1'], ['serve', 'm', '--max_seq_len', '5000']],
    ['llamacpp', ['-m', 'm', '-c', '512', '-ngl', '99'], ['-m', 'm', '-ngl', '99', '--ctx-size', '5000']],
    ['llamacpp', ['-m', 'm', '-np', '4'], ['-m', 'm', '-np', '4', '--ctx-size', '20000']],
    ['vllm', ['serve', '--', 'm'], ['serve', '--max-model-len', '5000', '--', 'm']],
  ] as const)('%s %j', (name, args, expected) => {
    expect(withContext(args, engines[name], 5000)).toEqual(expected);
    expect(engines[name].contextLimit(withContext(args, engines[name], 5000))).toBe(5000);
  });

  it('is taken away whole', () => {
    expect(withoutContextFlags(['-c', '1', '--ctx-size=2', '-m', 'm'], engines.llamacpp)).toEqual([
      '-m',
      'm',
    ]);
  });
});

describe('the tokens that a probe needs', () => {
  it('are guessed before any were counted', () => {
    expect(neededTokens(700, 20, [])).toBe(1150 + 36);
    expect(neededTokens(700, 20, [{ promptTokens: 190, contextTokens: 30 }])).toBe(1150 + 36);
  });

  it('are then taken from the longest so far, and what the context has more or less', () => {
    const counted = [
      { promptTokens: 7900, contextTokens: 7700 },
      { promptTokens: 230, contextTokens: 30 },
    ];
    expect(neededTokens(15_700, 20, counted)).toBe(7900 + 8000 + 320 + 36);
    expect(neededTokens(5700, 20, counted)).toBe(7900 - 2000 + 80 + 36);
    expect(neededTokens(7700, 20, counted)).toBe(7900 + 36);
  });
});
