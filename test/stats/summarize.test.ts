import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricNames } from '../../src/stats/metric.ts';
import { summarize } from '../../src/stats/summarize.ts';
import { input, measured } from './measured.ts';

const rate = (query: string, launch: number, round: number, decodeTokS: number | null) =>
  measured(query, { trace: { launch, round }, observation: { decodeTokS } });

describe("a metric's one number", () => {
  test('is the median over rounds, then over queries, then the mean over launches', () => {
    const summary = summarize(
      input([
        ...[10, 20, 90].map((value, index) => rate('a', 1, index + 1, value)),
        ...[30, 40, 50].map((value, index) => rate('b', 1, index + 1, value)),
        ...[60, 70, 80].map((value, index) => rate('c', 1, index + 1, value)),
        ...[50, 60, 70].map((value, index) => rate('a', 2, index + 1, value)),
      ]),
    );
    const decode = summary.metrics.decode_tok_s;
    expect(decode?.launchValues).toEqual([40, 60]);
    expect(decode?.value).toBe(50);
    expect(decode?.n).toBe(3);
    expect(decode?.samples).toBe(12);
    expect(decode).toMatchObject({ min: 40, max: 70, median: 40 });
    expect(decode?.launchSd).toBeCloseTo(Math.SQRT2 * 10, 12);
    expect(decode?.launchCv).toBeCloseTo((Math.SQRT2 * 10) / 50, 12);
  });

  test('takes launches in order, whatever order the requests come in', () => {
    const summary = summarize(input([rate('a', 2, 1, 7), rate('a', 10, 1, 9), rate('a', 1, 1, 5)]));
    expect(summary.metrics.decode_tok_s?.launchValues).toEqual([5, 7, 9]);
  });

  test('has no spread between launches when there is one', () => {
    const decode = summarize(input([rate('a', 1, 1, 5), rate('b', 1, 1, 6)])).metrics.decode_tok_s;
    expect(decode).toMatchObject({ launchSd: null, launchCv: null, value: 5.5 });
  });

  test('is null when nothing gave a value, never 0', () => {
    const summary = summarize(input([rate('a', 1, 1, null)]));
    expect(summary.metrics.decode_tok_s).toBeNull();
    expect(summary.metrics.ttft_ms?.value).toBe(20);
    for (const name of metricNames) expect(summarize(input([])).metrics[name]).toBeNull();
  });

  test('does not depend on the order of the requests', () => {
    const requests = Array.from({ length: 18 }, (_, index) =>
      rate(`q${index % 3}`, 1 + (index % 2), Math.floor(index / 6), 50 + ((index * 7) % 11)),
    );
    const wanted = summarize(input(requests)).metrics.decode_tok_s;
    fc.assert(
      fc.property(fc.shuffledSubarray(requests, { minLength: requests.length }), (shuffled) => {
        const actual = summarize(input(shuffled)).metrics.decode_tok_s;
        expect(actual?.value).toBeCloseTo(wanted?.value as number, 12);
        expect(actual?.sd).toBeCloseTo(wanted?.sd as number, 12);
        expect(actual?.p90.lower).toEqual(wanted?.p90.lower);
      }),
      { numRuns: 30 },
    );
  });
});

test('percentiles say how far the sample carries them', () => {
  const twelve = Array.from({ length: 12 }, (_, index) =>
    measured(`q${index}`, { observation: { ttftMs: 10 + index } }),
  );
  const ttft = summarize(input(twelve)).metrics.ttft_ms;
  expect(ttft?.p50).toMatchObject({ value: 15.5, lower: 12, upper: 19 });
  expect(ttft?.p50.coverage).toBeCloseTo(0.9614, 4);
  expect(ttft?.p99.upper).toBeNull();
  expect(ttft?.p99.lower).toBe(20);
});

test('gaps are pooled over the requests of a launch, and their intervals know which belong together', () => {
  const slowAndFast = Array.from({ length: 20 }, (_, index) =>
    measured(`q${index}`, {
      observation: { itlMs: Array.from({ length: 40 }, () => (index < 10 ? 10 : 20)) },
    }),
  );
  const mixed = Array.from({ length: 20 }, (_, index) =>
    measured(`q${index}`, {
      observation: { itlMs: Array.from({ length: 40 }, (_, gap) => 10 + ((gap * 20 + index) % 800) / 80) },
    }),
  );
  const clustered = summarize(input(slowAndFast)).metrics.itl_ms;
  expect(clustered).toMatchObject({ n: 20, samples: 800, mean: 15 });
  expect(clustered?.p50).toMatchObject({ lower: 10, upper: 20 });
  const independent = summarize(input(mixed)).metrics.itl_ms;
  const width = (independent?.p50.upper as number) - (independent?.p50.lower as number);
  expect(width).toBeLessThan(1.5);
});

test('failed requests are in no metric, and each is counted once with its query', () => {
  const summary = summarize(
    input([
      measured('good'),
      measured('bad', {
        trace: { outcome: 'http-error', error: '500: out of slots' },
        observation: { ttftMs: 9000 },
      }),
      measured('bad', { trace: { round: 2, outcome: 'http-error', error: '500 again' } }),
      measured('late', { trace: { outcome: 'timeout' } }),
    ]),
  );
  expect(summary.metrics.ttft_ms).toMatchObject({ n: 1, value: 20, max: 20 });
  expect(summary).toMatchObject({ requests: 4, failed: 3, queries: 3, answered: 1, rounds: 2 });
  expect(summary.errors).toEqual([
    { outcome: 'http-error', count: 2, queries: ['bad'], example: '500: out of slots' },
    { outcome: 'timeout', count: 1, queries: ['late'], example: null },
  ]);
  expect(summary.findings.map((finding) => finding.code)).toEqual(['errors']);
  expect(summary.finishReasons).toEqual({ length: 1 });
});

