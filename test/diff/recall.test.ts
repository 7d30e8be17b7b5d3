import { describe, expect, it } from 'vitest';
import { recallBetween } from '../../src/diff-recall.ts';
import type { RunRecord } from '../../src/ledger/record.ts';
import { diffRecallLines } from '../../src/report/diff-recall-lines.ts';
import { paintWith } from '../../src/report/style.ts';

type Verdict = 'correct' | 'wrong' | 'cut' | 'failed';

/** A record of which only the recall items are looked at. */
function record(verdicts: { readonly [context: string]: readonly Verdict[] }, seed = 0): RunRecord {
  const items = Object.entries(verdicts).flatMap(([context, list]) =>
    list.map((verdict, index) => ({
      id: `s${seed}-${context}-${index}`,
      context,
      promptSha256: `${context}${index}`,
      verdict,
    })),
  );
  return { recall: { items } } as unknown as RunRecord;
}

const many = (count: number, verdict: Verdict): Verdict[] => Array.from({ length: count }, () => verdict);

describe('recall of two runs', () => {
  it('is compared on the items that both answered whole', () => {
    const a = record({ '4k': [...many(20, 'correct'), 'cut'], '8k': many(10, 'correct') });
    const b = record({
      '4k': [...many(10, 'correct'), ...many(10, 'wrong'), 'wrong'],
      '8k': many(9, 'correct'),
    });
    const found = recallBetween(a, b);
    expect(found).toMatchObject([
      { context: '4k', n: 20, lost: 10, gained: 0, differ: true },
      { context: '8k', n: 9, lost: 0, gained: 0, differ: false },
    ]);
    expect(diffRecallLines(found, 80, paintWith(false)).join('\n')).toMatch(
      /4k +20 +10 +0 +\S+ +B recalls less\n +8k +9 +0 +0 +1\.0 +not shown to differ/,
    );
  });

  it('is not compared where the items are others, or are not there', () => {
    expect(recallBetween(record({ '4k': ['correct'] }), record({ '4k': ['correct'] }, 1))).toBeNull();
    expect(recallBetween(record({ '4k': ['correct'] }), {} as RunRecord)).toBeNull();
    expect(recallBetween(null, record({ '4k': ['correct'] }))).toBeNull();
    expect(diffRecallLines(null, 80, paintWith(false))).toEqual([]);
  });
});
