import { describe, expect, it } from 'vitest';
import { addRequest, noErrors, spread } from '../../bench/clock/compare.ts';
import { ratios, warnings } from '../../bench/clock/goals.ts';
import { fromArgv, toArgv } from '../../bench/clock/job.ts';
import { cellsFor, clientNames, steps } from '../../bench/clock/plan.ts';
import { readClaims, readTruth } from '../../bench/clock/stamps.ts';
import type { Line } from '../../bench/clock/summarize.ts';

describe('errors against the truth', () => {
  const truth = {
    arrivalNs: 1_000_000,
    tokens: [
      { dueNs: 31_000_000, beforeNs: 31_050_000, sentNs: 31_100_000 },
      { dueNs: 41_000_000, beforeNs: 41_010_000, sentNs: 41_020_000 },
    ],
  };

  it('takes the truth as first send minus arrival, and gaps between sends', () => {
    const errors = noErrors();
    addRequest(errors, 'a', { callNs: 850_000, sentNs: 950_000, stamps: [31_200_000, 41_050_000] }, truth);
    expect(errors.ttftUs).toEqual([150]);
    expect(errors.ttftAtCallUs).toEqual([250]);
    expect(errors.chunkUs).toEqual([100, 30]);
    expect(errors.gapUs).toEqual([70]);
    expect(errors.jitterUs).toEqual([100, 20]);
    expect(errors.writeUs).toEqual([50, 10]);
  });

  it('counts a TTFT that reads short as an error too', () => {
    const errors = noErrors();
    addRequest(errors, 'a', { callNs: 0, sentNs: 1_200_000, stamps: [31_200_000, 41_000_000] }, truth);
    expect(errors.ttftUs).toEqual([100]);
  });

  it('refuses a client that saw another number of tokens', () => {
    const claim = { callNs: 0, sentNs: 0, stamps: [31_200_000] };
    expect(() => addRequest(noErrors(), 'a', claim, truth)).toThrow(
      'request a: the engine sent 2 tokens, the client saw 1',
    );
  });

  it('gives nearest-rank quantiles', () => {
    expect(spread(Array.from({ length: 200 }, (_, i) => 200 - i))).toEqual({
      n: 200,
      p50: 100,
      p99: 198,
      max: 200,
    });
    expect(spread([7])).toEqual({ n: 1, p50: 7, p99: 7, max: 7 });
    expect(spread([]).p50).toBeNaN();
  });
});

describe('logs', () => {
  it('reads the engine and the clients', () => {
    expect(readTruth('net-0-0 5 10 11 12 20 21 22\n# cpu 99\n')).toEqual({
      truth: new Map([
        [
          'net-0-0',
          {
            arrivalNs: 5,
            tokens: [
              { dueNs: 10, beforeNs: 11, sentNs: 12 },
              { dueNs: 20, beforeNs: 21, sentNs: 22 },
            ],
          },
        ],
      ]),
      cpuUs: 99,
    });
    const { claims, facts } = readClaims('net-0-0 1 2 13 23\n# cpu 7\n# tokens 2\n# total 9\n# loop 1 2 3\n');
    expect(claims.get('net-0-0')).toEqual({ callNs: 1, sentNs: 2, stamps: [13, 23] });
    expect(facts).toEqual({ cpuUs: 7, tokens: 2, totalCpuUs: 9, loopDelayNs: [1, 2, 3] });
    expect(readClaims('# cpu 7\n').facts.loopDelayNs).toBeNull();
  });

  it('hands a job over as arguments', () => {
    const job = {
      port: 8000,
      streams: 64,
      requests: 18,
      warmup: 6,
      tokens: 16,
      spreadMs: 190,
      epochNs: 9_007_199_254_740_993n,
      prefix: 'net',
      out: '/tmp/x y',
    };
    expect(fromArgv(toArgv(job))).toEqual(job);
    expect(() => fromArgv(['8000'])).toThrow('9 arguments');
  });
});

describe('order', () => {
  it('runs every client once in every cell and round, and lets each be first', () => {
    const cells = cellsFor([1, 16], ['burst', 'staggered'], false);
    expect(cells.map(({ streams, mode }) => `${streams} ${mode}`)).toEqual([
      '1 staggered',
      '16 burst',
      '16 staggered',
    ]);
    const plan = steps(cells, clientNames, 5);
    expect(
      new Set(plan.map(({ round, cell, client }) => `${round} ${cell.streams} ${cell.mode} ${client}`)).size,
    ).toBe(75);
    const firsts = plan.filter((_, i) => i % 5 === 0).filter(({ cell }) => cell === cells[0]);
    expect(new Set(firsts.map(({ client }) => client)).size).toBeGreaterThan(2);
  });
});

describe('goals', () => {
  const lines = [
    line('floor', 1, 10),
    line('net', 1, 25),
    line('bench', 1, 20),
    line('floor', 64, 10),
    line('net', 64, 50),
    line('bench', 64, 61),
  ];

  it('judges 1 stream by the floor and 64 by the raw net client, both at the limit itself', () => {
    const judged = ratios(lines).filter(({ met }) => met !== null);
    expect(judged).toHaveLength(8);
    expect(new Set(judged.map((it) => `${it.streams} ${it.against} ${it.ratio} ${it.met}`))).toEqual(
      new Set(['1 floor 2 true', '64 net 1.22 false']),
    );
  });

  it('says when the machine was not quiet or the engine late', () => {
    expect(warnings(lines)).toEqual([]);
    const [first] = lines;
    if (first === undefined) throw new Error('no line');
    const late = {
      ...first,
      foreignCpuPct: 40,
      warm: { ...first.warm, jitterUs: { n: 9, p50: 1, p99: 2000, max: 2000 } },
    };
    expect(warnings([late])).toEqual([
      expect.stringContaining('up to 40 % of a core'),
      expect.stringContaining('up to 2.0 ms late'),
    ]);
  });
});

function line(client: Line['client'], streams: number, errorUs: number): Line {
  const all = { n: 9, p50: errorUs, p99: errorUs, max: errorUs };
  const warm = { ttftUs: all, ttftAtCallUs: all, gapUs: all, chunkUs: all, jitterUs: all, writeUs: all };
  const rounds = [{ ttftUs: all, gapUs: all, chunkUs: all }];
  const quiet = { cpuPerTokenUs: 10, loopDelayMs: null, foreignCpuPct: 0, stealPct: 0 };
  return { client, streams, mode: 'burst', warm, coldTtftUs: all, rounds, ...quiet };
}
