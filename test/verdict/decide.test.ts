import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PairsSoFar, type Rule, rentOf, weighSeries } from '../../src/verdict/decide.ts';
import { eValue, interval } from '../../src/verdict/evidence.ts';
import type { Calibrations } from '../../src/verdict/guards.ts';
import expected from '../fixtures/verdict/expected.json' with { type: 'json' };
import { failures, judge, pair, seen } from './judged.ts';

/** Series whose intervals are easy to place: four alternate by +-0.1 % about a center, so half a width is 0.7 %. */
const about = (center: number, pairs = 4): number[] =>
  Array.from({ length: pairs }, (_, index) => center + (index % 2 === 0 ? 0.001 : -0.001));
const calibrated: Calibrations = { decode_tok_s: { variance: 0.001 ** 2, degrees: 7 } };
const tight: Calibrations = { decode_tok_s: { variance: 0.0003 ** 2, degrees: 7 } };
const spent = { isSpent: true };
const added = (addedDeviations: number): { of: Partial<Rule> } => ({ of: { addedDeviations } });
const withTtft = (decode: readonly number[], ttft: readonly number[]): Partial<PairsSoFar> => ({
  effects: decode.map((effect, index) => pair({ decode_tok_s: effect, ttft_ms: ttft[index] ?? null })),
});
const guarded = { of: { tolerances: { ttft_ms: 0.05 } } };
const sameOutputs: { of: Partial<Rule> } = { of: { outputs: 'same' } };
const changed = { answers: [{ query: 'q', baseline: ['a'], candidate: ['b'] }] };
const failing = failures({}, { failed: 1, launchesByQuery: { q1: 1 } });

