import { describe, expect, it } from 'vitest';
import { isShort, isTooLong, judgeAnswer, judgeDeath } from '../../src/search/probe-result.ts';

const whole = { isCut: false, promptTokens: 4000, expectedTokens: 4000, contextTokens: 3700 };
const fine = { outcome: 'ok', status: 200, error: null } as const;

describe('what an answer shows', () => {
  it.each([
    [400, "This model's maximum context length is 4096 tokens. However, you requested 20 output tokens"],
    [400, 'This model supports at most 4096 completion tokens, whereas your prompt exceeds it'],
    [400, 'request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it'],
    [400, "The input (5000 tokens) is longer than the model's context length (4096 tokens)."],
    [400, "Requested token count exceeds the model's maximum context length of 4096 tokens."],
    [400, 'Input length (9000) exceeds maximum context length (8192)'],
    [400, 'Prompt is too long: 5000 tokens'],
    [413, 'Payload Too Large'],
    [422, '`inputs` must have less than 4096 tokens. Given: 5000, which is greater than the maximum'],
    [500, 'The prompt length (5000) should not exceed max_num_tokens (4096)'],
  ])('HTTP %i "%s" is too long', (status, text) => {
    const answer = { outcome: 'http-error', status, error: `HTTP ${status}: ${text}` } as const;
    expect(judgeAnswer(answer, { ...whole, promptTokens: null })).toEqual({
      result: 'too-long',
      detail: `HTTP ${status}: ${text}`,
    });
  });

  it.each([
    ['http-error', 400, 'HTTP 400: model not found'],
    ['http-error', 401, 'HTTP 401: the key has a maximum of tokens'],
    ['http-error', 429, 'HTTP 429: rate limit exceeded, too many tokens'],
    ['http-error', 500, 'HTTP 500: CUDA out of memory: the maximum length of tokens was exceeded'],
    ['error-frame', 200, 'EngineCore encountered an issue'],
    ['truncated', 200, 'the prompt exceeds the context'],
    ['empty', 200, 'the answer ended well but holds no token'],
  ] as const)('%s %i "%s" is another error', (outcome, status, error) => {
    expect(judgeAnswer({ outcome, status, error }, whole)).toEqual({ result: 'error', detail: error });
    expect(isTooLong({ outcome, status, error })).toBe(false);
  });

  it('an error frame may say that it is too long', () => {
    const frame = { outcome: 'error-frame', status: 200, error: 'longer than the context length' } as const;
    expect(judgeAnswer(frame, whole).result).toBe('too-long');
  });

  it('a whole prompt that was answered works, a part of one is a cut, silence is a timeout', () => {
    expect(judgeAnswer(fine, whole)).toEqual({ result: 'works', detail: null });
    expect(judgeAnswer(fine, { ...whole, isCut: true, promptTokens: 2048 })).toEqual({
      result: 'cut',
      detail: 'answered after reading 2048 of 4000 tokens',
    });
    expect(
      judgeAnswer(fine, { ...whole, isCut: true, promptTokens: 2048, expectedTokens: null }).detail,
    ).toBe('answered after reading 2048 of a context of 3700 GPT-2 tokens');
    expect(
      judgeAnswer({ outcome: 'timeout', status: null, error: 'no whole answer in time' }, whole),
    ).toEqual({
      result: 'timeout',
      detail: 'no whole answer in time',
    });
  });

  it('quotes no more than a ladder can hold', () => {
    const { detail } = judgeAnswer({ outcome: 'bad-frame', status: 200, error: 'x\n'.repeat(2000) }, whole);
    expect(detail).toHaveLength(303);
    expect(detail).not.toContain('\n');
  });
});

describe('a prompt that was not read whole', () => {
  it.each([
    ['is missing tokens', 3990, 4000, 0, true],
    ['is missing more than the template explains', 3980, 4000, 10, true],
    ['is missing what the template explains', 3990, 4000, 10, false],
    ['may differ by a token or two', 3998, 4000, 0, false],
    ['has a second BOS', 4001, 4000, 0, false],
    ['is not judged so finely while nothing is known of the template', 3990, 4000, null, false],
    ['is not known without its tokeniser', 100, null, 0, false],
    ['is not known without its count', null, 4000, 0, false],
  ] as const)('%s', (_, promptTokens, expectedTokens, usual, isIt) => {
    expect(isShort({ isCut: false, promptTokens, expectedTokens }, usual)).toBe(isIt);
    expect(isShort({ isCut: true, promptTokens, expectedTokens }, usual)).toBe(true);
  });
});

describe('what a death shows', () => {
  const message = 'vllm exited with code 1 while it was in use.';

  it('is want of memory, with the line that says so', () => {
    const lines = [
      'INFO 11-25 serving',
      '(EngineCore pid=1) ERROR 11-25 [core.py:1] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1 GiB.',
      'ERROR shutting down',
    ];
    expect(judgeDeath({ reason: 'oom-run', message, lines })).toEqual({
      result: 'oom',
      detail: `oom-run: ${message} It said: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1 GiB.`,
    });
    expect(judgeDeath({ reason: 'oom-host', message, lines: [] }).result).toBe('oom');
  });

  it('is any other, with its reason', () => {
    expect(judgeDeath({ reason: 'engine-error', message, lines: ['bye'] })).toEqual({
      result: 'died',
      detail: `engine-error: ${message}`,
    });
    expect(judgeDeath({ reason: 'killed', message, lines: ['  Fatal: no heart  '] }).detail).toContain(
      'It said: Fatal: no heart',
    );
  });
});
