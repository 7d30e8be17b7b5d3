import { describe, expect, it } from 'vitest';
import {
  type LaunchConditions,
  type MachineMoment,
  movedBetween,
  pairInvalidity,
} from '../../src/verdict/moved.ts';

const facts = { 'cpuPolicy.governor': 'performance', 'gpus.0.uuid': 'GPU-1' };

/** The machine so many ms after it was looked at first. */
function at(ms: number, over: Partial<MachineMoment> = {}): MachineMoment {
  return { wallMs: 1e12 + ms, monotonicMs: 5000 + ms, bootMs: 9000 + ms, facts, ...over };
}

const minute = 60_000;
const baseline: LaunchConditions = {
  arm: 'baseline',
  before: at(0),
  after: at(minute),
  foreignPercent: 1,
  slowedMs: {},
  measuredMs: 50_000,
  invalid: [],
  hasCompiled: false,
};
const candidate: LaunchConditions = {
  ...baseline,
  arm: 'candidate',
  before: at(minute),
  after: at(2 * minute),
};

function why(one: Partial<LaunchConditions>, other: Partial<LaunchConditions> = {}, foreign = 5) {
  return pairInvalidity(
    [
      { ...baseline, ...one },
      { ...candidate, ...other },
    ],
    foreign,
  );
}

describe('a machine that moved', () => {
  const wall = (ms: number, by: number) => at(ms, { wallMs: 1e12 + ms + by });
  const { 'gpus.0.uuid': _, ...gpuGone } = facts;
  type Case = [what: string, after: MachineMoment, code: string | null, text: RegExp];
  it.each<Case>([
    ['did not', at(minute), null, /^$/],
    [
      'slept for 30 s',
      at(minute, { wallMs: 1e12 + minute + 30_000, bootMs: 9000 + minute + 30_000 }),
      'suspended',
      /30\.0 s/,
    ],
    ['slept for 0.5 s at most', at(minute, { bootMs: 9000 + minute + 500 }), null, /^$/],
    ['had its clock set forwards', wall(minute, 3600_000), 'clock-stepped', /by 3600\.0 s/],
    ['had its clock set backwards', wall(minute, -2000), 'clock-stepped', /by -2\.0 s/],
    ['had its clock steered', wall(minute, 499), null, /^$/],
    ['had its clock steered backwards', wall(minute, -499), null, /^$/],
    ['had its clock steered by 0.05 % for an hour', wall(60 * minute, 1800), null, /^$/],
    [
      'had its clock set by more than steering does in an hour',
      wall(60 * minute, 3700),
      'clock-stepped',
      /3\.7 s/,
    ],
    [
      'was started again',
      { wallMs: 1e12 + minute, monotonicMs: 10, bootMs: 10, facts },
      'clock-stepped',
      /set/,
    ],
    [
      'has another governor',
      at(minute, { facts: { ...facts, 'cpuPolicy.governor': 'powersave' } }),
      'machine-changed',
      /cpuPolicy\.governor performance -> powersave/,
    ],
    ['lost its GPU', at(minute, { facts: gpuGone }), 'machine-changed', /gpus\.0\.uuid GPU-1 -> none/],
    [
      'has one GPU more',
      at(minute, { facts: { ...facts, 'gpus.1.uuid': 'GPU-2' } }),
      'machine-changed',
      /none -> GPU-2/,
    ],
    [
      'slept and has another governor: the sleep is told',
      at(minute, { bootMs: 9000 + minute + 30_000, facts: {} }),
      'suspended',
      /suspended/,
    ],
  ])('%s', (_what, after, code, text) => {
    const found = movedBetween(at(0), after);
    expect(found?.code ?? null).toBe(code);
    expect(found?.text ?? '').toMatch(text);
  });

  it('between the launches, not only while one is measured', () => {
    const later = {
      before: at(minute, { bootMs: 99_000 + minute }),
      after: at(2 * minute, { bootMs: 99_000 + 2 * minute }),
    };
    expect(why({}, later)?.code).toBe('suspended');
  });
});

