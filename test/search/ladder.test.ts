import { describe, expect, it } from 'vitest';
import { rowSchema } from '../../src/ledger/row.ts';
import { cliffFindings, cliffResult, type Rung, triedOf } from '../../src/search/ladder.ts';
import type { ProbeResult } from '../../src/search/probe-result.ts';

function rung(context: string, result: ProbeResult, more: Partial<Rung> = {}): Rung {
  const works = result === 'works';
  return {
    ...{ context, result, launch: 1, servedTokens: null },
    promptTokens: works ? 1000 : null,
    detail: works ? null : 'it said so',
    ttftMs: works ? 10 : null,
    e2eMs: works ? 20 : null,
    answer: works ? 'garden' : null,
    correct: works ? true : null,
    ...more,
  };
}

const asked = {
  by: 'requests',
  task: 'qa1',
  from: '1k',
  max: '128k',
  resolution: '1k',
  isComplete: true,
} as const;
const codesOf = (ladder: readonly Rung[], how: object = {}) =>
  cliffFindings(cliffResult({ ...asked, ...how }, ladder)).map(({ code }) => code);

describe('what a ladder says', () => {
  it('names the longest that works and how the next fails', () => {
    const ladder = [rung('1k', 'works'), rung('2k', 'works'), rung('4k', 'too-long'), rung('3k', 'cut')];
    expect(cliffResult(asked, ladder)).toMatchObject({ largest: '2k', firstFailed: '3k', ladder });
    expect(cliffFindings(cliffResult(asked, ladder))).toEqual([
      { code: 'cliff:2k:cut', text: '2k is the longest context that works. 3k fails: cut (it said so).' },
    ]);
  });

  it.each([
    [['cliff-none:oom'], [rung('1k', 'oom'), rung('1k', 'oom')], {}],
    [['cliff-over:128k'], [rung('64k', 'works'), rung('128k', 'works')], {}],
    [['cliff-over:1000k'], [rung('1M', 'works')], { max: '1M' }],
    [['smoke:50k:works'], [rung('50k', 'works')], { from: '50k', max: '50k' }],
    [['smoke:50k:timeout'], [rung('50k', 'died'), rung('50k', 'timeout')], { from: '50k', max: '50k' }],
    [
      ['cliff-over:2k', 'cliff-unsteady'],
      [rung('1k', 'works'), rung('2k', 'died'), rung('2k', 'works')],
      { max: '2k' },
    ],
    [
      ['cliff:1k:error', 'cliff-not-monotone'],
      [rung('1k', 'works'), rung('2k', 'error'), rung('4k', 'works')],
      {},
    ],
    [['cliff-over:2k', 'prompt-unchecked'], [rung('1k', 'works', { promptTokens: null })], { max: '2k' }],
  ])('%s', (codes, ladder, how) => {
    const found = codesOf(ladder, how);
    expect(found).toEqual(codes);
    for (const code of found) expect(rowSchema.shape.findings.safeParse([code]).success).toBe(true);
  });

  it('leaves nothing to chance but refusals', () => {
    const results = ['works', 'too-long', 'cut', 'oom', 'died', 'timeout', 'error'] as const;
    const tried = triedOf(results.map((result) => rung('1M', result)));
    expect(tried.map(({ outcome }) => outcome)).toEqual([
      ...['works', 'refused', 'refused'],
      ...['failed', 'failed', 'failed', 'failed'],
    ]);
    expect(tried[0]?.length).toBe(1000);
  });
});
