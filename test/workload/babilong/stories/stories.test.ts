import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostLines, storyOf } from '../../../../src/workload/babilong/stories/stories.ts';
import { type RecallTask, recallTasks, taskLabels } from '../../../../src/workload/babilong/task.ts';
import { solve } from './solver.ts';

const unlimited = Number.POSITIVE_INFINITY;
const some = 2000;

describe.each(recallTasks)('stories of %s', (task) => {
  const stories = Array.from({ length: some }, (_, index) => storyOf(task, 0, index, unlimited));

  it('have the answer that a reader finds', () => {
    for (const { facts, question, target } of stories) {
      expect(solve(facts, question), [...facts, question].join('\n')).toBe(target);
    }
  });

  it('have it with any seed and limit', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(10_000), fc.integer({ min: 40, max: 300 }), (seed, index, lines) => {
        const { facts, question, target } = storyOf(task, seed, index, lines);
        expect(facts.length).toBeLessThan(lines);
        expect(solve(facts, question)).toBe(target);
      }),
      { numRuns: 200 },
    );
  });

  it('have an answer that is a label which the question does not name', () => {
    for (const { question, target } of stories) {
      expect(taskLabels[task]).toContain(target);
      expect(question).not.toContain(target);
    }
  });

  it('are not answered by a constant guess', () => {
    const counts = new Map<string, number>();
    for (const { target } of stories) counts.set(target, (counts.get(target) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([...taskLabels[task]].sort());
    expect(Math.max(...counts.values()) / some).toBeLessThan(0.22);
  });

  it('have as many supporting facts as the task says, in order', () => {
    for (const { facts, supporting } of stories) {
      expect(supporting).toHaveLength({ qa1: 1, qa2: 2, qa3: 3, qa4: 1, qa5: 1 }[task]);
      expect(supporting).toEqual([...new Set(supporting)].sort((a, b) => a - b));
      expect(supporting.every((fact) => fact >= 0 && fact < facts.length)).toBe(true);
    }
  });

  it('come out the same each time, and differ from each other', () => {
    expect(storyOf(task, 0, 7, unlimited)).toEqual(stories[7]);
    expect(storyOf(task, 1, 7, unlimited)).not.toEqual(stories[7]);
    expect(new Set(stories.map(({ facts }) => facts.join(' '))).size).toBeGreaterThan(
      task === 'qa4' ? 500 : 0.9 * some,
    );
  });
});

describe('the shape of bAbI v1.2', () => {
  // Medians of the 10,000 training items of `en-10k` (qa3: of its 1,000 test items).
  it.each([
    ['qa1', 6, 10, 0],
    ['qa2', 14, 68, 8],
    ['qa3', 42, 228, 8],
    ['qa4', 2, 2, 0],
    ['qa5', 16, 126, 4],
  ] as const)('%s: median of %i facts, at most about %i', (task, median, most, within) => {
    const counts = facts(task).sort((a, b) => a - b);
    expect(Math.abs((counts[some / 2] ?? 0) - median)).toBeLessThanOrEqual(within);
    expect(counts.at(-1)).toBeLessThanOrEqual(1.3 * most);
  });

  it('a question ends with a space, but for qa4', () => {
    for (const task of recallTasks) {
      expect(storyOf(task, 0, 0, unlimited).question).toMatch(task === 'qa4' ? /\?$/ : /\? $/);
    }
  });
});

describe('an item that is too long for a context', () => {
  const lines = mostLines(700);

  it('has more than 87 lines at 1k', () => {
    expect(lines).toBe(87);
    expect(mostLines(null)).toBe(unlimited);
  });

  it('gives way at that length only, and no other item changes', () => {
    const pairs = Array.from({ length: 500 }, (_, index) => ({
      long: storyOf('qa3', 3, index, unlimited),
      short: storyOf('qa3', 3, index, lines),
    }));
    const replaced = pairs.filter(({ long }) => long.facts.length + 1 > lines);
    expect(replaced.length).toBeGreaterThan(5);
    for (const { long, short } of pairs) {
      expect(short.facts.length + 1).toBeLessThanOrEqual(lines);
      if (long.facts.length + 1 <= lines) expect(short).toEqual(long);
    }
  });

  it('there is none in qa1, qa2 and qa4 at 1k', () => {
    for (const task of ['qa1', 'qa2', 'qa4'] as const) expect(Math.max(...facts(task))).toBeLessThan(lines);
  });
});

function facts(task: RecallTask): number[] {
  return Array.from({ length: some }, (_, index) => storyOf(task, 0, index, unlimited).facts.length);
}
