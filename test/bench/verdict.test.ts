import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bench, fixedT, looksT, mannWhitney } from '../../bench/verdict/campaign.ts';
import { chart } from '../../bench/verdict/chart.ts';
import { effectOf, type Outcome, simulate, simulateMde } from '../../bench/verdict/simulate.ts';
import { keepTables, mdeTable, worseTable } from '../../bench/verdict/tables.ts';
import { fQuantile } from '../../src/stats/f-quantile.ts';

const calibration = { variance: 0.01 ** 2, degrees: 7 };
const zeros = Array(8).fill(0);
const about = (center: number): number[] => zeros.map((_, index) => center + 0.003 * Math.sin(3 * index));
const rules = [
  ['calibrated', bench({ isCalibrated: true })],
  ['not calibrated', bench({ isCalibrated: false })],
  ['t', fixedT],
  ['Mann-Whitney', mannWhitney],
  ['looked at', looksT],
  ['never early', bench({ isCalibrated: true, givesUpEarly: false })],
] as const;

describe('rules', () => {
  it.each(rules)('%s: a clear gain is better, a clear loss not, and noise is open', (_, rule) => {
    const noise = zeros.map((_, index) => 0.03 * (-1) ** index);
    expect(rule(zeros, about(0.1), calibration).verdict).toBe('better');
    expect(['worse', 'equivalent']).toContain(rule(zeros, about(-0.1), calibration).verdict);
    expect(rule(zeros, noise, calibration)).toEqual({ verdict: 'open', pairs: 8 });
  });

  it("bench's waits for 3 pairs with a calibration, 4 without", () => {
    expect(bench({ isCalibrated: true })(zeros, about(0.1), calibration).pairs).toBe(3);
    expect(bench({ isCalibrated: false })(zeros, about(0.1), calibration).pairs).toBe(4);
  });

  it("bench's sees what is not worth it", () => {
    const same = bench({ isCalibrated: true })(zeros, about(0), { variance: 1e-6, degrees: 7 });
    expect(same.verdict).toBe('equivalent');
  });

  it("bench's gives up after one pair below -(1 % + t SD) only, where it may", () => {
    const limit = -(Math.log(1.01) + 0.01 * Math.sqrt(fQuantile(1 - 2 * 3.17e-5, 1, calibration.degrees)));
    const first = (effect: number): number[] => [effect, ...about(0).slice(1)];
    const early = bench({ isCalibrated: true });
    expect(early(zeros, first(limit - 1e-9), calibration)).toEqual({ verdict: 'worse', pairs: 1 });
    expect(early(zeros, first(limit + 1e-9), calibration).pairs).toBeGreaterThan(1);
    const never = bench({ isCalibrated: true, givesUpEarly: false });
    expect(never(zeros, first(limit - 1e-9), calibration).pairs).toBeGreaterThan(1);
  });
});

describe('what is simulated', () => {
  const world = { launchSd: 0.012, growth: 1, effect: 0 };

  it('is the same each time, and counts what rules say of it', () => {
    const once = simulate(world, rules, 200);
    expect(simulate(world, rules, 200)).toEqual(once);
    const moved = simulate({ ...world, effect: effectOf(0.012, 4) }, rules, 200);
    for (const { better, worse } of moved) expect([better > 0.95, worse]).toEqual([true, 0]);
    expect(moved.map(({ effect }) => effect)).toEqual(rules.map(() => 4));
    expect(moved[2]?.meanLaunches).toBe(16);
  });

  it('has power at the MDE, also where noise is far below what is worth it', () => {
    for (const launchSd of [0.001, 0.003]) {
      expect(simulateMde(launchSd, 8, true, 300).better).toBeGreaterThan(0.74);
    }
    const { better, meanMdePct, meanLaunches } = simulateMde(0.012, 6, true, 500);
    expect(better).toBeGreaterThan(0.74);
    expect(better).toBeLessThan(0.87);
    expect(meanMdePct).toBeGreaterThan(3);
    expect(meanLaunches).toBeLessThan(12);
  });
});

const outcome = (rule: string, effect: number, better: number): Outcome => ({
  rule,
  launchSd: 0.012,
  growth: 1,
  effect,
  better,
  worse: 0.25,
  meanLaunches: 12.34,
});

describe('what is shown', () => {
  it('tables have a row for each rule and a column for each world', () => {
    const outcomes = [outcome('a', 0, 0.005), outcome('a', -2, 0), outcome('a', 2, 0.9)];
    expect(keepTables(outcomes)).toBe(
      [
        'Launch SD 1.2 %:\n',
        '| rule | A/A, noise x 1 | effect 2 SD |',
        '| --- | --- | --- |',
        '| a | 0.5 % (12.3) | 90 % (12.3) |',
      ].join('\n'),
    );
    expect(worseTable(outcomes, ['a'])).toBe(
      [
        '| launch SD | rule | A/A, noise x 1 | loss 2 SD |',
        '| --- | --- | --- | --- |',
        '| 1.2 % | a | 25 % (12.3) | 25 % (12.3) |',
      ].join('\n'),
    );
    const mde = {
      launchSd: 0.012,
      isCalibrated: true,
      pairs: 6,
      meanMdePct: 3.81,
      better: 0.806,
      meanLaunches: 8.8,
    };
    expect(mdeTable([mde])).toContain('| 1.2 % | bench, calibrated | 80.6 % (8.8) of 3.8 % |');
  });

  it('the chart has a line for each rule, within its frame, and a style for each line', () => {
    const outcomes = ['a', 'b'].flatMap((rule) =>
      [0, 1, 2].map((effect) => outcome(rule, effect, effect / 2)),
    );
    const lines = [...chart(outcomes).matchAll(/<polyline class="line ([^"]+)" points="([^"]+)"/g)];
    expect(lines.map(([, style]) => style)).toEqual(['a', 'a dashed']);
    expect(lines[0]?.[2]).toBe('64.0,360.0 282.0,204.0 500.0,48.0');
    expect(() => chart(['a', 'b', 'c', 'd', 'e', 'f'].map((rule) => outcome(rule, 0, 0)))).toThrow(
      RangeError,
    );
  });

  it('the committed chart is one of these, for readers in light and dark', () => {
    const svg = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'verdict.svg'), 'utf8');
    expect(svg.match(/<polyline /g)).toHaveLength(5);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'verdict.md'), 'utf8')).toContain(
      '(verdict.svg)',
    );
  });
});
