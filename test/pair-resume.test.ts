import { expect, it } from 'vitest';
import type { KeptLaunch } from '../src/pair-arms.ts';
import { asPairs } from '../src/pair-resume.ts';
import { launched } from './pairs.ts';

const plan = { isSpeculative: false, largestForeignPercent: 5 };
const minute = 60_000;

/** `A1` is the baseline of pair 1; `!` says that its numbers are void. */
function launch(word: string, index: number): KeptLaunch {
  const arm = word.startsWith('A') ? 'baseline' : 'candidate';
  const made = launched(arm, [{ query: 'q', decodeTokS: arm === 'baseline' ? 100 : 110 }], {
    number: index + 1,
    pair: Number(/\d+/.exec(word)),
  });
  const conditions = made.conditions as NonNullable<KeptLaunch['conditions']>;
  return word.endsWith('!') ? { ...made, conditions: { ...conditions, invalid: ['client-late'] } } : made;
}

it.each<[what: string, launches: string, pairs: string[], open: string | null]>([
  ['nothing', '', [], null],
  ['one launch', 'A1', [], 'baseline'],
  ['a pair', 'A1 B1', ['1 baseline-first ok'], null],
  ['a pair and half of one', 'A1 B1 B2', ['1 baseline-first ok'], 'candidate'],
  ['A B B A', 'A1 B1 B2 A2', ['1 baseline-first ok', '2 candidate-first ok'], null],
  ['a second launch that was void', 'A1 B1! A2', ['1 baseline-first client-late'], 'baseline'],
  [
    'a first launch that was void, so without a second',
    'A1 B1 B2! B3 A3',
    ['1 baseline-first ok', '2 candidate-first client-late', '3 candidate-first ok'],
    null,
  ],
  ['a last launch that was void: it is half of nothing', 'A1!', ['1 baseline-first client-late'], null],
])('%s', (_, launches, pairs, open) => {
  const words = launches.split(' ').filter((word) => word !== '');
  const found = asPairs(words.map(launch), plan, minute);
  expect(
    found.pairs.map(({ result: { pair, order, invalid } }) => `${pair} ${order} ${invalid?.code ?? 'ok'}`),
  ).toEqual(pairs);
  expect(found.open?.arm ?? null).toBe(open);
});

it('a launch that ended ten minutes ago is half of nothing any more', () => {
  const open = (nowMs: number) => asPairs([launch('A1', 0)], plan, nowMs).open;
  expect(open(10 * minute - 1)).not.toBeNull();
  expect(open(10 * minute)).toBeNull();
});
