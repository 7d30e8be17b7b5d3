import { describe, expect, it } from 'vitest';
import type { Calibrated } from '../src/calibrated.ts';
import { comparisonSchema } from '../src/ledger/comparison-schema.ts';
import type { KeptLaunch } from '../src/pair-arms.ts';
import { type CompareInput, comparisonOf, noiseOf } from '../src/pair-comparison.ts';
import type { MeasuredPair } from '../src/pair-loop.ts';
import { decide, type Rule } from '../src/verdict/decide.ts';
import { weigh } from '../src/verdict/evidence.ts';
import { sampleCalibration } from './ledger/calibrated.ts';
import { type Asked, pairAsked } from './pairs.ts';
import { pair, rule, seen } from './verdict/judged.ts';

const expId = '0123456789ab';
const arms = {
  baseline: { facts: { expId, row: { artifact: null } }, plan: { loaded: { configPath: 'configs/a.yaml' } } },
  candidate: {},
} as unknown as CompareInput['arms'];

function planOf(over: Partial<Rule> = {}): CompareInput['plan'] {
  const plan = { kind: 'run', rule: rule(over), candidate: { isSpeculative: false }, knobs: [] };
  return plan as unknown as CompareInput['plan'];
}

const file = sampleCalibration({ variance: 0.01 ** 2, floorPct: 3.2 });
const calibrated: Calibrated = { decode_tok_s: { path: 'results/calibration/x.json', file, expired: null } };
const expired: Calibrated = {
  decode_tok_s: { path: 'results/calibration/x.json', file, expired: 'it is old' },
};

function compare(pairs: MeasuredPair<KeptLaunch>[], over: Partial<CompareInput> = {}) {
  const effects = pairs.flatMap(({ result }) => result.effects ?? []);
  const decision = decide(rule(), { ...seen([]), effects, isSpent: true });
  const made = comparisonOf({
    ...{ plan: planOf(), arms, pairs, decision, calibrated: {}, recall: null },
    verdict: { status: decision.status ?? '', reason: decision.reason },
    baselineRunId: null,
    values: { baseline: 100, candidate: 110 },
    ...over,
  });
  return comparisonSchema.parse(made);
}

describe('floor and MDE', () => {
  const [few, quiet] = [weigh([0.01], null), weigh([0.01, 0.02, 0.03], null)];
  const held = { variance: 0.01 ** 2, degrees: 3 };
  it.each([
    ['of the calibration before a pair', null, calibrated, 'calibration', 3.2, 1.86 * 0.01],
    [
      'of the calibration while it counts',
      weigh([0.01, 0.02], held),
      calibrated,
      'calibration',
      3.2,
      1.86 * 0.01,
    ],
    [
      'of the pairs that outgrew it',
      weigh([0.1, -0.1, 0.1], held),
      calibrated,
      'pairs',
      64.3,
      2.09 * 0.11547,
    ],
    ['of the pairs when it expired', quiet, expired, 'pairs', 4.4, 2.09 * 0.01],
    ['of the pairs without one', quiet, {}, 'pairs', 4.4, 2.09 * 0.01],
    ['of nothing after one pair', few, {}, null, null, null],
    ['of nothing before one', null, expired, null, null, null],
  ])('are %s', (_, evidence, known, from, floor, mde) => {
    const noise = noiseOf(planOf(), evidence, known as Calibrated);
    expect(noise.floorFrom).toBe(from);
    if (floor === null || mde === null) {
      expect([noise.floorPct, noise.mdePct]).toEqual([null, null]);
      return;
    }
    expect(Math.abs((noise.floorPct ?? 0) - floor)).toBeLessThan(0.1);
    expect(noise.mdePct).toBeCloseTo(100 * Math.expm1(mde), 2);
  });

  it('an added knob costs its rent on top, fewer cost nothing', () => {
    const mde = (addedDeviations: number) =>
      noiseOf(planOf({ addedDeviations }), null, calibrated).mdePct ?? 0;
    expect(mde(2)).toBeCloseTo(100 * (Math.exp(0.0186) * 1.01 - 1), 6);
    expect(mde(-2)).toBe(mde(0));
  });
});