test('a run that was given up says how many requests it owed, and does not call failures a wavering speed', () => {
  const warmUp = { launch: 1, isSteady: false, times: [{ decodeTokS: null, ttftMs: null }] };
  const failed = [measured('a', { trace: { outcome: 'timeout' } })];
  const codes = (isGivenUp: boolean) => {
    const summary = summarize(input(failed, { planned: 24, warmUps: [{ ...warmUp, isGivenUp }] }));
    expect(summary).toMatchObject({ requests: 1, planned: 24, warmUp: [{ steady: false, requests: 1 }] });
    return summary.findings.map((finding) => finding.code);
  };
  expect(codes(true)).toEqual(['errors']);
  expect(codes(false)).toEqual(['errors', 'not-steady']);
});

test('only the asked arm counts', () => {
  const summary = summarize(
    input([measured('a'), measured('b', { trace: { arm: 'baseline' }, observation: { ttftMs: 1 } })]),
  );
  expect(summary.requests).toBe(1);
  expect(summary.metrics.ttft_ms?.min).toBe(20);
});

test('with a draft method, outputs under 16 tokens stay out of decode metrics only', () => {
  const requests = [
    measured('long'),
    measured('edge', { observation: { tokens: 16, decodeTokS: 100 } }),
    measured('short', { observation: { tokens: 15, decodeTokS: 900, tpotMs: 1, itlMs: [1] } }),
  ];
  const plain = summarize(input(requests));
  const speculative = summarize(input(requests, { speculative: true }));
  expect(plain.metrics.decode_tok_s?.max).toBe(900);
  expect(plain.shortOutputs).toBe(0);
  expect(speculative.metrics.decode_tok_s).toMatchObject({ n: 2, max: 100 });
  expect(speculative.metrics.tpot_ms?.min).toBe(10);
  expect(speculative.metrics.itl_ms?.min).toBe(10);
  expect(speculative.metrics.ttft_ms?.n).toBe(3);
  expect(speculative.shortOutputs).toBe(1);
  expect(speculative.findings.map((finding) => finding.code)).toEqual(['short-outputs']);
});

test('token counts say where they came from', () => {
  const summary = summarize(
    input([
      measured('a'),
      measured('b', {
        trace: { usage: null },
        observation: {
          tokens: 50,
          tokensSource: 'chunks',
          decodeSource: 'usage-approx',
          findings: ['usage-mismatch'],
        },
      }),
      measured('c', { trace: { usage: null }, observation: { tokens: null } }),
    ]),
  );
  expect(summary.tokens).toEqual({
    prompt: { min: 30, median: 30, max: 30 },
    completion: { min: 48, median: 49, max: 50 },
    sources: { chunks: 1, usage: 1 },
    decodeSources: { 'per-chunk': 1, 'usage-approx': 1 },
  });
  expect(summary.findings.map((finding) => finding.code)).toEqual([
    'tokens-from-chunks',
    'usage-approx',
    'usage-mismatch',
  ]);
});

test('warm-up goes from the first known time to the last', () => {
  const summary = summarize(
    input([measured('a')], {
      warmUps: [
        {
          launch: 1,
          isSteady: false,
          times: [
            { decodeTokS: null, ttftMs: null },
            { decodeTokS: 40, ttftMs: 90 },
            { decodeTokS: 95, ttftMs: 21 },
          ],
        },
      ],
    }),
  );
  expect(summary.warmUp).toEqual([
    {
      launch: 1,
      requests: 3,
      steady: false,
      coldDecodeTokS: 40,
      warmDecodeTokS: 95,
      coldTtftMs: 90,
      warmTtftMs: 21,
    },
  ]);
  expect(summary.findings).toMatchObject([{ code: 'not-steady' }]);
});

test('the second witness agrees within the client error, and its disagreement is a finding', () => {
  const witnessed = (promptMs: number, decodeMs: number) =>
    summarize(input([measured('a', { engineTimes: { promptMs, decodeMs } })]));
  expect(witnessed(18, 469.5).witness).toMatchObject([
    { metric: 'ttft_ms', n: 1, clientMs: 20, engineMs: 18, differenceMs: 2, agrees: true },
    { metric: 'decode_ms', clientMs: 470, engineMs: 469.5, agrees: true },
  ]);
  expect(witnessed(18, 469.5).findings).toEqual([]);
  // The engine cannot have finished the prompt after the client saw its first token.
  expect(witnessed(25, 470).findings).toMatchObject([{ code: 'witness-disagrees' }]);
  expect(witnessed(18, 430).findings).toMatchObject([{ code: 'witness-disagrees' }]);
  expect(summarize(input([measured('a')])).witness).toEqual([]);
});

test('a summary is plain JSON, and carries the findings of others first', () => {
  const summary = summarize(
    input([measured('a', { trace: { outcome: 'empty' } })], {
      findings: [{ code: 'pgroup', text: 'No cgroup.' }],
    }),
  );
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  expect(summary.findings.map((finding) => finding.code)).toEqual(['pgroup', 'errors']);
  expect(Object.keys(summary.definitions)).toEqual(metricNames);
});

test('a finding said twice is said once, with its sentence', () => {
  const requests = [measured('a', { trace: { outcome: 'empty' } })];
  const pgroup = { code: 'pgroup', text: 'No cgroup.' };
  const given = [{ code: 'errors', text: '' }, pgroup, pgroup, { code: 'no-done', text: '' }];
  const { findings } = summarize(input(requests, { findings: given }));
  expect(findings.map((finding) => finding.code)).toEqual(['pgroup', 'no-done', 'errors']);
  expect(findings.at(-1)?.text).toContain('1 of 1');
});