describe('two launches', () => {
  type Case = [
    what: string,
    one: Partial<LaunchConditions>,
    other: Partial<LaunchConditions>,
    code: string | null,
  ];
  const slowed = (reason: string, ms: number): Partial<LaunchConditions> => ({ slowedMs: { [reason]: ms } });
  it.each<Case>([
    ['of a still machine', {}, {}, null],
    ['of which one is void', {}, { invalid: ['client-late'] }, 'client-late'],
    ['of which one met a warm cache', { invalid: ['cache-reused'] }, {}, 'cache-reused'],
    ['of which one compiled', { hasCompiled: true }, {}, 'compiling'],
    ['of which one was too hot', slowed('hw_thermal_slowdown', 3), {}, 'throttled'],
    [
      'of which both were too hot',
      slowed('sw_thermal_slowdown', 3),
      slowed('sw_thermal_slowdown', 3),
      'throttled',
    ],
    ['of which one was slowed for an unknown time', {}, slowed('hw_slowdown', Number.NaN), 'throttled'],
    ['capped alike', slowed('sw_power_cap', 40_000), slowed('sw_power_cap', 39_000), null],
    ['capped, one a tenth more', slowed('sw_power_cap', 45_000), slowed('sw_power_cap', 40_000), null],
    [
      'capped, one more than that',
      slowed('sw_power_cap', 45_001),
      slowed('sw_power_cap', 40_000),
      'power-cap',
    ],
    [
      'capped, both for an unknown time',
      slowed('sw_power_cap', Number.NaN),
      slowed('sw_power_capping', Number.NaN),
      null,
    ],
    ['capped, one for an unknown time', slowed('sw_power_cap', Number.NaN), {}, 'power-cap'],
    ['capped, one, in no measured time', { ...slowed('sync_boost', 5), measuredMs: 0 }, {}, 'power-cap'],
    ['beside others that take as much', { foreignPercent: 50 }, { foreignPercent: 46 }, null],
    ['beside others that take 5 points more', { foreignPercent: 6 }, { foreignPercent: 1 }, null],
    ['beside others that take more than that', { foreignPercent: 1 }, { foreignPercent: 6.1 }, 'load'],
    ['beside others that nobody counted', { foreignPercent: null }, { foreignPercent: 90 }, null],
  ])('%s', (_what, one, other, code) => {
    expect(why(one, other)?.code ?? null).toBe(code);
  });

  it('name the arm', () => {
    const cap = slowed('sw_power_cap', 20_000);
    expect([why(cap)?.text, why({}, cap)?.text]).toEqual([
      'A power cap held the baseline back more than the other arm.',
      'A power cap held the candidate back more than the other arm.',
    ]);
    expect(why({}, { foreignPercent: 44.5 })?.text).toBe(
      "Other processes had 1 % beside the baseline, 44.5 % beside the candidate of the processors' time.",
    );
  });

  it('tell the first cause: the machine, then an arm, then what differs between them', () => {
    const causes: [string, Partial<LaunchConditions>][] = [
      ['load', { foreignPercent: 80 }],
      ['power-cap', { slowedMs: { sw_power_cap: 50_000 } }],
      ['compiling', { hasCompiled: true }],
      ['throttled', { slowedMs: { sw_power_cap: 50_000, hw_slowdown: 1 } }],
      ['cache-reused', { invalid: ['cache-reused'] }],
      ['machine-changed', { after: at(2 * minute, { facts: {} }) }],
    ];
    let all: Partial<LaunchConditions> = {};
    for (const [code, cause] of causes) {
      all = { ...all, ...cause };
      expect(why({}, all)?.code).toBe(code);
    }
  });

  it('are told by the arm that ran first when both are void', () => {
    expect(why({ invalid: ['a', 'b'] }, { invalid: ['c'] })).toEqual({
      code: 'a',
      text: "The baseline's numbers are void: a, b.",
    });
  });
});
