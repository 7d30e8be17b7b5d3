import { describe, expect, it } from 'vitest';
import { durationFlag, metricFlag, percentFlag } from '../../src/cli/flag-values.ts';
import { ExitCode } from '../../src/errors.ts';

describe('values of flags, in the words of the experiment file', () => {
  it.each([
    [durationFlag('--budget', '10m'), 600_000],
    [durationFlag('--budget', '1.5s'), 1500],
    [durationFlag('--budget', undefined), undefined],
    [percentFlag('--delta', '0.5%'), 0.5],
    [percentFlag('--delta', '0%'), 0],
    [percentFlag('--delta', undefined), undefined],
    [metricFlag('--metric', 'ttft_ms'), 'ttft_ms'],
    [metricFlag('--metric', undefined), undefined],
  ])('%j', (read, value) => {
    expect(read).toBe(value);
  });

  it.each([
    ['--budget', () => durationFlag('--budget', '10'), 'a duration'],
    ['--budget', () => durationFlag('--budget', '0s'), 'a duration'],
    ['--budget', () => durationFlag('--budget', true), 'a duration'],
    ['--delta', () => percentFlag('--delta', '0.5'), 'a percentage'],
    ['--delta', () => percentFlag('--delta', '-1%'), 'a percentage'],
    ['--delta', () => percentFlag('--delta', '101%'), 'a percentage'],
  ])('%s refuses what it cannot read, and says what it expects', (flag, read, expected) => {
    expect(read).toThrow(expect.objectContaining({ exitCode: ExitCode.usage }));
    expect(read).toThrow(new RegExp(`${flag} ".*": expected ${expected}`));
  });

  it('--metric lists what it knows', () => {
    const read = () => metricFlag('--metric', 'toString');
    expect(read).toThrow(
      expect.objectContaining({
        exitCode: ExitCode.usage,
        hint: expect.stringContaining('decode_tok_s, ttft_ms'),
      }),
    );
  });
});
