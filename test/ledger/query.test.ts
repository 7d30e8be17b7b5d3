import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linksOf } from '../../src/ledger/links.ts';
import { selectRows } from '../../src/ledger/query.ts';
import { columns, type NewRow, type Row } from '../../src/ledger/row.ts';
import { sampleRow, sampleRunId } from './sample.ts';

function row(iter: number, cells: Partial<NewRow> = {}): Row {
  return { iter, ...sampleRow(iter, cells) };
}

const rows = [
  row(0, { engine: 'vllm', model: 'qwen@1a', value: 90, config: 'configs/a.yaml', workload: 'aaaaaaaaaaaa' }),
  row(1, { engine: 'vllm', model: 'qwen@2b', value: 110, config: 'configs/b.yaml', reason: 'better' }),
  row(2, { status: 'crash', reason: 'oom-load', value: null, metric: 'ttft_ms' }),
  row(3, { status: null, reason: 'unjudged', value: 100, started_at: '2026-12-01T00:00:00Z' }),
  row(4, { status: 'discard', reason: 'marked:no', value: 90, supersedes: sampleRunId(0) }),
];

function iters(query: Parameters<typeof selectRows>[1]): number[] {
  return selectRows(rows, query).rows.map(({ iter }) => iter);
}

test.each([
  [{}, [0, 1, 2, 3, 4]],
  [{ engine: 'vllm' }, [0, 1]],
  [{ model: 'qwen' }, [0, 1]],
  [{ model: 'qwen@2b' }, [1]],
  [{ metric: 'ttft_ms' }, [2]],
  [{ config: 'configs/b.yaml' }, [1]],
  [{ config: 'b' }, [1]],
  [{ config: 'b.yaml' }, [1]],
  [{ workload: 'aaaa' }, [0]],
  [{ reason: 'oom' }, [2]],
  [{ status: 'none' as const }, [3]],
  [{ sinceMs: Date.parse('2026-11-30') }, [3]],
  [{ isCurrent: true }, [1, 2, 3, 4]],
  [{ last: 2 }, [3, 4]],
  [{ sort: { column: 'value' as const, isDescending: false } }, [0, 4, 3, 1, 2]],
  [{ sort: { column: 'value' as const, isDescending: true } }, [1, 3, 0, 4, 2]],
  [{ sort: { column: 'model' as const, isDescending: true } }, [1, 0, 2, 3, 4]],
  [{ last: 3, sort: { column: 'iter' as const, isDescending: true } }, [4, 3, 2]],
])('%j selects %j', (query, expected) => expect(iters(query)).toEqual(expected));

test('sorting by any column loses no row, and puts empty cells last both ways', () => {
  fc.assert(
    fc.property(fc.constantFrom(...columns), fc.boolean(), (column, isDescending) => {
      const sorted = selectRows(rows, { sort: { column, isDescending } }).rows;
      expect(new Set(sorted)).toEqual(new Set(rows));
      const filled = sorted.map((each) => each[column] !== null);
      expect(filled).toEqual([...filled].sort((a, b) => Number(b) - Number(a)));
    }),
  );
});

test('a row stands for another, through every correction', () => {
  const [first, second] = rows;
  const chain = [...rows, row(5, { supersedes: sampleRunId(4) })];
  const links = linksOf(chain);
  if (first === undefined || second === undefined) throw new Error('no rows');
  expect(links.correction(first)?.iter).toBe(4);
  expect(links.standing(first).iter).toBe(5);
  expect(links.standing(second)).toBe(second);
  expect(links.correction(second)).toBeNull();
  expect(links.corrected(chain[5] as Row)?.iter).toBe(4);
});

test('rows that correct each other end somewhere, and one that corrects nothing here has nothing to show', () => {
  const a = row(1, { supersedes: sampleRunId(2) });
  const b = row(2, { supersedes: sampleRunId(1) });
  expect(linksOf([a, b]).standing(a).iter).toBe(2);
  expect(linksOf([a]).corrected(a)).toBeNull();
});
