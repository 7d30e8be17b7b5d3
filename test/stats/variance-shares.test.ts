import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Launches, varianceShares } from '../../src/stats/variance-shares.ts';
import expected from '../fixtures/stats/variance-shares/expected.json' with { type: 'json' };

function near(actual: number | null, wanted: number | null, scale: number): void {
  if (actual === null || wanted === null) expect(actual).toBe(wanted);
  else expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-8 * scale);
}

it.each(expected.cases)('$name: components and shares are those of numpy', (wanted) => {
  const found = varianceShares(wanted.values);
  for (const source of ['launch', 'round', 'query'] as const) {
    near(found.components[source], wanted.components[source], wanted.components.query);
    near(found[source], wanted.shares[source], 1);
  }
  near(found.variance, wanted.variance, wanted.variance);
});

const y = fc.double({ min: -1, max: 1, noNaN: true });
const sizes = fc.record({
  launches: fc.integer({ min: 2, max: 5 }),
  rounds: fc.integer({ min: 2, max: 3 }),
  queries: fc.integer({ min: 2, max: 5 }),
});
const whole = sizes.chain(({ launches, rounds, queries }) => cube(y, launches, rounds, queries));
const ragged = sizes.chain(({ launches, rounds, queries }) =>
  cube(fc.option(y, { freq: 6 }), launches, rounds, queries),
);

function cube<T>(one: fc.Arbitrary<T>, launches: number, rounds: number, queries: number) {
  const exactly = <U>(arbitrary: fc.Arbitrary<U>, length: number) =>
    fc.array(arbitrary, { minLength: length, maxLength: length });
  return exactly(exactly(exactly(one, queries), rounds), launches);
}

function mapped(launches: Launches, change: (y: number, query: number) => number): Launches {
  return launches.map((rounds) =>
    rounds.map((round) => round.map((value, query) => (value === null ? null : change(value, query)))),
  );
}

describe('variance shares', () => {
  it('lie between 0 and 1 and add up to 1', () => {
    fc.assert(
      fc.property(ragged, (launches) => {
        const { launch, round, query, variance, components } = varianceShares(launches);
        for (const component of Object.values(components)) expect(component ?? 0).toBeGreaterThanOrEqual(0);
        fc.pre((variance ?? 0) > 1e-9);
        expect((launch ?? 0) + (round ?? 0) + (query ?? 0)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('do not see what a query adds in every launch, nor the unit', () => {
    fc.assert(
      fc.property(ragged, fc.array(y, { minLength: 5, maxLength: 5 }), (launches, added) => {
        const before = varianceShares(launches);
        const after = varianceShares(mapped(launches, (value, query) => 3 * value + (added[query] ?? 0)));
        for (const source of ['launch', 'round', 'query'] as const) {
          const [one, other] = [before.components[source], after.components[source]];
          if (one === null || other === null) expect(other).toBe(one);
          else expect(other).toBeCloseTo(9 * one, 8);
        }
      }),
    );
  });

  it('do not depend on the order of launches, rounds and queries', () => {
    fc.assert(
      fc.property(ragged, (launches) => {
        const turned = launches
          .map((rounds) => rounds.map((round) => [...round].reverse()).reverse())
          .reverse();
        const [one, other] = [varianceShares(launches).components, varianceShares(turned).components];
        for (const source of ['launch', 'round', 'query'] as const) {
          if (one[source] === null) expect(other[source]).toBeNull();
          else expect(other[source]).toBeCloseTo(one[source], 8);
        }
      }),
    );
  });

  it('put a difference between launches alone to the launches', () => {
    fc.assert(
      fc.property(whole, fc.double({ min: 50, max: 90, noNaN: true }), (launches, far) => {
        const apart = launches.map((rounds, launch) => mapped([rounds], (value) => value + launch * far)[0]);
        expect(varianceShares(apart as Launches).launch).toBeGreaterThan(0.99);
      }),
    );
  });

  it('take what is left out at the end of a round for missing', () => {
    const full = [
      [
        [1, 2, 3],
        [2, 2, 5],
      ],
      [
        [4, 1, null],
        [3, 2, null],
      ],
      [[2, 2, 4], []],
    ];
    const short = full.map((rounds) =>
      rounds.map((round) => round.filter((value) => value !== null)).filter((round) => round.length > 0),
    );
    expect(varianceShares(short)).toEqual(varianceShares(full));
  });

  it('say what cannot be told apart', () => {
    const one = varianceShares([[[1, 2, 4]], [[2, 3, 4.5]]]);
    expect([one.round, one.components.round]).toEqual([null, null]);
    expect((one.launch ?? 0) + (one.query ?? 0)).toBeCloseTo(1, 12);
    const query = varianceShares([
      [[1], [2]],
      [[4], [6]],
    ]);
    expect([query.query, query.components.query]).toEqual([null, null]);
    expect(query.components.round).toBeCloseTo(1.25, 12);
    const launch = varianceShares([
      [
        [1, 2],
        [2, 5],
      ],
    ]);
    expect([launch.launch, launch.round, launch.query, launch.variance]).toEqual([null, null, null, null]);
    expect(launch.components.round).not.toBeNull();
    const nothing = { launch: null, round: null, query: null };
    expect(varianceShares([])).toEqual({ ...nothing, components: nothing, variance: null });
    const equal = varianceShares([[[1, 2]], [[1, 2]]]);
    expect([equal.launch, equal.query, equal.variance]).toEqual([null, null, 0]);
    const disjoint = varianceShares([[[1, null]], [[null, 2]]]);
    expect(disjoint.components).toEqual(nothing);
  });
});