describe('a comparison', () => {
  const asked = (rates: { [query: string]: number }, text = 'same'): Asked[] =>
    Object.entries(rates).map(([query, decodeTokS]) => ({ query, decodeTokS, text }));
  const once = pairAsked(asked({ a: 100, b: 100 }), asked({ a: 110, b: 90 }));

  it('has of each query the median over pairs, and whether its answers are those of the baseline', () => {
    const other = pairAsked(asked({ a: 100, b: 100 }), asked({ a: 120, b: 90 }, 'other'));
    const { queries } = compare([once, once, other]);
    expect(queries.map(({ query, sameOutput }) => [query, sameOutput])).toEqual([
      ['a', false],
      ['b', false],
    ]);
    expect(queries.map(({ effectPct }) => Math.round(effectPct * 1e6) / 1e6)).toEqual([10, -10]);
  });

  it('calls an answer the same that the baseline gave in another pair, and unknown one without a hash', () => {
    const turned = [
      pairAsked(asked({ a: 100 }, 'x'), asked({ a: 110 }, 'y')),
      pairAsked(asked({ a: 100 }, 'y'), asked({ a: 110 }, 'x')),
    ];
    const swapped = compare(turned);
    expect(swapped.queries[0]?.sameOutput).toBe(true);
    expect(swapped.outputs).toMatchObject({ same: 1, unstable: ['a'] });
    const silent = pairAsked([{ query: 'a' }], [{ query: 'a' }]);
    expect(compare([silent]).queries[0]?.sameOutput).toBeNull();
  });

  it('leaves out what does not count and what failed', () => {
    const failed = pairAsked(asked({ a: 100, b: 100 }), [
      ...asked({ a: 110 }),
      { query: 'b', outcome: 'truncated', text: 'x' },
    ]);
    const dropped = {
      ...once,
      result: { ...once.result, effects: null, invalid: { code: 'load', text: 'Others were there.' } },
    };
    const made = compare([failed, dropped]);
    expect(made.queries.map(({ query }) => query)).toEqual(['a']);
    expect(made.outputs.compared).toBe(1);
    expect(made.pairs).toHaveLength(2);
    expect(made.sentence).toContain('after 1 pair,');
  });

  it('has the judged metric first, open ends as null, and no E that JSON cannot hold', () => {
    const effects = [1, 2, 3, 4].map(() => pair({ decode_tok_s: 0.1, ttft_ms: 0.2 }));
    const of = { tolerances: { ttft_ms: 0.05 } };
    const decision = decide(rule(of), { ...seen([]), effects: effects.slice(0, 1), isSpent: true });
    const made = compare([], { decision });
    expect(made.evidence.map(({ metric, lowerPct, upperPct }) => [metric, lowerPct, upperPct])).toEqual([
      ['decode_tok_s', null, null],
      ['ttft_ms', null, null],
    ]);
    const exact = decide(rule(), seen([0.1, 0.1, 0.1, 0.1], { calibrations: {} }));
    expect(compare([], { decision: exact }).eValue).toBeLessThanOrEqual(1e12);
    expect(compare([], { decision: { ...exact, eValue: Number.POSITIVE_INFINITY } }).eValue).toBe(1e12);
  });

  it.each<[string, Calibrated, number[], string | null]>([
    ['none', {}, [0.01, 0.02], null],
    ['one that counts', calibrated, [0.01, 0.02], null],
    ['one that expired', expired, [0.01, 0.02], 'it is old'],
    ['one that was outgrown', calibrated, [0.1, -0.1], 'the pairs of this run spread more than it allows'],
  ])('says why a calibration does not count: %s', (_, known, effects, why) => {
    const { decode_tok_s: found } = known;
    const variance = found?.expired === null ? { variance: 0.01 ** 2, degrees: 3 } : null;
    const decision = decide(rule(), {
      ...seen(effects),
      calibrations: { decode_tok_s: variance },
      isSpent: true,
    });
    const made = compare([], { decision, calibrated: known });
    expect(made.calibrationDropped).toBe(why);
    expect(made.calibration).toBe(found?.path ?? null);
  });
});
