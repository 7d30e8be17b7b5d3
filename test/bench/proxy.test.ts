import { describe, expect, it } from 'vitest';
import { noErrors } from '../../bench/clock/compare.ts';
import { cellsFor } from '../../bench/clock/plan.ts';
import { type PathName, pathNames, steps } from '../../bench/proxy/plan.ts';
import type { StepResult } from '../../bench/proxy/run-step.ts';
import { ratios, summarize } from '../../bench/proxy/summarize.ts';
import { latencyTable, ratioTable } from '../../bench/proxy/table.ts';

const cells = cellsFor([1], ['burst'], true);

it('runs every path in every load and round, and lets each be first', () => {
  const plan = steps(cellsFor([1, 16], ['burst', 'staggered'], true), pathNames, 3);
  expect(
    new Set(plan.map(({ round, cell, path }) => `${round} ${cell.streams} ${cell.mode} ${path}`)).size,
  ).toBe(27);
  expect(new Set(plan.filter((_, at) => at % 3 === 0).map(({ path }) => path))).toEqual(new Set(pathNames));
});

describe('added latency', () => {
  /** Each round has its own base, as on a machine that others use. */
  const base = [10, 110, 60];
  const added: Record<PathName, number> = { direct: 0, nginx: 40, proxy: 60 };
  const results = base.flatMap((direct, round) =>
    pathNames.map((path) => result(round, path, direct + added[path])),
  );
  const lines = summarize(results, cells, pathNames);

  it('is over the direct path of the same round', () => {
    expect(
      lines.map((line) => [line.path, line.chunk.p50, line.added?.chunk.p50, line.added?.request.p99]),
    ).toEqual([
      ['direct', 60, undefined, undefined],
      ['nginx', 100, 40, 80],
      ['proxy', 120, 60, 120],
    ]);
  });

  it('is judged against nginx, at the goal itself met', () => {
    const all = ratios(lines, results);
    expect(all.map(({ what, at, added: ratio, isMet }) => [what, at, ratio, isMet])).toEqual([
      ['chunk', 'p50', 1.5, true],
      ['chunk', 'p99', 1.5, true],
      ['request', 'p50', 1.5, true],
      ['request', 'p99', 1.5, true],
    ]);
    expect(ratioTable(all)).toContain('1.50x met (1.20x; 1.13 to 1.40)');
    expect(latencyTable(lines).split('\n')).toHaveLength(5);
  });

  it('is not judged without nginx, and is noise where nginx adds nothing', () => {
    expect(ratios(summarize(results, cells, ['direct', 'proxy']), results)).toEqual([]);
    const same = results.map((each) =>
      each.path === 'nginx' ? result(each.round, 'nginx', base[each.round] ?? 0) : each,
    );
    expect(ratioTable(ratios(summarize(same, cells, pathNames), same))).toContain('noise');
  });
});

function result(round: number, path: PathName, us: number): StepResult {
  const [cell] = cells;
  if (cell === undefined) throw new Error('no load');
  const warm = { ...noErrors(), chunkUs: [us], ttftUs: [2 * us] };
  return { round, path, cell, warm, pathCpuUs: path === 'direct' ? null : 20, foreignCpuPct: 0 };
}
