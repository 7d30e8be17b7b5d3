import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SweepPlan } from '../src/sweep-plan.ts';
import { resultOf } from '../src/sweep-result.ts';
import type { SweepState } from '../src/sweep-state.ts';

const arms = ['a', 'b'].map((label) => ({
  ...{ label, engine: 'custom', config: `configs/${label}.yaml`, model: null, knob: null },
}));
const contexts = ['1k', '2k'];
const results = mkdtempSync(join(tmpdir(), 'bench-sweep-'));

const plan = {
  ...{ arms, contexts, launches: 1, place: { ledger: { results } } },
  recall: {
    task: 'qa1',
    n: 1,
    seed: 0,
    scorer: 'strict',
    thinking: 'off',
    set: { source: 's', deviations: [] },
  },
} as unknown as SweepPlan;

const cells = arms.flatMap(({ label, config }) =>
  contexts.map((context) => ({
    ...{ arm: label, config, context, begunAt: null, runId: null, state: 'waiting' as const, why: null },
  })),
);

describe('resultOf', () => {
  it('has cells and differences in the order of the table, whatever order they were measured in', () => {
    const state = (order: readonly number[]) =>
      ({ id: 'x', startedAt: 't', cells: order.map((at) => cells[at]) }) as unknown as SweepState;
    const [one, other] = [resultOf(plan, state([0, 1, 2, 3])), resultOf(plan, state([3, 0, 2, 1]))];
    expect(other).toEqual(one);
    expect(one.cells.map(({ arm, context }) => `${arm} ${context}`)).toEqual([
      'a 1k',
      'a 2k',
      'b 1k',
      'b 2k',
    ]);
  });

  it('a cell whose record cannot be read has no numbers', () => {
    writeFileSync(join(results, 'broken.json'), '{');
    const broken = cells.map((cell) => ({ ...cell, state: 'done' as const, runId: 'broken' }));
    const result = resultOf(plan, { id: 'x', startedAt: 't', cells: broken } as unknown as SweepState);
    expect(result.cells.every(({ recall, row }) => recall === null && row === null)).toBe(true);
    expect(result.recallDifferences).toEqual([]);
  });
});
