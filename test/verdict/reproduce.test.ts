import { describe, expect, it } from 'vitest';
import { weigh } from '../../src/verdict/evidence.ts';
import { asPct, floorOf, ownFloor } from '../../src/verdict/floor.ts';
import { reproduces } from '../../src/verdict/reproduce.ts';
import expected from '../fixtures/verdict/expected.json' with { type: 'json' };

describe.each(expected.repeats)("$name, against scipy's t test", ({ then, today, effect, noise, p }) => {
  it.each([1, -1] as const)('where more is better by %i', (sign) => {
    const found = reproduces(then, today, sign, null);
    expect(found.effect).toBeCloseTo(sign * effect, 12);
    expect(found.noise).toBeCloseTo(noise, 9);
    // Where noise alone makes more than a quarter, launches that agree show nothing.
    const same = noise > Math.log(1.25) ? 'unknown' : 'reproduced';
    expect(found.outcome).toBe(p > 0.05 ? same : 'not reproduced');
  });
});

describe('a number measured again', () => {
  const calibration = { variance: 2 * 0.01 ** 2, degrees: 7 };

  it.each<[string, number[], number[], typeof calibration | null, string]>([
    ['one launch and one tell nothing', [90], [80], null, 'unknown'],
    ['one and two have a degree too few', [90], [80, 81], null, 'unknown'],
    ['a calibration tells even one and one: within 3.3 %', [90], [92.9], calibration, 'reproduced'],
    ['and beyond', [90], [93.2], calibration, 'not reproduced'],
    ['two equal sets', [90, 90], [90, 90], null, 'reproduced'],
    ['launches without spread that differ', [90, 90], [91, 91], null, 'not reproduced'],
  ])('%s', (_, then, today, known, outcome) => {
    expect(reproduces(then, today, 1, known).outcome).toBe(outcome);
  });

  it('needs less difference the more launches there are', () => {
    const noise = (count: number) => reproduces([90], Array(count).fill(90), 1, calibration).noise ?? 0;
    // t_0.975(7) = 2.364624251
    expect(noise(1)).toBeCloseTo(2.364624251 * 0.01 * Math.SQRT2, 10);
    expect(noise(4) / noise(1)).toBeCloseTo(Math.sqrt(1.25 / 2), 12);
  });
});

it('the floor is t_0.975 times the sd, and unknown where the spread is', () => {
  expect(floorOf(0.01, 3)).toBeCloseTo(0.03182446305, 10);
  expect(ownFloor(weigh([0.1], null))).toBeNull();
  expect(ownFloor(weigh([0.01, 0.03], null))).toBeCloseTo(12.7062047364 * 0.0141421356, 8);
  expect(asPct(Math.log(1.041))).toBeCloseTo(4.1, 12);
});
