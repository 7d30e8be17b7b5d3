import { describe, expect, it } from 'vitest';
import { type EarlierOf, findInversions, type MeasuredCell } from '../../src/verdict/inversions.ts';
import type { SweepArm, SweepCell } from '../../src/verdict/sweep.ts';

const arm = (label: string, engine: string): SweepArm => ({
  ...{ label, engine, config: `configs/${label}.yaml`, model: 'm', knob: null },
});

let rows = 0;
function cell(label: string, accuracy: number | null, ttft: readonly number[] = []): SweepCell {
  rows += 1;
  return {
    ...{ arm: label, context: '4k', state: accuracy === null ? 'failed' : 'done', why: null },
    row: { iter: rows, runId: `run-${rows}` },
    recall:
      accuracy === null
        ? null
        : { n: 20, correct: accuracy * 20, accuracy, lower: 0, upper: 1, noLabel: 0, cut: 0, failed: 0 },
    launchValues: { ttft_ms: ttft, decode_tok_s: [], e2e_ms: [] },
  };
}

const right = (count: number) =>
  Array.from({ length: 20 }, (_, at) => ({ id: `i${at}`, correct: at < count }));

function earlier(label: string, accuracy: number, ttft: readonly number[] = []): MeasuredCell {
  return {
    cell: cell(label, accuracy, ttft),
    startedAt: `2026-01-0${label === 'a' ? 1 : 2}T00:00:00.000Z`,
    items: right(accuracy * 20),
  };
}

function find(
  now: readonly SweepCell[],
  earlierOf: EarlierOf,
  arms = [arm('a', 'vllm'), arm('b', 'sglang')],
) {
  const differ = {
    a: 'a',
    b: 'b',
    context: '4k',
    n: 20,
    lost: 8,
    gained: 0,
    p: 0.008,
    pHolm: 0.008,
    differ: true,
  };
  const sweep = { arms, contexts: ['4k'], cells: now, recallDifferences: [differ], timeDifferences: [] };
  return findInversions(sweep, earlierOf, () => '2026-02-01T00:00:00.000Z');
}

describe('findInversions', () => {
  it('tells both numbers and rows, then and now, and whether each order was shown', () => {
    const then = { a: earlier('a', 0.6), b: earlier('b', 1) };
    const now = [cell('a', 1), cell('b', 0.6)];
    expect(find(now, ({ label }) => then[label as 'a'])).toMatchObject([
      {
        a: 'a',
        b: 'b',
        context: '4k',
        metric: 'recall',
        now: {
          aRow: `iter-${now[0]?.row?.iter}`,
          a: 1,
          b: 0.6,
          isShown: true,
          at: '2026-02-01T00:00:00.000Z',
        },
        earlier: {
          aRow: `iter-${then.a.cell.row?.iter}`,
          a: 0.6,
          b: 1,
          isShown: true,
          at: '2026-01-02T00:00:00.000Z',
        },
        runIds: { a: [then.a.cell.row?.runId, now[0]?.row?.runId] },
      },
    ]);
  });

  it('an order of two or three items is noise', () => {
    const then = { a: earlier('a', 0.85), b: earlier('b', 1) };
    expect(find([cell('a', 1), cell('b', 0.6)], ({ label }) => then[label as 'a'])[0]?.earlier.isShown).toBe(
      false,
    );
  });

  it('does not know without items', () => {
    const then = (label: string): MeasuredCell => ({
      ...earlier(label, label === 'a' ? 0.6 : 1),
      items: null,
    });
    expect(find([cell('a', 1), cell('b', 0.6)], ({ label }) => then(label))[0]?.earlier.isShown).toBeNull();
  });

  it.each([
    ['the same order', 1, 0.6],
    ['equal then', 0.8, 0.8],
  ])('%s is none', (_, a, b) => {
    const then = { a: earlier('a', a), b: earlier('b', b) };
    expect(find([cell('a', 1), cell('b', 0.6)], ({ label }) => then[label as 'a'])).toEqual([]);
  });

  it('equal now, failed, or without an earlier row is none', () => {
    const then = { a: earlier('a', 0.6), b: earlier('b', 1) };
    const of: EarlierOf = ({ label }) => then[label as 'a'];
    expect(find([cell('a', 1), cell('b', 1)], of)).toEqual([]);
    expect(find([cell('a', 1), cell('b', null)], of)).toEqual([]);
    expect(find([cell('a', 1), cell('b', 0.6)], ({ label }) => (label === 'a' ? then.a : null))).toEqual([]);
  });

  it('looks at TTFT by the mean of the launches; one launch each is not judged', () => {
    const then = { a: earlier('a', 1, [200]), b: earlier('b', 1, [100]) };
    const found = find(
      [cell('a', 1, [100, 110]), cell('b', 1, [200, 190])],
      ({ label }) => then[label as 'a'],
    );
    expect(found).toMatchObject([
      { metric: 'ttft_ms', now: { a: 105, b: 195 }, earlier: { a: 200, b: 100, isShown: null } },
    ]);
  });

  it('looks arms up by engine and model only where no other arm has their engine', () => {
    const seen: string[] = [];
    const of: EarlierOf = ({ label }, by) => {
      seen.push(`${label} ${by}`);
      return null;
    };
    find([], of, [arm('a', 'vllm'), arm('b', 'vllm'), arm('c', 'sglang')]);
    expect(new Set(seen)).toEqual(new Set(['a config', 'b config', 'c config']));
    find([], of);
    expect(seen.slice(-2)).toEqual(['a engine', 'b engine']);
  });
});