type Over = Parameters<typeof judge>[1];
const cases: [what: string, effects: number[], over: Over, reason: string, status: string | null][] = [
  ['no pair yet', [], {}, '', null],
  ['no pair, and no time', [], spent, 'inconclusive', 'discard'],
  ['one pair without a calibration', [0.5], {}, '', null],
  ['a gain', about(0.05), {}, 'better', 'keep'],
  ['three clear pairs without a calibration', about(0.05, 3), {}, '', null],
  ['three clear pairs with one', about(0.05, 3), { calibrations: calibrated }, 'better', 'keep'],
  ['two clear pairs with one', about(0.05, 2), { calibrations: calibrated }, '', null],
  ['two pairs that surely gain what hardly matters', [0.006, 0.006], { calibrations: tight }, '', null],
  ['a third one like them', [0.006, 0.006, 0.006], { calibrations: tight }, 'better', 'keep'],
  ['a gain below the smallest that matters', about(0.0085), {}, 'better', 'keep'],
  ['a gain that pays two added knobs', about(0.05), added(2), 'better', 'keep'],
  ['a gain that pays one added knob, but not four', about(0.018), added(4), '', null],
  ['the same when spent', about(0.018), { ...added(4), ...spent }, 'inconclusive', 'discard'],
  ['a small gain for an added knob', about(0.0018), added(1), 'equivalent', 'discard'],
  ['nothing', about(0), {}, 'equivalent', 'discard'],
  ['nothing, with a knob fewer', about(0.004), added(-1), 'simpler', 'keep'],
  ['a small loss, with four knobs fewer', about(-0.01), added(-4), 'simpler', 'keep'],
  ['a gain, with a knob fewer', about(0.05), added(-1), 'better', 'keep'],
  ['nothing, with a knob fewer, not sure yet', about(0), added(-1), '', null],
  [
    'the same when spent: not simpler for want of proof',
    about(0),
    { ...added(-1), ...spent },
    'equivalent',
    'discard',
  ],
  ['a loss', about(-0.05), {}, 'worse', 'discard'],
  [
    'a loss with an added knob: worse than 0, not than the rent',
    about(-0.005),
    added(1),
    'equivalent',
    'discard',
  ],
  ['a loss within what fewer knobs may cost, for too wide', about(-0.015), added(-4), '', null],
  ['a loss beyond what fewer knobs may cost', about(-0.05), added(-4), 'worse', 'discard'],
  ['a spread that says nothing', [0.05, -0.05, 0.06, -0.04], {}, '', null],
  ['the same when spent', [0.05, -0.05, 0.06, -0.04], spent, 'inconclusive', 'discard'],
  ['a gain when spent', about(0.05), spent, 'better', 'keep'],
  [
    'a bad first pair under a calibration of few pairs',
    [-0.05],
    { calibrations: { decode_tok_s: { variance: 0.003 ** 2, degrees: 3 } } },
    '',
    null,
  ],
  ['a hopeless first pair', [-0.02], { calibrations: calibrated }, 'worse:early', 'discard'],
  ['a hopeless first pair without a calibration', [-0.5], {}, '', null],
  ['a first pair at -(1 % + 2 sd), just not hopeless', [-0.0119], { calibrations: calibrated }, '', null],
  ['a hopeless second pair', [0.0005, -0.02], { calibrations: calibrated }, '', null],
  [
    'a first pair that four knobs fewer may cost',
    [-0.02],
    { calibrations: calibrated, ...added(-4) },
    '',
    null,
  ],
  [
    'a first pair beyond even that',
    [-0.04],
    { calibrations: calibrated, ...added(-4) },
    'worse:early',
    'discard',
  ],
  ['a failure, for all its gain', about(0.05), { failures: failing }, 'guard:errors', 'discard'],
  ['a failure of nothing measured', [], { failures: failing }, 'guard:errors', 'discard'],
  [
    'a baseline that fails too',
    about(0.05),
    { failures: failures({ failed: 21 }, { failed: 30, launchesByQuery: { q1: 1 } }) },
    'invalid:errors',
    'discard',
  ],
  [
    'a gain that costs too much latency',
    about(0.05),
    { ...guarded, ...withTtft(about(0.05), about(-0.1)) },
    'guard:ttft_ms',
    'discard',
  ],
  [
    'a loss that costs too much latency',
    about(-0.05),
    { ...guarded, ...withTtft(about(-0.05), about(-0.1)) },
    'guard:ttft_ms',
    'discard',
  ],
  [
    'a gain whose latency holds',
    about(0.05),
    { ...guarded, ...withTtft(about(0.05), about(-0.03)) },
    'better',
    'keep',
  ],
  [
    'a gain whose latency is not known well enough',
    about(0.05),
    { ...guarded, ...withTtft(about(0.05), [0.05, -0.1, 0.06, -0.2]) },
    '',
    null,
  ],
  [
    'the same when spent',
    about(0.05),
    { ...guarded, ...withTtft(about(0.05), [0.05, -0.1, 0.06, -0.2]), ...spent },
    'inconclusive:guard-ttft_ms',
    'discard',
  ],
  [
    'nothing, whose latency is not known: the guard is not what decides',
    about(0),
    { ...guarded, ...withTtft(about(0), [0.05, -0.1, 0.06, -0.2]) },
    'equivalent',
    'discard',
  ],
  [
    'a changed answer, when it must be the same, after one pair',
    [0.05],
    { ...sameOutputs, ...changed },
    '',
    null,
  ],
  ['the same after two', about(0.05, 2), { ...sameOutputs, ...changed }, 'guard:outputs', 'discard'],
  ['a changed answer that is only reported', about(0.05), changed, 'better', 'keep'],
  [
    'no decode rate, but a latency beyond its guard',
    [],
    { ...guarded, effects: about(-0.1).map((effect) => pair({ ttft_ms: effect })) },
    'guard:ttft_ms',
    'discard',
  ],
];

it.each(cases)('%s', (_, effects, over, reason, status) => {
  const decision = judge(effects, over);
  expect([decision.reason, decision.status]).toEqual([reason, status]);
  expect(decision.kind).toBe(reason === '' ? 'going-on' : reason.split(':')[0]);
});

