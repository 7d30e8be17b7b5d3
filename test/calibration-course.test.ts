import { describe, expect, it } from 'vitest';
import { type Course, driftOf, launchValue, sharesOf, warmUpOf } from '../src/calibration-course.ts';
import type { KeptLaunch } from '../src/pair-arms.ts';
import { type Asked, launched } from './pairs.ts';

const hour = 3_600_000;

/** A launch so many hours after the first. */
function launchAt(hours: number, asked: readonly Asked[]): KeptLaunch {
  const launch = launched('baseline', asked);
  const conditions = launch.conditions as NonNullable<KeptLaunch['conditions']>;
  return {
    ...launch,
    conditions: { ...conditions, before: { ...conditions.before, monotonicMs: hours * hour } },
  };
}

const course = (launches: readonly KeptLaunch[], over: Partial<Course> = {}): Course => ({
  metric: 'decode_tok_s',
  isSpeculative: false,
  launches,
  ...over,
});
const constant = (decodeTokS: number, rounds = 2): Asked[] =>
  ['a', 'b', 'c'].flatMap((query) =>
    Array.from({ length: rounds }, (_, index) => ({ query, decodeTokS, round: index + 1 })),
  );
const growing = [0, 1, 2, 3].map((index) => launchAt(index / 2, constant(100 * 1.01 ** index)));

describe('the value of a launch', () => {
  it('is its metric, without what failed, and null where there is none', () => {
    const launch = launchAt(0, [...constant(100), { query: 'd', decodeTokS: 1, outcome: 'truncated' }]);
    expect(launchValue(course([launch]), launch)).toBe(100);
    const none = launchAt(0, [{ query: 'a', decodeTokS: null }]);
    expect(launchValue(course([none]), none)).toBeNull();
  });
});

describe('drift', () => {
  it('is the change over the session and by the hour, in %', () => {
    const drift = driftOf(course(growing));
    expect(drift?.changePct).toBeCloseTo(100 * (1.01 ** 3 - 1), 8);
    expect(drift?.perHourPct).toBeCloseTo(100 * (1.01 ** 2 - 1), 8);
    expect(drift?.p).toBeLessThan(0.1);
  });

  it.each<[string, KeptLaunch[]]>([
    ['one launch', growing.slice(0, 1)],
    ['no launch', []],
    ['launches that never vary', [0, 1, 2].map((index) => launchAt(index, constant(100)))],
    [
      'launches without a value',
      [0, 1, 2].map((index) => launchAt(index, [{ query: 'a', decodeTokS: null }])),
    ],
  ])('of %s is not known', (_, launches) => {
    expect(driftOf(course(launches))).toBeNull();
  });
});

describe('shares of the noise', () => {
  it('are the launches alone where nothing else varies', () => {
    const shares = sharesOf(course(growing));
    expect(shares?.launch).toBeCloseTo(1, 9);
    expect(shares?.round).toBeCloseTo(0, 9);
    expect(shares?.query).toBeCloseTo(0, 9);
  });

  it('cannot tell rounds from launches where there is one round', () => {
    const launches = growing.map((_, index) => launchAt(index, constant(100 + index, 1)));
    expect(sharesOf(course(launches))).toMatchObject({ round: null });
  });

  it('are not known of one launch', () => {
    expect(sharesOf(course(growing.slice(0, 1)))).toBeNull();
  });

  it('go on where a query failed in one launch', () => {
    const [first, ...rest] = growing as [KeptLaunch, ...KeptLaunch[]];
    const short = { ...first, requests: first.requests.filter(({ trace }) => trace.query !== 'b') };
    expect(sharesOf(course([short, ...rest]))?.launch).toBeCloseTo(1, 6);
  });
});

describe('courses of the launches', () => {
  const series = (rates: readonly number[]) =>
    launchAt(
      0,
      rates.map((decodeTokS, index) => ({ query: `q${index}`, decodeTokS })),
    );
  const flat = Array.from({ length: 40 }, (_, index) => 100 + (index % 2) / 10);

  it('are counted by word, each query measured by what is typical of it', () => {
    const uneven = flat.map((rate, index) => rate * (1 + (index % 5)));
    const late = uneven.map((rate, index) => (index < 12 ? rate * 0.5 : rate));
    const launches = [series(uneven), series(uneven), series(late)];
    expect(warmUpOf(course(launches))).toEqual({ flat: 2, 'warm-up': 1 });
  });

  it('are not told of too few requests', () => {
    expect(warmUpOf(course([series(flat.slice(0, 9))]))).toEqual({});
  });
});
