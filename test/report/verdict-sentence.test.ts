import { describe, expect, it } from 'vitest';
import { bounds, signed, type VerdictFacts, verdictSentence } from '../../src/report/verdict-sentence.ts';

const facts: VerdictFacts = {
  ...{ kind: 'better', status: 'keep', reason: 'better', metric: 'decode_tok_s' },
  ...{ effectPct: 4.11, lowerPct: 2.93, upperPct: 5.24, pairs: 4, maxPairs: 8 },
  ...{ floorPct: 1.23, floorFrom: 'calibration', mdePct: 1.46, minEffectPct: 1, marginPct: null },
  addedDeviations: 1,
};
const measured = '+4.1 % decode_tok_s [+2.9, +5.2] after 4 pairs, floor 1.2 %, 8 pairs find 1.5 %';
const discard = { status: 'discard' };
const none = { effectPct: null, lowerPct: null, upperPct: null };
const unknown = { floorPct: null, floorFrom: null, mdePct: null } as const;

it.each<[Partial<VerdictFacts>, string]>([
  [{}, `${measured}, pays for 1 added knob: keep (better)`],
  [{ addedDeviations: 2 }, `${measured}, pays for 2 added knobs: keep (better)`],
  [{ addedDeviations: 0 }, `${measured}: keep (better)`],
  [{ addedDeviations: -1 }, `${measured}: keep (better)`],
  [
    { kind: 'simpler', reason: 'simpler', addedDeviations: -2 },
    `${measured}, costs no more than 2 fewer knobs may: keep (simpler)`,
  ],
  [{ ...discard, kind: 'worse', reason: 'worse' }, `${measured}: discard (worse)`],
  [{ ...discard, kind: 'worse', reason: 'worse:early' }, `${measured}: discard (worse:early)`],
  [{ ...discard, kind: 'guard', reason: 'guard:ttft_ms' }, `${measured}: discard (guard:ttft_ms)`],
  [
    { ...discard, kind: 'equivalent', reason: 'equivalent' },
    `${measured}, cannot be worth 1.0 %: discard (equivalent)`,
  ],
  [
    { status: 'pass', kind: 'equivalent', reason: 'equivalent', marginPct: 2.1, addedDeviations: 0 },
    `${measured}, not worse by 2.1 %: pass (equivalent)`,
  ],
  [{ status: 'pass', marginPct: 2.1, addedDeviations: 0 }, `${measured}: pass (better)`],
  [
    { ...discard, kind: 'inconclusive', reason: 'inconclusive' },
    `${measured}, not enough evidence either way: discard (inconclusive)`,
  ],
  [
    { ...discard, kind: 'inconclusive', reason: 'inconclusive:guard-ttft_ms' },
    `${measured}, not enough evidence that a guard holds: discard (inconclusive:guard-ttft_ms)`,
  ],
  [
    { ...discard, ...none, kind: 'invalid', reason: 'invalid:errors', pairs: 1 },
    'decode_tok_s not measured after 1 pair, floor 1.2 %, 8 pairs find 1.5 %: discard (invalid:errors)',
  ],
  [
    { ...discard, kind: 'inconclusive', reason: 'inconclusive', ...unknown, lowerPct: null, upperPct: null },
    '+4.1 % decode_tok_s [-inf, inf] after 4 pairs, floor not known, not enough evidence either way: discard (inconclusive)',
  ],
  [
    { floorFrom: 'pairs', mdePct: null },
    '+4.1 % decode_tok_s [+2.9, +5.2] after 4 pairs, floor 1.2 % (of these pairs), pays for 1 added knob: keep (better)',
  ],
  [
    { kind: 'going-on', status: 'crash', reason: 'oom-run', pairs: 2 },
    '+4.1 % decode_tok_s [+2.9, +5.2] after 2 pairs, floor 1.2 %, 8 pairs find 1.5 %: crash (oom-run)',
  ],
])('%j', (over, sentence) => {
  expect(verdictSentence({ ...facts, ...over })).toBe(sentence);
});

it('not enough evidence never reads as no effect', () => {
  for (const reason of ['inconclusive', 'inconclusive:guard-errors'])
    expect(verdictSentence({ ...facts, kind: 'inconclusive', reason })).not.toMatch(
      /no effect|equal|same|equivalent/,
    );
});

describe('signs and digits', () => {
  it.each([
    [4.11, '+4.1'],
    [-4.15, '-4.2'],
    [0.354, '+0.35'],
    [-0.356, '-0.36'],
    [0, '0'],
    [-0, '0'],
    [0.004, '0'],
    [-0.004, '0'],
    [9.96, '+10.0'],
    [-9.96, '-10.0'],
    [0.996, '+1.00'],
    [12.4, '+12'],
    [-134.6, '-135'],
  ])('%f is %s', (value, text) => {
    expect(signed(value)).toBe(text);
  });

  it.each([
    [null, null, '[-inf, inf]'],
    [0.2, null, '[+0.20, inf]'],
    [-12.3, 14.5, '[-12, +15]'],
  ])('from %j to %j is %s', (lowerPct, upperPct, text) => {
    expect(bounds({ lowerPct, upperPct })).toBe(text);
  });
});
