import { join } from 'node:path';
import { expect, expectTypeOf, test } from 'vitest';
import { encodeRecord, largestRecordBytes } from '../../src/ledger/fit-record.ts';
import { publishedSchemas } from '../../src/ledger/json-schemas.ts';
import { type NewRecord, type RunRecord, recordSchema } from '../../src/ledger/record.ts';
import type { SummaryJson } from '../../src/ledger/summary-schema.ts';
import type { Summary } from '../../src/stats/summary.ts';
import { sampleRecord, sampleRow } from './sample.ts';

const row = { iter: 4, ...sampleRow(1) };

function request(query: number, gaps: number): NewRecord['requests'][number] {
  const itlMs = Array.from({ length: gaps }, (_, index) => 10.123456 + index);
  return {
    launch: 1,
    arm: 'candidate',
    pair: null,
    round: 1,
    query: `q${query}`,
    outcome: 'ok',
    ttftMs: 12.5,
    itlMs,
  };
}

function read(text: string): RunRecord {
  return recordSchema.parse(JSON.parse(text));
}

test('a record comes back as it was, with its row and number', () => {
  const record = sampleRecord(1, {
    requests: [request(1, 3)],
    overrides: { '--limit': 3 },
    experiment: { args: ['-t', '1'] },
  });
  const { text, dropped } = encodeRecord(record, row);
  expect(read(text)).toEqual({ schemaVersion: 1, ...record, row, dropped: [] });
  expect(dropped).toEqual([]);
});

test('what does not fit is dropped, the least needed first, and named', () => {
  const requests = Array.from({ length: 50 }, (_, query) => request(query, 1000));
  const { text, dropped } = encodeRecord(
    sampleRecord(1, { requests, experiment: { args: ['-t', '1'] } }),
    row,
  );
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(largestRecordBytes);
  expect(dropped).toEqual(['the gaps and chunks of each request']);
  const back = read(text);
  expect(back.requests).toHaveLength(50);
  expect(back.requests[0]).toMatchObject({ query: 'q0', ttftMs: 12.5 });
  expect(back.requests[0]).not.toHaveProperty('itlMs');
  expect(back.experiment).toEqual({ args: ['-t', '1'] });
  expect(back.dropped).toEqual(dropped);
});

test("a snapshot's longest parts go before anything of the requests", () => {
  const long = 'x'.repeat(300 * 1024);
  const snapshot = {
    venv: { root: 'r' },
    lshw: { parts: [{ product: long }] },
    gpuState: { driver: '570', topology: 'GPU0 GPU1' },
    engine: { version: '1', stated: { '/props': long } },
  };
  const { text, dropped } = encodeRecord(sampleRecord(1, { snapshot, requests: [request(1, 3)] }), row);
  const gone = { absent: 'left out of the record; the bundle has it' };
  expect(read(text).snapshot).toMatchObject({
    venv: { root: 'r' },
    lshw: gone,
    gpuState: { driver: '570' },
    engine: { version: '1', stated: gone },
  });
  expect(read(text).requests[0]).toHaveProperty('itlMs');
  expect(dropped).toHaveLength(1);
});

test('whatever is too large, the record stays under its limit and keeps the row', () => {
  const big = 'ü'.repeat(300 * 1024);
  const record = sampleRecord(1, {
    requests: Array.from({ length: 3000 }, (_, query) => ({ ...request(query, 5), error: 'x'.repeat(500) })),
    experiment: { big },
    snapshot: { big },
    overrides: { big },
    files: { [big]: 'a' },
    launches: [{ big }],
    findings: [{ code: 'big', text: big }],
    fingerprint: big,
  });
  const { text, dropped } = encodeRecord(record, { ...row, description: big });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(largestRecordBytes);
  expect(read(text).row).toMatchObject({ iter: 4, run_id: row.run_id, value: 92.5 });
  expect(dropped.at(-1)).toContain('long texts of the row');
});

test('the experiment stays longer than the requests and goes before the summary', () => {
  const sources = { 'configs/a.yaml': { blob: null, text: 'x'.repeat(200 * 1024) } };
  const requests = Array.from({ length: 50 }, (_, query) => request(query, 1000));
  const large = sampleRecord(1, { requests, launches: [{ big: 'y'.repeat(100 * 1024) }], sources });
  expect(read(encodeRecord(large, row).text)).toMatchObject({ sources, launches: [] });
  const larger = { 'configs/a.yaml': { blob: null, text: 'x'.repeat(300 * 1024) } };
  const { text, dropped } = encodeRecord(
    sampleRecord(1, { sources: larger, requests: [request(1, 3)] }),
    row,
  );
  expect(read(text)).not.toHaveProperty('sources');
  expect(read(text).requests).toEqual([]);
  expect(dropped.at(-1)).toContain("the experiment's YAML");
});

test('a record that breaks its schema is not written', () => {
  expect(() => encodeRecord({ ...sampleRecord(1), runId: 'x' }, row)).toThrow();
  expect(() => encodeRecord({ ...sampleRecord(1), extra: 1 } as NewRecord, row)).toThrow();
});

// After a wanted change: npx vitest run test/ledger/record.test.ts -u
test.each(Object.entries(publishedSchemas()))('docs/%s is the schema', async (name, text) => {
  await expect(text).toMatchFileSnapshot(join(import.meta.dirname, '../../docs', name));
});

test('the schema of a summary is the type of a summary', () => {
  expectTypeOf<Summary>().toExtend<SummaryJson>();
  expectTypeOf<SummaryJson>().toExtend<Summary>();
});
