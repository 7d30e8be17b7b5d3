import { describe, expect, it } from 'vitest';
import { rules } from '../../bench/recall-gate/rules.ts';
import { type Parent, simulate } from '../../bench/recall-gate/simulate.ts';
import { falsePass } from '../../bench/recall-gate/size.ts';
import { powerTable, worstTable } from '../../bench/recall-gate/tables.ts';
import { campaigns, isPossible } from '../../bench/recall-gate/world.ts';
import { randomStream } from '../../src/workload/random.ts';

const rule = { marginPt: 5, n: 200, batch: 50, chance: 1 / 6 };
const plan = { contexts: 3, n: 200 };
const good: Parent = ['0.9', [0.9, 0.9, 0.9, 0.9]];

describe('what is simulated', () => {
  it('loses and gains what the world says, and counts grow from look to look', () => {
    const world = { parents: [0.6], drop: 0.1, noise: 0.05, formatNoise: 0.02 };
    const looks = Array.from({ length: 200 }, (_, index) => 50 * (index + 1));
    const seen = campaigns(world, looks, randomStream('world'))();
    expect(seen.map(([one]) => one?.n)).toEqual(looks);
    const last = seen.at(-1)?.[0];
    const share = (count: number | undefined): number => (count ?? 0) / 10_000;
    expect(share(last?.lost)).toBeCloseTo(0.15, 1);
    expect(share(last?.gained)).toBeCloseTo(0.05, 1);
    expect(share(last?.parentRight)).toBeCloseTo(0.6, 1);
    expect(share((last?.parentRight ?? 0) - (last?.lost ?? 0) + (last?.gained ?? 0))).toBe(
      share(last?.childRight),
    );
    expect(isPossible(world)).toBe(true);
    expect(isPossible({ ...world, parents: [0.6, 0.98] })).toBe(false);
  });

  it('is the same each time, for every rule, and nothing where the parent cannot lose so much', () => {
    const once = simulate(plan, good, 5, 0.02, rule, 100);
    expect(simulate(plan, good, 5, 0.02, rule, 100)).toEqual(once);
    expect(once.map(({ rule: name }) => name)).toEqual(rules.map(([name]) => name));
    expect(simulate(plan, good, 5, 0.2, rule, 100)).toEqual([]);
  });

  it('bench passes what loses nothing at its first look, and fails what loses much', () => {
    const [same] = simulate(plan, good, 0, 0, rule, 100);
    expect(same).toMatchObject({ rule: 'bench', pass: 1, fail: 0, meanN: 50 });
    const [worse] = simulate(plan, good, 20, 0, rule, 100);
    expect(worse).toMatchObject({ pass: 0, fail: 1 });
  });

  it('sums what passes exactly: without noise and discordant items it is (1 - margin)^n', () => {
    expect(falsePass(59, 0.05, 0, 0.96)).toBeCloseTo(0.95 ** 59, 12);
    expect(falsePass(50, 0.05, 0, 0.96)).toBe(0);
    expect(falsePass(200, 0.05, 0.02, 0.99)).toBeLessThan(0.0125);
  });
});

it('tables have a row for each plan and a column for each rule', () => {
  const one = { ...plan, rule: 'a', parent: '0.9', dropPt: 5, noise: 0, pass: 0.012, fail: 0.5, meanN: 99.6 };
  const head = '| contexts x n | a |\n| --- | ---: |\n';
  expect(worstTable([one, { ...one, noise: 0.02, pass: 0.034 }], 'pass')).toBe(`${head}| 3 x 200 | 3.4 % |`);
  expect(powerTable([one])).toBe(`${head}| 3 x 200 | 1.2 % / 50 % (100) |`);
});
