import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeUnpaired, type UnpairedFacts } from '../../src/verdict/unpaired.ts';

const first: UnpairedFacts = {
  crash: null,
  invalid: [],
  hostFailure: null,
  interrupted: false,
  isNoop: false,
  paired: null,
  hasParent: false,
  unwitnessed: false,
  dirty: false,
  earlierBaselineExists: false,
};

describe('a run without pairs', () => {
  test.each<[string, Partial<UnpairedFacts>, string | null, string]>([
    ['the first of its kind', {}, 'keep', 'baseline'],
    ['a later one', { earlierBaselineExists: true }, null, 'repeat'],
    ['one with a parent', { hasParent: true }, null, 'unjudged'],
    [
      'a parent beats an earlier baseline',
      { hasParent: true, earlierBaselineExists: true },
      null,
      'unjudged',
    ],
    ['an engine that others run', { unwitnessed: true }, null, 'unwitnessed'],
    ['unwitnessed beats a parent', { unwitnessed: true, hasParent: true }, null, 'unwitnessed'],
    ['a dirty first one', { dirty: true }, null, 'dirty:baseline'],
    ['a dirty later one', { dirty: true, earlierBaselineExists: true }, null, 'dirty:repeat'],
    ['a dirty one with a parent', { dirty: true, hasParent: true }, null, 'dirty:unjudged'],
    ['a dirty one that others run', { dirty: true, unwitnessed: true }, null, 'dirty:unwitnessed'],
    ['a crash', { crash: 'oom-load' }, 'crash', 'oom-load'],
    ['too many errors', { invalid: ['errors'] }, 'discard', 'invalid:errors'],
    ['two things at once', { invalid: ['client-late', 'errors'] }, 'discard', 'invalid:client-late,errors'],
    ['a failing host', { hostFailure: 'disk-full' }, 'discard', 'host-failure:disk-full'],
    ['one that starts just what its parent starts', { isNoop: true, hasParent: true }, 'discard', 'noop'],
    ['Ctrl-C', { interrupted: true }, 'discard', 'interrupted'],
  ])('%s', (_, facts, status, reason) => {
    expect(judgeUnpaired({ ...first, ...facts })).toEqual({ status, reason });
  });

  test('crash > invalid > host failure > interrupted > everything else', () => {
    const all = { ...first, interrupted: true, hasParent: true, unwitnessed: true, dirty: true };
    expect(judgeUnpaired(all).reason).toBe('interrupted');
    expect(judgeUnpaired({ ...all, hostFailure: 'disk-full' }).reason).toBe('host-failure:disk-full');
    expect(judgeUnpaired({ ...all, hostFailure: 'x', invalid: ['errors'] }).reason).toBe('invalid:errors');
    expect(judgeUnpaired({ ...all, invalid: ['errors'], crash: 'bad-flag' })).toEqual({
      status: 'crash',
      reason: 'bad-flag',
    });
  });

  test('keep only when clean, witnessed, orphaned, first and sound', () => {
    const flags = fc.record({
      crash: fc.constantFrom(null, 'oom-load'),
      invalid: fc.constantFrom([], ['errors']),
      hostFailure: fc.constantFrom(null, 'disk-full'),
      interrupted: fc.boolean(),
      isNoop: fc.boolean(),
      paired: fc.constant(null),
      hasParent: fc.boolean(),
      unwitnessed: fc.boolean(),
      dirty: fc.boolean(),
      earlierBaselineExists: fc.boolean(),
    });
    fc.assert(
      fc.property(flags, (facts) => {
        const isFirst = JSON.stringify(facts) === JSON.stringify(first);
        expect(judgeUnpaired(facts).status === 'keep').toBe(isFirst);
        expect(judgeUnpaired(facts).reason).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });
});
