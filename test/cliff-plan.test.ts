import { describe, expect, it } from 'vitest';
import { cliffWorkload, lengthName, planCliff } from '../src/cliff-plan.ts';
import { ExitCode } from '../src/errors.ts';

describe('what is looked for', () => {
  it('goes from 1k to 128k unless told otherwise', () => {
    expect(planCliff({ by: 'requests' })).toEqual({
      by: 'requests',
      bounds: { from: 1, max: 128, resolution: 1 },
    });
    expect(planCliff({ by: 'launches', max: '1M', resolution: '16k' })).toEqual({
      by: 'launches',
      bounds: { from: 1, max: 1000, resolution: 16 },
    });
  });

  it('is one length for a single check', () => {
    expect(planCliff({ by: 'requests', smoke: '50k' }).bounds).toEqual({ from: 50, max: 50, resolution: 1 });
  });

  it.each([
    [{ max: '0' }, /^--max: '0' is no context length/],
    [{ max: '0k' }, /^--max 0k: the shortest/],
    [{ max: '4500' }, /^--max: '4500'/],
    [{ resolution: '500' }, /^--resolution: '500'/],
    [{ smoke: 'all' }, /^--smoke: 'all'/],
    [{ smoke: '4k', max: '8k' }, /^--smoke is a single check/],
  ])('is refused: %j', (words, message) => {
    expect(() => planCliff({ by: 'requests', ...words })).toThrowError(message);
    expect(() => planCliff({ by: 'requests', ...words })).toThrowError(
      expect.objectContaining({ exitCode: ExitCode.usage }),
    );
  });

  it('has a workload of its own, by everything that decides what is asked', () => {
    const plan = planCliff({ by: 'requests' });
    const hash = cliffWorkload(plan, 'abc');
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
    expect(cliffWorkload({ ...plan, by: 'launches' }, 'abc')).not.toBe(hash);
    expect(cliffWorkload(plan, 'abd')).not.toBe(hash);
    expect(lengthName(1000)).toBe('1M');
  });
});
