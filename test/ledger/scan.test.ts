import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Row } from '../../src/ledger/row.ts';
import { scanLedger } from '../../src/ledger/scan.ts';
import { decodeLedger, encodeRow, header } from '../../src/ledger/tsv.ts';
import { sampleRow, sampleRunId } from './sample.ts';

const cell = fc
  .string({ minLength: 1, maxLength: 8, unit: 'binary' })
  .filter((text) => text.trim() === text && text !== '');

const rows = fc
  .array(fc.record({ config: cell, exp_id: fc.constantFrom(null, 'a'.repeat(12), 'b'.repeat(12)) }), {
    maxLength: 12,
  })
  .map((cells) => cells.map((each, index): Row => ({ iter: index, ...sampleRow(index, each) })));

function text(of: readonly Row[], lineEnd = '\n'): string {
  return [header, ...of.map((row) => encodeRow(row)), ''].join(lineEnd);
}

test('a cell finds the rows that decoding all of them finds, the newest first', () => {
  fc.assert(
    fc.property(rows, fc.constantFrom('\n', '\r\n'), (all, lineEnd) => {
      const ledger = text(all, lineEnd);
      const scan = scanLedger(ledger);
      const decoded = decodeLedger(ledger, 'x').rows;
      for (const row of all) {
        for (const column of ['config', 'exp_id', 'run_id'] as const) {
          const value = row[column];
          if (value === null) continue;
          expect([...scan.where(column, value)]).toEqual(
            decoded.filter((one) => one[column] === value).toReversed(),
          );
        }
        expect(scan.byIter(row.iter)).toEqual([decoded[row.iter]]);
      }
      expect(scan.last()).toEqual(decoded.at(-1) ?? null);
      expect(scan.isEmpty).toBe(decoded.length === 0);
    }),
  );
});

test('a run id is found by its beginning', () => {
  const scan = scanLedger(text([0, 1, 2].map((serial) => ({ iter: serial, ...sampleRow(serial) }))));
  expect(scan.byRunIdStart(sampleRunId(1))).toHaveLength(1);
  expect(scan.byRunIdStart('20261122')).toHaveLength(3);
  expect(scan.byRunIdStart('2027')).toEqual([]);
});

test('a broken line is told with its number when it is asked for, and not before', () => {
  const good = text([{ iter: 0, ...sampleRow(0) }]);
  const scan = scanLedger(`${good}iter-1\t${sampleRunId(1)}\tnonsense\n`);
  expect(scan.byIter(0)).toHaveLength(1);
  expect(() => scan.byIter(1)).toThrow(/bench_results.tsv line 3 cannot be read/);
});

test('another header and the markers of a merge are refused at once', () => {
  expect(() => scanLedger('a\tb\n')).toThrow(/line 1/);
  expect(() => scanLedger(`${header}\n<<<<<<< HEAD\n`)).toThrow(/unfinished merge/);
  expect(scanLedger('').last()).toBeNull();
});
