import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linksOf } from '../../src/ledger/links.ts';
import { columns, type NewRow, numberColumns, type Row } from '../../src/ledger/row.ts';
import { benchstatText, karpathyTsv } from '../../src/report/ledger-exports.ts';
import { ledgerCsv, ledgerMarkdown, ledgerTable } from '../../src/report/ledger-table.ts';
import { textWidth } from '../../src/report/text.ts';
import { metricNames, metrics } from '../../src/stats/metric.ts';
import { sampleRow, sampleRunId } from '../ledger/sample.ts';

function row(iter: number, cells: Partial<NewRow> = {}): Row {
  return { iter, ...sampleRow(iter, cells) };
}

function joined(texts: Iterable<string>): string {
  return [...texts].join('');
}

describe('CSV', () => {
  test('any text comes back from a reader of RFC 4180', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (description) => {
        const csv = joined(ledgerCsv(columns, [row(3, { description })]));
        const [head, cells] = parse(csv, { record_delimiter: '\r\n' }) as string[][];
        expect(head).toEqual(columns);
        expect(cells?.[columns.indexOf('description')]).toBe(description);
        expect(cells?.[0]).toBe('iter-3');
        expect(cells?.[columns.indexOf('delta_pct')]).toBe('');
      }),
    );
  });

  test('lines end with CRLF and quotes are doubled', () => {
    const csv = joined(ledgerCsv(['iter', 'description'], [row(0, { description: 'a "b", c\nd' })]));
    expect(csv).toBe('iter,description\r\niter-0,"a ""b"", c\nd"\r\n');
  });
});

describe('the table', () => {
  const rows = [
    row(0, { description: 'x'.repeat(300), reason: `guard:${'y'.repeat(100)}`, delta_pct: -3.123 }),
    row(1, { supersedes: sampleRunId(0), reason: 'marked:because', model: 'größe 模型@1a' }),
  ];
  const listed = { rows, links: linksOf(rows), asked: null };

  test.each([40, 60, 80, 100, 200])('is never wider than %i columns', (width) => {
    const all = { names: columns, numbers: numberColumns };
    for (const asked of [null, all, { ...all, names: ['iter', 'run_id', 'description'] as const }]) {
      const text = joined(ledgerTable({ ...listed, asked }, { color: false, columns: width }));
      for (const line of text.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  test('says which row stands for which', () => {
    const text = joined(ledgerTable(listed, { color: false, columns: 100 }));
    expect(text).toMatch(/^iter-0 .* now iter-1 /m);
    expect(text).toMatch(/^iter-1 .* for iter-0 /m);
  });

  test('in Markdown no cell is cut and markup is escaped', () => {
    const text = joined(
      ledgerMarkdown({ ...listed, rows: [row(0, { description: `a|b*${'x'.repeat(300)}` })] }),
    );
    expect(text).toContain(`a\\|b\\*${'x'.repeat(300)}`);
    const widths = text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/(?<!\\)\|/).length);
    expect(new Set(widths).size).toBe(1);
  });
});

describe('results.tsv of autoresearch', () => {
  const text = joined(
    karpathyTsv('decode_tok_s', [
      row(0, { commit: 'abcdef0123'.repeat(4), description: '"quoted"\tand\nbroken' }),
      row(1, { status: 'crash', value: null, commit: null }),
      row(2, { status: 'discard', value: null }),
      row(3, { status: null, reason: 'unjudged' }),
    ]),
  );

  test('has his columns: seven digits, six decimals, a crash as 0.000000, no memory, only his words', () => {
    expect(text).toBe(
      [
        'commit\tdecode_tok_s\tmemory_gb\tstatus\tdescription',
        "abcdef0\t92.500000\t\tkeep\t'quoted' and broken",
        '\t0.000000\t\tcrash\ta row',
        '\t\t\tdiscard\ta row',
        '',
      ].join('\n'),
    );
  });
});

describe("Go's benchmark format", () => {
  const all = metricNames.map((name) => [name, metrics[name]] as const);
  const one = row(0, { engine_version: '0.11', exp_id: 'abcdefabcdef', model: 'm@1', hardware: '1xH100' });
  const text = joined(
    benchstatText(all, [
      { row: one, values: { decode_tok_s: [90, 91], ttft_ms: [12.5, 13] } },
      { row: { ...one, iter: 1 }, values: { decode_tok_s: [92], ttft_ms: [12] } },
      { row: { ...one, iter: 2, exp_id: 'fedcbafedcba' }, values: { e2e_ms: [1500] } },
    ]),
  );
  const lines = text.split('\n').filter((line) => line !== '');

  test('every line is a unit, a configuration or a result', () => {
    for (const line of lines) {
      expect(line).toMatch(
        /^(Unit \S+ better=(higher|lower)|[a-z][^\sA-Z:]*: \S.*|Benchmark[A-Z]\w* 1( [\d.e+-]+ [a-z0-9/-]+)+)$/,
      );
    }
  });

  test('a launch is a line, milliseconds are seconds, and a new block says only what changed', () => {
    expect(lines.filter((line) => line.startsWith('Benchmark'))).toEqual([
      'BenchmarkQueries 1 90 tok/s 0.0125 ttft-sec/op',
      'BenchmarkQueries 1 91 tok/s 0.013 ttft-sec/op',
      'BenchmarkQueries 1 92 tok/s 0.012 ttft-sec/op',
      'BenchmarkQueries 1 1.5 sec/op',
    ]);
    expect(lines.filter((line) => /^[a-z]/.test(line))).toEqual([
      'engine: llamacpp 0.11',
      'model: m@1',
      'hardware: 1xH100',
      'workload: unknown',
      'config: configs/a.yaml@abcdefa',
      'config: configs/a.yaml@fedcbaf',
    ]);
  });
});
