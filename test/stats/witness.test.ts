import { describe, expect, it } from 'vitest';
import { summarize } from '../../src/stats/summarize.ts';
import { input, measured } from './measured.ts';

/** Two requests of 48 tokens: TTFT 20 and 30 ms, decode 470 ms each, so 10 ms a gap. */
const requests = [measured('a'), measured('b', { observation: { ttftMs: 30 } })];
const histogram = { launch: 1, ttftMs: 24, itlMs: 10, requests: 2 };

function witness(over: Partial<typeof histogram> = {}, more: Parameters<typeof input>[1] = {}) {
  return summarize(input(requests, { histograms: [{ ...histogram, ...over }], ...more }));
}

describe("the engine's histograms as second witness", () => {
  it('are held against the means of the same requests', () => {
    expect(witness().witness).toEqual([
      {
        metric: 'ttft_ms',
        statistic: 'mean',
        n: 2,
        clientMs: 25,
        engineMs: 24,
        differenceMs: 1,
        toleranceMs: expect.closeTo(0.68, 9),
        agrees: true,
      },
      {
        metric: 'itl_ms',
        statistic: 'mean',
        n: 2,
        clientMs: 10,
        engineMs: 10,
        differenceMs: 0,
        toleranceMs: expect.closeTo(0.4, 9),
        agrees: true,
      },
    ]);
  });

  it('disagree beyond two errors and 2 %, and a TTFT also when the client says less', () => {
    expect(witness({ itlMs: 11 }).findings).toEqual([
      { code: 'witness-disagrees', text: 'itl_ms: 10.00 ms by the client, 11.00 ms by the engine (means).' },
    ]);
    expect(witness({ ttftMs: 27 }).witness[0]).toMatchObject({ agrees: false });
    expect(witness({ ttftMs: 6 }).witness[0]).toMatchObject({ agrees: true });
    expect(witness({ ttftMs: 4 }).witness[0]).toMatchObject({ agrees: false });
  });

  it('say nothing when they are over other requests', () => {
    expect(witness({ requests: 3 }).witness).toEqual([]);
    expect(witness({ launch: 2 }).witness).toEqual([]);
  });

  it('say nothing of gaps between tokens when a draft method brings several at once', () => {
    expect(witness({}, { speculative: true }).witness.map(({ metric }) => metric)).toEqual(['ttft_ms']);
  });

  it('of several launches are weighted by their requests', () => {
    const more = measured('a', { trace: { launch: 2 }, observation: { launch: 2, ttftMs: 85 } });
    const summary = summarize(
      input([...requests, more], {
        histograms: [histogram, { launch: 2, ttftMs: 84, itlMs: null, requests: 1 }],
      }),
    );
    expect(summary.witness).toMatchObject([
      { metric: 'ttft_ms', n: 3, clientMs: 45, engineMs: 44 },
      { metric: 'itl_ms', n: 2 },
    ]);
  });
});