const gate = (margin: number): { of: Partial<Rule> } => ({ of: { margin } });
const gateCases: [what: string, effects: number[], over: Over, reason: string, status: string | null][] = [
  ['nothing', about(0), gate(0.02), 'equivalent', 'discard'],
  ['a gain', about(0.05), gate(0.02), 'better', 'keep'],
  ['a sure loss of less than the margin', about(-0.01), gate(0.02), 'equivalent', 'discard'],
  ['a loss about the margin: surely worse', about(-0.02), gate(0.02), 'worse', 'discard'],
  ['a loss beyond the margin', about(-0.05), gate(0.02), 'worse', 'discard'],
  ['a loss that could be nothing, or beyond', [0.02, -0.05, 0.01, -0.04], gate(0.02), '', null],
  ['the same when spent', [0.02, -0.05, 0.01, -0.04], { ...gate(0.02), ...spent }, 'inconclusive', 'discard'],
  ['nothing, after too few pairs', about(0, 2), { ...gate(0.02), calibrations: calibrated }, '', null],
  [
    'a loss surely within the margin, after too few pairs to pass it',
    [-0.0101, -0.0099],
    { ...gate(0.02), calibrations: calibrated },
    '',
    null,
  ],
  [
    'the same a pair later',
    [-0.0101, -0.0099, -0.01],
    { ...gate(0.02), calibrations: calibrated },
    'equivalent',
    'discard',
  ],
  ['a first pair that is hopeless elsewhere', [-0.05], { ...gate(0.02), calibrations: calibrated }, '', null],
  [
    'nothing, and a guard that is open when spent',
    about(0),
    {
      of: { margin: 0.02, tolerances: { ttft_ms: 0.05 } },
      ...withTtft(about(0), [0.05, -0.1, 0.06, -0.2]),
      ...spent,
    },
    'inconclusive:guard-ttft_ms',
    'discard',
  ],
  ['a failure', about(0), { ...gate(0.02), failures: failing }, 'guard:errors', 'discard'],
];

it.each(gateCases)('a gate: %s', (_, effects, over, reason, status) => {
  const decision = judge(effects, over);
  expect([decision.reason, decision.status]).toEqual([reason, status]);
});

it.each([
  ['a keep, the rent', about(0.02), rentOf(1)],
  [
    'a keep that is not sure, the rent too: a gain that does not pay has proven nothing',
    about(0.004, 8),
    rentOf(1),
  ],
  ['worse, 0', about(-0.02), 0],
])('with an added knob E is against what must be beaten: for %s', (_, effects, mu0) => {
  const { eValue: e, evidence, kind } = judge(effects, added(1));
  expect(evidence && e).toBe(evidence && eValue(evidence, mu0));
  expect((e ?? 0) >= 20).toBe(kind === 'better' || kind === 'worse');
});

