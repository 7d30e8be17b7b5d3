import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MetricName, metricNames } from '../../src/stats/metric.ts';
import { failedQueries, pairEffects, queryEffects } from '../../src/stats/pair-effects.ts';
import type { MeasuredRequest } from '../../src/stats/summarize.ts';
import expected from '../fixtures/stats/pair-effects/expected.json' with { type: 'json' };
import { measured } from './measured.ts';

type Values = (typeof expected.cases)[number]['baseline'];

function requestsOf(values: Values, failed: readonly number[] = []): MeasuredRequest[] {
  return values.decode_tok_s.flatMap((rounds, query) =>
    rounds.map((decodeTokS, round) =>
      measured(`q${query}`, {
        trace: { round: round + 1, outcome: failed.includes(query) && round === 0 ? 'truncated' : 'ok' },
        observation: {
          decodeTokS,
          ttftMs: values.ttft_ms[query]?.[round] ?? null,
          ttfatMs: values.ttfat_ms[query]?.[round] ?? null,
          tpotMs: values.tpot_ms[query]?.[round] ?? null,
          itlMs: values.itl_ms[query]?.[round] ?? [],
          e2eMs: values.e2e_ms[query]?.[round] ?? null,
          e2eTokS: values.e2e_tok_s[query]?.[round] ?? null,
        },
      }),
    ),
  );
}

describe.each(expected.cases)('$name, against numpy and scipy', (wanted) => {
  // The first half of the queries that fail do so in the baseline, the others in the candidate.
  const [before, after] = [wanted.failed.slice(0, 1), wanted.failed.slice(1)];
  const pair = pairEffects(requestsOf(wanted.baseline, before), requestsOf(wanted.candidate, after), false);

  it.each(metricNames)('%s', (name) => {
    expect(pair.effects[name]).toBeCloseTo(wanted.effects[name], 12);
  });

  it('names what failed in either arm, and counts the rest', () => {
    expect(pair.failed).toEqual(wanted.failed.map((query) => `q${query}`));
    expect(pair.queries).toHaveLength(wanted.baseline.decode_tok_s.length - wanted.failed.length);
  });
});

const decode = (query: string, decodeTokS: number | null, tokens: number | null = 48, round = 1) =>
  measured(query, { trace: { round }, observation: { decodeTokS, tokens } });

describe('the effect of a pair', () => {
  it('is positive where the candidate is better, whichever way the metric points', () => {
    const faster = {
      decodeTokS: 200,
      ttftMs: 10,
      ttfatMs: 10,
      tpotMs: 5,
      itlMs: [5],
      e2eMs: 245,
      e2eTokS: 196,
    };
    const { effects } = pairEffects([measured('a')], [measured('a', { observation: faster })], false);
    for (const name of metricNames) expect(effects[name]).toBeCloseTo(Math.LN2, 12);
  });

  it('turns its sign when the arms change places', () => {
    const rate = fc.double({ min: 1, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(rate, rate), { minLength: 1, maxLength: 40 }), (rates) => {
        const [one, other] = [0, 1].map((arm) =>
          rates.map((both, query) => decode(`q${query}`, both[arm] ?? 0)),
        );
        const effect = (a?: MeasuredRequest[], b?: MeasuredRequest[]) =>
          pairEffects(a ?? [], b ?? [], false).effects.decode_tok_s ?? Number.NaN;
        expect(effect(other, one)).toBeCloseTo(-effect(one, other), 12);
      }),
    );
  });

  it.each<[string, MeasuredRequest[], MeasuredRequest[]]>([
    ['no query is common', [decode('a', 10)], [decode('b', 20)]],
    ['an arm measured nothing', [], [decode('b', 20)]],
    ['no rate is known', [decode('a', null)], [decode('a', 20)]],
    ['a rate is 0', [decode('a', 10)], [decode('a', 0)]],
  ])('is null, not 0, where %s', (_, baseline, candidate) => {
    expect(pairEffects(baseline, candidate, false).effects.decode_tok_s).toBeNull();
  });

  it('leaves a query out of every metric and both arms when one of its rounds failed in one', () => {
    const failed = measured('b', { trace: { round: 2, outcome: 'timeout' } });
    const { effects, queries } = pairEffects(
      [decode('a', 10), decode('b', 10), decode('b', 10, 48, 2)],
      [decode('a', 11), decode('b', 99), failed],
      false,
    );
    expect(effects.decode_tok_s).toBeCloseTo(Math.log(1.1), 12);
    expect(queries).toEqual(['a']);
    expect(failedQueries([failed, failed, decode('a', 1)])).toEqual(['b']);
  });
});

describe('where either arm drafts tokens', () => {
  const baseline = [
    decode('long', 10),
    decode('short', 10, 15),
    decode('edge', 10, 16),
    decode('unknown', 10, null),
  ];
  const candidate = [
    decode('long', 20),
    decode('short', 90, 15),
    decode('edge', 20, 16),
    decode('unknown', 20, null),
  ];
  const named = (name: MetricName, isSpeculative: boolean) => [
    ...queryEffects(name, baseline, candidate, isSpeculative).keys(),
  ];

  it.each<[MetricName, boolean]>([
    ['decode_tok_s', false],
    ['tpot_ms', false],
    ['itl_ms', false],
    ['ttft_ms', true],
    ['e2e_ms', true],
    ['e2e_tok_s', true],
    ['ttfat_ms', true],
  ])('outputs under 16 tokens count for %s: %s', (name, counts) => {
    expect(named(name, true)).toEqual(
      counts ? ['long', 'short', 'edge', 'unknown'] : ['long', 'edge', 'unknown'],
    );
    expect(named(name, false)).toContain('short');
  });

  it('are not called failed', () => {
    const pair = pairEffects(baseline, candidate, true);
    expect([pair.failed, pair.queries.length]).toEqual([[], 4]);
    expect(pair.effects.decode_tok_s).toBeCloseTo(Math.LN2, 12);
  });
});
