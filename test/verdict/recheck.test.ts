import { expect, test } from 'vitest';
import type { Comparison, PairEffects } from '../../src/verdict/comparison.ts';
import { interval, weigh } from '../../src/verdict/evidence.ts';
import { agree, recheck } from '../../src/verdict/recheck.ts';

const none = { ttft_ms: null, ttfat_ms: null, tpot_ms: null, itl_ms: null, e2e_ms: null, e2e_tok_s: null };
const effects = [0.041, 0.038, 0.052, 0.044, 0.047];

function percent(logRatio: number): number {
  return (Math.exp(logRatio) - 1) * 100;
}

function comparison(isCalibrated = false): Comparison {
  const evidence = weigh(effects, null);
  const { lower, upper } = interval(evidence);
  return {
    metric: 'decode_tok_s',
    eValue: 31,
    pairs: [
      ...effects.map((effect) => ({ effects: { ...none, decode_tok_s: effect } as PairEffects })),
      { effects: null },
    ],
    evidence: [
      {
        metric: 'decode_tok_s',
        pairs: 5,
        effectPct: percent(evidence.mean),
        lowerPct: percent(lower),
        upperPct: percent(upper),
        pairSdPct: null,
        isCalibrated,
      },
    ],
  } as unknown as Comparison;
}

function rowOf({ evidence: [stated], eValue }: Comparison): Parameters<typeof recheck>[1] {
  return {
    status: 'discard',
    reason: 'inconclusive',
    delta_pct: stated?.effectPct ?? null,
    ci_lo_pct: stated?.lowerPct ?? null,
    ci_hi_pct: stated?.upperPct ?? null,
    pairs: stated?.pairs ?? null,
    e_value: eValue,
  };
}

test('numbers that follow from the pairs are right, and so are the empty cells of an invalid run', () => {
  const sound = comparison();
  expect(recheck(sound, rowOf(sound))).toEqual([]);
  const empty = {
    status: null,
    reason: null,
    delta_pct: null,
    ci_lo_pct: null,
    ci_hi_pct: null,
    pairs: null,
    e_value: null,
  };
  expect(recheck(sound, empty)).toEqual([]);
});

test.each([
  ['effectPct', 'effect', 'delta_pct'],
  ['lowerPct', 'lower bound', 'ci_lo_pct'],
  ['upperPct', 'upper bound', 'ci_hi_pct'],
  ['pairs', 'pairs', 'pairs'],
] as const)('a changed %s is seen in the record, and in the row', (member, name, cell) => {
  const sound = comparison();
  const [stated] = sound.evidence;
  const changed = { ...sound, evidence: [{ ...stated, [member]: 7 }] } as unknown as Comparison;
  expect(recheck(changed, rowOf(changed))).toEqual([
    expect.stringMatching(new RegExp(`^${name} is 7 .* pairs$`)),
  ]);
  const row = { ...rowOf(sound), [cell]: 7 };
  expect(recheck(sound, row)).toEqual([expect.stringMatching(new RegExp(`^${cell} is 7 in the row`))]);
});

test('a keep must follow from its interval, its pairs and its guards', () => {
  const sound = comparison();
  const [stated] = sound.evidence;
  const keep = { status: 'keep', reason: 'better' };
  const with_ = (over: object, guards: object[] = []): string[] => {
    const told = {
      ...sound,
      rentPct: 0.5,
      guards,
      evidence: [{ ...stated, ...over }],
    } as unknown as Comparison;
    return recheck(told, { ...rowOf(told), ...keep }).filter((problem) => problem.includes('it is a keep'));
  };
  expect(with_({ lowerPct: 0.6 })).toEqual([]);
  expect(with_({ lowerPct: 0.4 })).toEqual([expect.stringContaining('lower bound 0.4 is not above 0.5')]);
  expect(with_({ lowerPct: null })).toEqual([expect.stringContaining('is open')]);
  expect(with_({ lowerPct: 0.6, pairs: 3 })).toEqual([expect.stringContaining('after 3 pairs, of 4')]);
  expect(with_({ lowerPct: 0.6 }, [{ name: 'ttft_ms', state: 'failed' }])).toEqual([
    expect.stringContaining('guard ttft_ms is failed'),
  ]);
});

test('with a calibration the interval cannot be computed again, the effect can', () => {
  const calibrated = comparison(true);
  const [stated] = calibrated.evidence;
  const other = { ...calibrated, evidence: [{ ...stated, lowerPct: 1 }] } as unknown as Comparison;
  expect(recheck(other, rowOf(other))).toEqual([]);
  const wrong = { ...calibrated, evidence: [{ ...stated, effectPct: 1 }] } as unknown as Comparison;
  expect(recheck(wrong, rowOf(wrong))).toHaveLength(1);
});

test('an interval that is not bounded yet is null on both sides', () => {
  const two = comparison();
  const pairs = two.pairs.slice(0, 1);
  const [stated] = two.evidence;
  const evidence = [{ ...stated, pairs: 1, effectPct: percent(0.041), lowerPct: null, upperPct: null }];
  const early = { ...two, pairs, evidence } as unknown as Comparison;
  expect(recheck(early, rowOf(early))).toEqual([]);
});

test('evidence without pairs, and pairs without evidence', () => {
  const sound = comparison();
  expect(recheck({ ...sound, pairs: [] }, rowOf(sound))).toEqual(['the record has evidence and no pairs']);
  expect(recheck({ ...sound, evidence: [] }, rowOf(sound))).toEqual(['the record has pairs and no evidence']);
  expect(recheck({ ...sound, evidence: [], pairs: [] }, rowOf(sound))).toEqual([]);
});

test('numbers agree that differ by how they were rounded', () => {
  expect(agree(1e6, 1e6 + 0.5)).toBe(true);
  expect(agree(4.1, 4.2)).toBe(false);
  expect(agree(null, null)).toBe(true);
  expect(agree(null, 0)).toBe(false);
});
