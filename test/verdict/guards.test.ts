import { describe, expect, it } from 'vitest';
import { weighSeries } from '../../src/verdict/decide.ts';
import { errorsGuard, isBaselineFailing, latencyGuard, outputsGuard } from '../../src/verdict/guards.ts';
import { failures } from './judged.ts';

describe('a latency that may get worse by 5 %', () => {
  const worst = -Math.log(1.05);
  const about = (center: number) => [center + 0.001, center - 0.001, center + 0.001, center - 0.001];

  it.each<[string, number[], string, string]>([
    ['is better', about(0.02), 'passed', '+2 %'],
    ['is worse, but wholly within', about(-0.04), 'passed', '-3.9 %'],
    ['is about there', about(worst), 'undecided', '-4.8 %'],
    ['is wholly beyond', about(-0.06), 'failed', '-5.8 %'],
    ['has one pair, so no interval', [-0.5], 'undecided', '-39.3 %'],
  ])('%s', (_, effects, state, told) => {
    const guard = latencyGuard('ttft_ms', 0.05, weighSeries(effects, null), true);
    expect(guard).toMatchObject({ name: 'ttft_ms', state });
    expect(guard.text).toBe(`ttft_ms may get worse by 5 %: ${told} where positive is better`);
  });

  it('without a value in any pair says so, and does not claim to have passed', () => {
    expect(latencyGuard('tpot_ms', 0.05, null, false)).toMatchObject({
      state: 'reported',
      text: expect.stringContaining('no query had a value'),
    });
    // The baseline has one, so the candidate must show its own.
    expect(latencyGuard('tpot_ms', 0.05, null, true).state).toBe('undecided');
  });
});

describe('errors', () => {
  type Case = [what: string, baseline: object, candidate: object, allowed: number, state: string];
  const launches = (launchesByQuery: { [query: string]: number }, failed = 1) => ({
    launchesByQuery,
    failed,
  });
  it.each<Case>([
    ['none', {}, {}, 0, 'passed'],
    ['one query in one launch more', {}, launches({ a: 1 }), 0, 'failed'],
    ['the same query as often', launches({ a: 2 }), launches({ a: 2 }), 0, 'passed'],
    ['another query as often', launches({ a: 1 }), launches({ b: 1 }), 0, 'failed'],
    ['fewer than the baseline', launches({ a: 3 }), launches({ a: 1 }), 0, 'passed'],
    ['one launch more, and one is allowed', {}, launches({ a: 1 }), 1, 'passed'],
    ['two launches more, and one is allowed', {}, launches({ a: 2 }), 1, 'failed'],
    ['20 % of the requests, each allowed', {}, launches({ a: 1 }, 20), 1, 'passed'],
    ['over 20 %, each allowed', {}, launches({ a: 1 }, 21), 1, 'failed'],
    ['a query with the name of a method', {}, launches({ constructor: 1 }), 0, 'failed'],
    ['the same with two launches', {}, launches({ toString: 2 }), 1, 'failed'],
  ])('%s', (_, baseline, candidate, allowed, state) => {
    expect(errorsGuard(failures(baseline, candidate), allowed).state).toBe(state);
  });

  it('names three of the queries', () => {
    const candidate = { failed: 4, launchesByQuery: { a: 1, b: 1, c: 1, d: 1 } };
    expect(errorsGuard(failures({}, candidate), 0).text).toBe(
      'errors: 4 of 100 requests failed, 0 of 100 in the baseline (a, b, c ...)',
    );
  });

  it.each([
    [20, 100, false],
    [21, 100, true],
    [0, 0, false],
  ])('a baseline that fails %i of %i can be compared with: %s', (failed, requests, isFailing) => {
    expect(isBaselineFailing(failures({ failed, requests }))).toBe(isFailing);
  });
});

describe('outputs', () => {
  const query = (name: string, baseline: string[], candidate: string[]) => ({
    query: name,
    baseline,
    candidate,
  });
  const same = query('a', ['1', '1'], ['1', '1']);
  const changed = query('b', ['1', '1'], ['1', '2']);
  const varying = query('c', ['1', '2'], ['2', '1']);
  const oneArm = query('d', [], ['9']);

  it.each<[string, Parameters<typeof outputsGuard>, string, string]>([
    ['same', [[same], 'same', 2], 'passed', '1 of 1'],
    ['changed', [[same, changed], 'same', 2], 'failed', '1 of 2'],
    ['changed, but the baseline was launched once', [[changed], 'same', 1], 'undecided', '0 of 1'],
    ['as the baseline did another time', [[varying], 'same', 2], 'passed', '1 of 1'],
    ['of one arm alone', [[same, oneArm], 'same', 2], 'passed', '1 of 1'],
    ['changed, and only reported', [[same, changed], 'report', 2], 'reported', '1 of 2'],
  ])('%s', (_, given, state, count) => {
    const guard = outputsGuard(...given);
    expect(guard.state).toBe(state);
    expect(guard.text).toBe(`outputs: ${count} queries answered as the baseline did`);
  });
});
