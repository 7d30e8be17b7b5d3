import { expect, test } from 'vitest';
import { pairedLines, storedLines } from '../../src/verdict/metric-lines.ts';
import { wasJudgedAgainst } from '../../src/verdict/paired.ts';
import { comparisonOf, requestsOf, sampleRun, yaml } from '../diff/archive.ts';

const base = sampleRun(1, [{ path: 'configs/a.yaml', text: yaml([]) }], requestsOf(1)).row;
const comparison = comparisonOf(base, [0.04, 0.041, 0.039, 0.04]);

test('pairs judge by their interval; the judged metric has the floor', () => {
  const lines = pairedLines(comparison, { decode_tok_s: 100 }, { decode_tok_s: 104 }, false);
  const decode = lines.find(({ metric }) => metric === 'decode_tok_s');
  expect(decode).toMatchObject({ judgement: 'better', floorPct: 1.2, pairs: 4, a: 100, b: 104 });
  const ttft = lines.find(({ metric }) => metric === 'ttft_ms');
  expect(ttft).toMatchObject({ judgement: 'worse', floorPct: null });
  expect(ttft?.change?.pct).toBeGreaterThan(0);
  expect(ttft?.effect?.pct).toBeLessThan(0);
});

test('turned, better is worse and the interval ends change places', () => {
  const [line] = pairedLines(comparison, {}, {}, true);
  const [forward] = pairedLines(comparison, {}, {}, false);
  expect([forward?.judgement, line?.judgement]).toEqual(['better', 'worse']);
  expect(line?.change?.lower).toBeCloseTo(100 / (1 + (forward?.change?.upper ?? 0) / 100) - 100, 9);
});

test('two pairs bound nothing: that is no evidence of no effect', () => {
  const few = { ...comparisonOf(base, [0.04]), evidence: [] };
  expect(pairedLines(few, {}, {}, false)[0]).toMatchObject({
    judgement: 'too few pairs',
    effect: { lower: null, upper: null },
  });
});

test('stored numbers have a change and no verdict, and none where they may not be compared', () => {
  const [line] = storedLines({ decode_tok_s: 100 }, { decode_tok_s: 110 }, true);
  expect(line).toMatchObject({ judgement: 'unpaired', floorPct: null, pairs: null });
  expect(line?.change?.pct).toBeCloseTo(10, 9);
  expect(line?.change?.lower).toBeNull();
  const [other] = storedLines({ decode_tok_s: 100 }, { decode_tok_s: 110 }, false);
  expect(other).toMatchObject({ judgement: 'not comparable', change: null, effect: null, a: 100, b: 110 });
  expect(storedLines({ ttft_ms: 3 }, {}, true)).toMatchObject([{ judgement: 'one side only', b: null }]);
});

test('pairs belong to a row by its run, or by experiment, artifact and fingerprint together', () => {
  const { run_id, exp_id: expId, artifact, fingerprint } = base;
  const subject = { runIds: [run_id], expId, artifact, fingerprint };
  const another = { ...subject, runIds: ['20261122T071500Z-99999999'] };
  expect(wasJudgedAgainst(comparison, subject, fingerprint)).toBe('itself');
  expect(wasJudgedAgainst(comparison, another, fingerprint)).toBe('relaunched');
  expect(wasJudgedAgainst(comparison, { ...another, artifact: 'bin:other' }, fingerprint)).toBeNull();
  expect(wasJudgedAgainst(comparison, { ...another, expId: null }, fingerprint)).toBeNull();
  expect(wasJudgedAgainst(comparison, another, 'bbbbbbbbbbbb')).toBeNull();
  expect(wasJudgedAgainst({ ...comparison, pairs: [] }, subject, fingerprint)).toBeNull();
});
