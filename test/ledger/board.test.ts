import { expect, test } from 'vitest';
import { boardOf, type Platform } from '../../src/ledger/board.ts';
import type { NewRow, Row } from '../../src/ledger/row.ts';
import { boardMarkdown, boardText } from '../../src/report/board-text.ts';
import { textWidth } from '../../src/report/text.ts';
import { sampleRow } from './sample.ts';

const subject = { hardware: '8xH100', model: 'qwen@1a', workload: 'aaaaaaaaaaaa', metric: 'decode_tok_s' };
let iter = 0;

function row(value: number | null, cells: Partial<NewRow> = {}): Row {
  iter += 1;
  return { iter, ...sampleRow(iter, { ...subject, engine: 'vllm', value, ...cells }) };
}

/** TP is the number in the description. */
const rules = {
  tpOf: ({ description }: Row): number | null =>
    Number(/\d+/.exec(description ?? '')?.[0] ?? Number.NaN) || null,
  isLowerBetter: (metric: string) => metric.endsWith('_ms'),
};

function bests(platform: Platform | undefined): [string, number | null, number | null][] {
  return (platform?.engines ?? []).map(({ engine, tp, row: { value } }) => [engine, tp, value]);
}

test('the best kept row of each engine stands, and the best at each size', () => {
  const [board, ...others] = boardOf(
    [
      row(100, { description: 'tp 1' }),
      row(180, { description: 'tp 2' }),
      row(170, { description: 'tp 2' }),
      row(140, { engine: 'sglang', description: 'tp 1' }),
      row(900, { engine: 'sglang', status: 'discard', reason: 'guard:outputs' }),
      row(950, { engine: 'sglang', status: null, reason: 'unjudged', description: 'tp 1' }),
      row(null, { engine: 'sglang' }),
    ],
    rules,
  );
  expect(others).toEqual([]);
  expect(bests(board)).toEqual([
    ['vllm', 2, 180],
    ['sglang', 1, 140],
  ]);
  expect(board?.cells.map(({ engine, tp, row: { value } }) => [engine, tp, value])).toEqual([
    ['sglang', 1, 140],
    ['vllm', 1, 100],
    ['vllm', 2, 180],
  ]);
});

test('an engine without a kept row stands with the best that is not judged, never with a dirty one', () => {
  const [board] = boardOf(
    [
      row(50, { status: null, reason: 'unjudged' }),
      row(60, { status: null, reason: 'repeat' }),
      row(70, { status: null, reason: 'dirty:baseline' }),
    ],
    rules,
  );
  expect(bests(board)).toEqual([['vllm', null, 60]]);
  expect(board?.engines[0]?.isKept).toBe(false);
});

test('where less is better the least stands first', () => {
  const metric = 'ttft_ms';
  const [board] = boardOf(
    [row(20, { metric }), row(10, { metric }), row(5, { metric, engine: 'sglang' })],
    rules,
  );
  expect(bests(board)).toEqual([
    ['sglang', null, 5],
    ['vllm', null, 10],
  ]);
});

test('rows of another hardware, model, workload or metric are never compared', () => {
  const other = [
    { hardware: '1xH100' },
    { model: 'llama@1a' },
    { workload: 'bbbbbbbbbbbb' },
    { metric: 'e2e_tok_s' },
  ];
  expect(boardOf([row(1), ...other.map((cells) => row(2, cells))], rules)).toHaveLength(5);
  expect(boardOf([row(1), row(2, { model: 'qwen@other-weights' })], rules)).toHaveLength(1);
});

const platforms = boardOf(
  [
    row(100, { description: 'tp 1', config: 'configs/vllm-a-long-name-of-an-experiment.yaml' }),
    row(180, {
      description: 'tp 2',
      reason: 'better',
      delta_pct: 4.1,
      ci_lo_pct: 2.9,
      ci_hi_pct: 5.2,
      model: 'qwen@2b',
    }),
    row(140, { engine: 'sglang', status: null, reason: 'unjudged', description: 'tp 2' }),
    row(45, { engine: 'llamacpp', description: 'tp 1' }),
  ],
  rules,
);

test('the screen says how each number was judged and which weights it had, at any width', () => {
  const text = boardText(platforms, { color: false, columns: 100 });
  expect(text).toContain('8xH100, qwen, workload aaaaaaaaaaaa: decode_tok_s');
  expect(text).toMatch(/vllm +2 +180\.0 +better \+4\.1 % \[\+2\.9, \+5\.2\] +iter-\d+ +2b/);
  expect(text).toMatch(/sglang +2 +140\.0 +unjudged/);
  expect(text).toMatch(/engine +TP 1 +TP 2/);
  expect(text).toMatch(/sglang +- +\(140\.0\)/);
  expect(text).toMatch(/vllm +100\.0 +180\.0/);
  for (const columns of [60, 80]) {
    for (const line of boardText(platforms, { color: false, columns }).split('\n'))
      expect(textWidth(line)).toBeLessThanOrEqual(columns);
  }
});

test('Markdown has whole cells, escaped; a ledger with nothing to show says so', () => {
  const text = boardMarkdown(platforms);
  expect(text).toContain('| vllm | 2 | 180.0 | better +4.1 % \\[+2.9, +5.2\\] |');
  expect(text).toContain('| engine | TP 1 | TP 2 |\n| --- | ---: | ---: |');
  expect(boardText([], { color: false, columns: 80 })).toMatch(/^No row/);
});
