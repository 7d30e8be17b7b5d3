import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SweepPlan } from '../src/sweep-plan.ts';
import {
  type CellState,
  isOpen,
  leftSweep,
  newSweep,
  type SweepState,
  saveSweep,
  sweepFolder,
} from '../src/sweep-state.ts';

const arms = ['a', 'b', 'c'].map((label) => ({
  ...{ label, engine: 'custom', config: `configs/${label}.yaml`, model: null, knob: null },
}));

function planIn(root: string, key = 'same'): SweepPlan {
  return { root, arms, contexts: ['1k', '2k'], key } as unknown as SweepPlan;
}

const folder = (): string => mkdtempSync(join(tmpdir(), 'bench-sweep-'));
const place = ({ arm, context }: CellState): string => `${arm} ${context}`;

/** Of a process that is gone: its machine has been started anew. */
const gone = { pid: 1, startTicks: '0', bootId: 'another boot', pidNamespace: null };

function ended(state: SweepState, count: number, id: string): SweepState {
  const cells = state.cells.map((cell, at) => (at < count ? { ...cell, state: 'done' as const } : cell));
  return { ...state, id, cells, process: gone };
}

describe('newSweep', () => {
  it('has every cell once, in an order that lets no arm always be first', () => {
    const plan = planIn('/nowhere');
    const listed = newSweep(plan, 'listed').cells.map(place);
    expect(listed).toEqual(['a 1k', 'b 1k', 'c 1k', 'a 2k', 'b 2k', 'c 2k']);
    const orders = Array.from({ length: 60 }, () => newSweep(plan, 'random').cells.map(place));
    for (const order of orders) expect([...order].sort()).toEqual([...listed].sort());
    expect(new Set(orders.map(([first]) => first?.[0]))).toEqual(new Set(['a', 'b', 'c']));
  });
});

describe('leftSweep', () => {
  it('is the newest that is not finished, whatever ran when it was cut off', async () => {
    const root = folder();
    const begun = newSweep(planIn(root), 'listed');
    await saveSweep(root, ended(begun, 1, '20260101T000000Z-00000000'));
    const cutOff = ended(begun, 2, '20260102T000000Z-00000000');
    const running = cutOff.cells.map((cell, at) =>
      at === 2 ? { ...cell, state: 'running' as const } : cell,
    );
    await saveSweep(root, { ...cutOff, cells: running });
    await saveSweep(root, ended(begun, 6, '20260103T000000Z-00000000'));
    const left = leftSweep(planIn(root));
    expect(left.id).toBe('20260102T000000Z-00000000');
    expect(left.cells.filter(isOpen).map(place)).toEqual(['c 1k', 'a 2k', 'b 2k', 'c 2k']);
    expect(left.process).toMatchObject({ pid: process.pid });
  });

  it('refuses another plan, one that still runs, and an empty folder', async () => {
    const root = folder();
    expect(() => leftSweep(planIn(root))).toThrow('no unfinished sweep');
    const state = newSweep(planIn(root), 'random');
    await saveSweep(root, state);
    expect(() => leftSweep(planIn(root))).toThrow(`still runs (pid ${process.pid})`);
    await saveSweep(root, { ...state, process: gone });
    expect(() => leftSweep(planIn(root, 'other'))).toThrow('is another one');
    const path = join(sweepFolder(root, state.id), 'sweep.json');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ ...state, process: gone });
  });
});
