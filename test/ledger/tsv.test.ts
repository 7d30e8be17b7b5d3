import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BenchError } from '../../src/errors.ts';
import { escapeCell, unescapeCell } from '../../src/ledger/cell.ts';
import { columns, type Row } from '../../src/ledger/row.ts';
import { decodeLedger, encodeRow, header } from '../../src/ledger/tsv.ts';
import { sampleRow } from './sample.ts';

const row: Row = { iter: 3, ...sampleRow(1) };
const file = (...lines: string[]): string => `${[header, ...lines].join('\n')}\n`;

const cellText = fc.string({ unit: 'binary', minLength: 1 });
const real = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (Object.is(value, -0) ? 0 : value));
const count = fc.nat();
const anyRow: fc.Arbitrary<Row> = fc
  .record({
    reason: fc.option(cellText),
    config: fc.option(cellText),
    description: fc.option(cellText),
    model: fc.option(cellText),
    value: fc.option(real),
    e_value: fc.option(real),
    n: fc.option(count),
    status: fc.option(fc.constantFrom('keep' as const, 'discard' as const, 'crash' as const)),
    findings: fc.array(fc.constantFrom('multi', 'not-steady', 'cache-unverified')),
  })
  .chain((cells) => count.map((iter) => ({ iter, ...sampleRow(1), ...cells })));

test('the header is the one of the design, in its order', () => {
  expect(header.split('\t').join(' ')).toBe(
    'iter run_id exp_id parent status reason commit config config_sha engine engine_version artifact model hardware workload metric value delta_pct ci_lo_pct ci_hi_pct pairs e_value launches n ttft_ms_p50 e2e_ms_p50 tok_s_mean recall errors complexity findings fingerprint snapshot started_at harness supersedes description',
  );
});

test('any row comes back as it was, on one line', () => {
  fc.assert(
    fc.property(fc.array(anyRow), (rows) => {
      const text = file(...rows.map((each) => encodeRow(each)));
      // As a file: what UTF-8 cannot carry would be lost here.
      const stored = Buffer.from(text, 'utf8').toString('utf8');
      expect(stored.split(/[\n\r\u2028\u2029\u0085\v\f]/)).toHaveLength(rows.length + 2);
      expect(decodeLedger(stored, 'x').rows).toEqual(rows);
    }),
  );
});

test('any text comes back from its cell', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => unescapeCell(escapeCell(text)) === text));
  expect(escapeCell('half \ud800')).toBe('half \\ud800');
  expect(escapeCell('a\tb\nc\rd\\e\u0000\u001b')).toBe('a\\tb\\nc\\rd\\\\e\\u0000\\u001b');
});

test('missing is empty, and zero is zero', () => {
  const cells = encodeRow({ ...row, value: null, errors: 0 }).split('\t');
  expect(cells[columns.indexOf('value')]).toBe('');
  expect(cells[columns.indexOf('errors')]).toBe('0');
  const [back] = decodeLedger(file(cells.join('\t')), 'x').rows;
  expect(back?.value).toBeNull();
  expect(back?.errors).toBe(0);
});

test('a row that would lie is not written', () => {
  expect(() => encodeRow({ ...row, value: Number.NaN })).toThrow();
  expect(() => encodeRow({ ...row, value: Number.POSITIVE_INFINITY })).toThrow();
  expect(() => encodeRow({ ...row, n: 1.5 })).toThrow();
  expect(() => encodeRow({ ...row, reason: '' })).toThrow();
  expect(() => encodeRow({ ...row, commit: 'abc' })).toThrow();
  expect(() => encodeRow({ ...row, status: 'kept' as 'keep' })).toThrow();
});

describe('a file is read as it is found', () => {
  test.each([
    ['empty', ''],
    ['with only a newline', '\n'],
    ['with only a header', `${header}\n`],
    ['with only a header without end', header],
  ])('%s: no rows', (_, text) => expect(decodeLedger(text, 'x').rows).toEqual([]));

  test('CRLF, as core.autocrlf makes it', () => {
    const decoded = decodeLedger(
      file(encodeRow({ ...row, description: null })).replaceAll('\n', '\r\n'),
      'x',
    );
    expect(decoded.rows).toEqual([{ ...row, description: null }]);
    expect(decoded.lineEnd).toBe('\r\n');
  });

  test('with a byte-order mark, blank lines, a header from the other side of a union merge, no end', () => {
    const line = encodeRow(row);
    expect(decodeLedger(`\ufeff${header}\n${line}\n\n${header}\n${line}`, 'x').rows).toEqual([row, row]);
  });

  test('with columns of a newer bench', () => {
    const decoded = decodeLedger(`${header}\tnovel\n${encodeRow(row)}\tthing\n`, 'x');
    expect(decoded.rows).toEqual([row]);
    expect(decoded.extraColumns).toEqual(['novel']);
    expect(decoded.lines[0]?.extraCells).toEqual(['thing']);
  });
});

describe('what is no row is an error with its line', () => {
  const cells = encodeRow(row).split('\t');
  const withCell = (column: (typeof columns)[number], cell: string): string =>
    cells.map((old, index) => (index === columns.indexOf(column) ? cell : old)).join('\t');
  const good = encodeRow(row);
  test.each([
    ['too few cells', file(good, 'iter-1\tx'), /line 3 .*2 cells where the header has 37/],
    ['too many cells', file(`${good}\t`), /line 2 .*38 cells/],
    ['a word where a number is', file(withCell('value', 'fast')), /line 2 .*value: "fast" is not a number/],
    ['a hexadecimal number', file(withCell('value', '0x10')), /line 2 .*value/],
    ['a bare number for iter', file(withCell('iter', '3')), /line 2 .*iter: "3" is not iter-N/],
    ['an unknown status', file(withCell('status', 'kept')), /line 2 .*status/],
    [
      'an unknown escape',
      file(withCell('description', 'C:\\path')),
      /line 2 .*description: unknown escape \\p/,
    ],
    ['a lone backslash', file(withCell('description', 'end\\')), /line 2 .*description: unknown escape/],
    ['a broken run id', file(withCell('run_id', 'iter-3')), /line 2 .*run_id: must be a run id/],
    ['another header', `iter\trun\n${good}\n`, /line 1 .*column 2 is "run", expected run_id/],
    ['no header', `${good}\n`, /line 1 .*column 1/],
    ['a header cut short', `${columns.slice(0, -1).join('\t')}\n`, /line 1 .*expected description/],
    ['a column twice', `${header}\tstatus\n`, /line 1 .*repeats a column/],
    [
      'merge markers',
      file('<<<<<<< HEAD', good, '=======', '>>>>>>> other'),
      /line 2 has the markers of an unfinished merge/,
    ],
  ])('%s', (_, text, message) => {
    expect(() => decodeLedger(text, 'bench_results.tsv')).toThrow(message);
    expect(() => decodeLedger(text, 'bench_results.tsv')).toThrow(BenchError);
  });
});
