import { describe, expect, it } from 'vitest';
import type { LaunchOutcome } from '../src/launch.ts';
import { hasCompiled, judgeCaches } from '../src/priming.ts';
import type { CompileCache } from '../src/snapshot/compile-caches.ts';

const cache = (path: string, start: CompileCache['start']): CompileCache => {
  const state = { files: 0, bytes: 0, root: null };
  return { path, start, before: state, now: state };
};
const outcome = (caches: readonly CompileCache[], more: Partial<LaunchOutcome> = {}): LaunchOutcome => ({
  number: 1,
  model: 'm',
  result: null,
  findings: [{ code: 'fallback', text: 'Falling back.' }],
  failure: null,
  stop: null,
  recall: [],
  containment: 'cgroup2',
  caches,
  counted: null,
  isPriming: false,
  ...more,
});
const places = { env: { HOME: '/home/me' }, root: '/srv/repo' };

describe('a launch and the compile caches', () => {
  it.each(['warm', 'empty'] as const)('that are %s has compiled nothing', (start) => {
    const launched = outcome([cache('/home/me/.cache/vllm', start)]);
    expect(hasCompiled(launched.caches)).toBe(false);
    expect(judgeCaches(launched, false, places)).toBe(launched);
  });

  it('is the priming one when it is the first to add to them', () => {
    const caches = [
      cache('/home/me/.cache/vllm', 'cold'),
      cache('/home/me/.triton/cache', 'empty'),
      cache('/srv/repo/caches/flashinfer', 'changed'),
      cache('/opt/elsewhere', 'changed'),
    ];
    expect(hasCompiled(caches)).toBe(true);
    expect(judgeCaches(outcome(caches), false, places)).toMatchObject({
      number: 0,
      isPriming: true,
      result: null,
      findings: [
        {
          code: 'primed',
          text: 'The first start compiled or tuned what later ones find in ~/.cache/vllm (cold), caches/flashinfer (changed), elsewhere (changed). It was not measured: launches/0 in the bundle.',
        },
      ],
    });
  });

  it('counts, with a finding, when one before it was the priming one', () => {
    const judged = judgeCaches(outcome([cache('/home/me/.cache/vllm', 'changed')]), true, places);
    expect(judged).toMatchObject({ number: 1, isPriming: false });
    expect(judged.findings.map(({ code }) => code)).toEqual(['fallback', 'cache-still-changing']);
  });

  it('that failed is no priming one', () => {
    const failure = { kind: 'crash' } as LaunchOutcome['failure'];
    const launched = outcome([cache('/x', 'cold')], { failure });
    expect(judgeCaches(launched, false, places)).toBe(launched);
  });
});