describe.each(expected.series)(
  '$name, look by look, against scipy',
  ({ effects, calibration, rent, looks }) => {
    it.each(looks.map((look, index) => ({ pairs: index + 1, ...look })))('after $pairs', (wanted) => {
      const evidence = weighSeries(effects.slice(0, wanted.pairs), calibration);
      expect(evidence.isCalibrated).toBe(wanted.held);
      const { lower, upper } = interval(evidence);
      if (wanted.lower === null || wanted.upper === null) {
        expect([lower, upper]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
      } else {
        expect(lower).toBeCloseTo(wanted.lower, 8);
        expect(upper).toBeCloseTo(wanted.upper, 8);
      }
      for (const [index, mu0] of [0, rent].entries()) {
        const e = wanted.e?.[index] ?? 1;
        expect(eValue(evidence, mu0) / e).toBeCloseTo(1, 6);
      }
    });
  },
);

it('a calibration that the pairs outgrew stays dropped, however quiet they are after it', () => {
  const [series] = expected.series.filter(({ name }) => name.startsWith('outgrown'));
  const held = series?.looks.map((look) => look.held) ?? [];
  expect(held).toEqual([true, false, false, false, false, false]);
  const known = { decode_tok_s: series?.calibration ?? null };
  const decision = judge(series?.effects ?? [], { calibrations: known });
  expect(decision.evidence?.isCalibrated).toBe(false);
});

const effect = fc.double({ min: -0.2, max: 0.2, noNaN: true });
const effects = fc.array(effect, { minLength: 1, maxLength: 10 });
const known = fc.option(
  fc.record({
    variance: fc.double({ min: 1e-6, max: 0.01, noNaN: true }),
    degrees: fc.integer({ min: 2, max: 20 }),
  }),
);
const deviations = fc.integer({ min: -4, max: 4 });
const anything = { effects, known, deviations, isSpent: fc.boolean() };
type Any = {
  effects: number[];
  known: { variance: number; degrees: number } | null;
  deviations: number;
  isSpent: boolean;
};
const decideAny = ({ effects: some, known: calibration, deviations: addedDeviations, isSpent }: Any) =>
  judge(some, { isSpent, calibrations: { decode_tok_s: calibration }, of: { addedDeviations } });
const rank = { worse: 0, equivalent: 1, simpler: 2, better: 3 } as const;

describe('whatever the pairs say', () => {
  it('a keep has a lower bound beyond the rent, E of 20, and pairs enough', () => {
    fc.assert(
      fc.property(fc.record(anything), (any) => {
        const { status, bounds, eValue: e, evidence } = decideAny(any);
        if (status !== 'keep') return;
        expect(bounds.lower).toBeGreaterThan(rentOf(any.deviations));
        expect(e).toBeGreaterThanOrEqual(20 - 1e-9);
        expect(evidence?.pairs).toBeGreaterThanOrEqual(evidence?.isCalibrated ? 3 : 4);
      }),
      { numRuns: 2000 },
    );
  });

  it('a verdict is not taken back by being spent, and what is spent has one', () => {
    fc.assert(
      fc.property(fc.record(anything), (any) => {
        const open = decideAny({ ...any, isSpent: false });
        const ended = decideAny({ ...any, isSpent: true });
        expect(ended.kind).not.toBe('going-on');
        if (open.kind !== 'going-on') expect(ended.reason).toBe(open.reason);
      }),
    );
  });

  it('better turned round is worse, from pairs enough and without rent', () => {
    fc.assert(
      fc.property(fc.array(effect, { minLength: 4, maxLength: 10 }), known, (some, calibration) => {
        const any = { known: calibration, deviations: 0, isSpent: true };
        const straight = decideAny({ ...any, effects: some });
        const turned = decideAny({ ...any, effects: some.map((one) => -one) });
        expect(turned.kind === 'worse').toBe(straight.kind === 'better');
        expect(turned.bounds.lower).toBeCloseTo(-straight.bounds.upper, 10);
      }),
    );
  });

  it('a shift of all pairs upwards never makes a verdict of the spent worse', () => {
    fc.assert(
      fc.property(fc.record(anything), fc.double({ min: 0, max: 0.2, noNaN: true }), (any, shift) => {
        const isOpen = (kind: string) => kind === 'inconclusive';
        const before = decideAny({ ...any, isSpent: true });
        const after = decideAny({ ...any, isSpent: true, effects: any.effects.map((one) => one + shift) });
        if (before.status === 'keep') expect(after.status).toBe('keep');
        if (after.kind === 'worse') expect(before.kind).toBe('worse');
        fc.pre(!isOpen(before.kind) && !isOpen(after.kind));
        expect(rank[after.kind as keyof typeof rank]).toBeGreaterThanOrEqual(
          rank[before.kind as keyof typeof rank],
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('effects and noise in another unit give the same E, and an interval in that unit', () => {
    fc.assert(
      fc.property(
        effects,
        known,
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (some, calibration, scale) => {
          const scaled = calibration && { ...calibration, variance: calibration.variance * scale ** 2 };
          const one = weighSeries(some, calibration);
          const other = weighSeries(
            some.map((value) => value * scale),
            scaled,
          );
          fc.pre((one.sd ?? 0) > 1e-6 && one.isCalibrated === other.isCalibrated);
          expect(eValue(other, 0) / eValue(one, 0)).toBeCloseTo(1, 6);
          const { upper } = interval(one);
          if (Number.isFinite(upper)) expect(interval(other).upper / scale).toBeCloseTo(upper, 8);
        },
      ),
    );
  });

  it('a latency is judged by its own calibration, not by that of the metric', () => {
    const of = { tolerances: { ttft_ms: 0.05 } };
    const both = withTtft(about(0.05, 3), [-0.1, -0.11, -0.12]);
    const own = { ttft_ms: { variance: 0.01 ** 2, degrees: 7 } };
    const reason = (calibrations: Calibrations) => judge([], { of, ...both, calibrations }).reason;
    expect(reason({ ...calibrated, ...own })).toBe('guard:ttft_ms');
    expect(reason(calibrated)).toBe('');
  });

  it('a pair without a value of the metric is no pair of it', () => {
    const { effects: some } = seen(about(0.05, 3));
    const decision = judge([], { effects: [...some, pair({ ttft_ms: 0.1 })], isSpent: true });
    expect(decision.evidence?.pairs).toBe(3);
    expect(decision.reason).toBe('inconclusive');
  });
});

it.each([
  [0, 0],
  [1, 0.005],
  [3, 0.015],
])('%i added deviations cost a share of %f, and fewer may cost as much', (count, share) => {
  expect(rentOf(count)).toBeCloseTo(Math.log(1 + share), 15);
  expect(rentOf(-count)).toBeCloseTo(-Math.log(1 + share), 15);
});
