import { expect, it } from 'vitest';
import type { KeptLaunch } from '../src/pair-arms.ts';
import type { MeasuredPair } from '../src/pair-loop.ts';
import { compareOutputs, sameOutputs } from '../src/pair-outputs.ts';
import { launched, pairAsked, pairOfLaunches } from './pairs.ts';

const one = (text: string, over = {}) => [{ query: 'a', text, ...over }];

it.each<
  [
    what: string,
    pairs: MeasuredPair<KeptLaunch>[],
    same: boolean | undefined,
    at: number | null,
    unstable: boolean,
  ]
>([
  ['the same', [pairAsked(one('abc'), one('abc'))], true, null, false],
  ['parting at the third character', [pairAsked(one('abc'), one('abx'))], false, 2, false],
  [
    'parting earlier in a later pair',
    [pairAsked(one('abc'), one('abx')), pairAsked(one('abc'), one('xbc'))],
    false,
    0,
    false,
  ],
  ['going on where the other ends', [pairAsked(one('ab'), one('abc'))], false, 2, false],
  [
    'what the baseline gave in another pair',
    [pairAsked(one('abc'), one('xyz')), pairAsked(one('xyz'), one('abc'))],
    true,
    null,
    true,
  ],
  [
    'failed in the candidate',
    [pairAsked(one('abc'), one('ab', { outcome: 'truncated' }))],
    undefined,
    null,
    false,
  ],
  [
    'failed in one pair, the same in another',
    [pairAsked(one('abc'), one('x', { outcome: 'truncated' })), pairAsked(one('abc'), one('abc'))],
    true,
    null,
    false,
  ],
  ['of one arm only', [pairAsked(one('abc'), [{ query: 'b', text: 'x' }])], undefined, null, false],
])('answers that are %s', (_, pairs, same, at, unstable) => {
  const outputs = compareOutputs(pairs);
  expect(sameOutputs(pairs).get('a')).toBe(same);
  expect(outputs).toMatchObject({
    compared: same === undefined ? 0 : 1,
    same: same === true ? 1 : 0,
    diverged: same === false ? [{ query: 'a', atChar: at }] : [],
    unstable: unstable ? ['a'] : [],
  });
});

it('rounds are compared with their own, and a text that was not kept leaves the place open', () => {
  const rounds = (first: string, second: string) => [...one(first), ...one(second, { round: 2 })];
  expect(compareOutputs([pairAsked(rounds('abc', 'abcd'), rounds('abc', 'abx'))]).diverged).toEqual([
    { query: 'a', atChar: 2 },
  ]);
  const resumed = pairOfLaunches(
    launched('baseline', one('abc'), { texts: null }),
    launched('candidate', one('x')),
  );
  expect(compareOutputs([resumed]).diverged).toEqual([{ query: 'a', atChar: null }]);
});

it('repetition is the mean over launches of an arm, and null where none is known', () => {
  const pair = (share: number | null) =>
    pairOfLaunches(launched('baseline', [], { repetition: share }), launched('candidate', []));
  const { repetition } = compareOutputs([pair(0.1), pair(0.3), pair(null)]);
  expect(repetition.baseline).toBeCloseTo(0.2, 12);
  expect(repetition.candidate).toBeNull();
});
