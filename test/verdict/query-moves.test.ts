import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricNames } from '../../src/stats/metric.ts';
import { summarize } from '../../src/stats/summarize.ts';
import { outputChanges } from '../../src/verdict/output-changes.ts';
import {
  movesBetween,
  movesOfPairs,
  queryValues,
  type RecordedRequest,
  valueOfRequests,
} from '../../src/verdict/query-moves.ts';
import { comparisonOf, requestsOf, sampleRun, yaml } from '../diff/archive.ts';
import { sampleRequests } from '../report/sample.ts';
import { input } from '../stats/measured.ts';

function request(query: string, over: Partial<RecordedRequest> = {}): RecordedRequest {
  return { launch: 1, arm: 'candidate', query, outcome: 'ok', decodeTokS: 100, ttftMs: 20, ...over };
}

test('the numbers of requests are those of their summary', () => {
  const requests = sampleRequests(12, 3);
  const summary = summarize(input(requests));
  const recorded = requests.map(({ trace, observation }) => ({
    ...observation,
    launch: trace.launch,
  })) as unknown as RecordedRequest[];
  for (const name of metricNames) {
    expect(valueOfRequests(recorded, name)).toBeCloseTo(summary.metrics[name]?.value ?? Number.NaN, 9);
  }
});

test('a query is the median over its rounds in a launch, then the mean over launches', () => {
  const rounds = [10, 50, 20].map((decodeTokS) => request('q', { decodeTokS }));
  const other = request('q', { launch: 2, decodeTokS: 40 });
  expect(queryValues([...rounds, other], 'decode_tok_s')).toEqual(new Map([['q', 30]]));
});

test('what has no number is not there, rather than 0', () => {
  expect(queryValues([request('q', { decodeTokS: null })], 'decode_tok_s')).toEqual(new Map());
  expect(valueOfRequests([], 'ttft_ms')).toBeNull();
});

test('a time that grows is worse, and its change is positive', () => {
  const moves = movesBetween(new Map([['q', 20]]), new Map([['q', 25]]), 'ttft_ms', 1);
  expect(moves).toMatchObject({ better: 0, worse: 1, same: 0 });
  expect(moves.moves[0]?.effectPct).toBeCloseTo(-20, 9);
  expect(moves.moves[0]?.changePct).toBeCloseTo(25, 9);
});

test('every query is counted once, from the best to the worst; one that only one side has is named', () => {
  const values = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    fc.double({ min: 1, max: 100, noNaN: true }),
  );
  fc.assert(
    fc.property(values, values, (a, b) => {
      const [one, other] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
      const found = movesBetween(one, other, 'decode_tok_s', 1);
      expect(found.better + found.same + found.worse).toBe(found.moves.length);
      expect(found.moves.length + found.onlyA.length).toBe(one.size);
      expect(found.moves.length + found.onlyB.length).toBe(other.size);
      const effects = found.moves.map(({ effectPct }) => effectPct);
      expect(effects).toEqual(effects.toSorted((x, y) => y - x));
    }),
  );
});

test('what pairs say of queries is turned with the direction', () => {
  const base = sampleRun(1, [{ path: 'configs/a.yaml', text: yaml([]) }], requestsOf(1));
  const comparison = comparisonOf(base.row, [0.04, 0.04, 0.04, 0.04]);
  const forward = movesOfPairs(comparison, new Map(), new Map(), false);
  const back = movesOfPairs(comparison, new Map(), new Map(), true);
  expect([back.better, back.worse]).toEqual([forward.worse, forward.better]);
  expect(back.moves.map(({ query }) => query)).toEqual(forward.moves.map(({ query }) => query).toReversed());
});

test('answers are compared by their hashes; a query with several is neither same nor changed', () => {
  const [x, y] = ['x'.repeat(64), 'y'.repeat(64)];
  const a = [
    request('same', { textSha256: x }),
    request('other', { textSha256: x }),
    request('both', { textSha256: x }),
  ];
  const b = [
    request('same', { textSha256: x }),
    request('other', { textSha256: y }),
    request('both', { textSha256: x }),
    request('both', { textSha256: y }),
    request('only', { textSha256: y }),
  ];
  expect(outputChanges(a, b)).toEqual({
    compared: 2,
    changed: [{ query: 'other', atChar: null }],
    unstable: ['both'],
  });
  expect(outputChanges(a, [request('same')])).toBeNull();
});
