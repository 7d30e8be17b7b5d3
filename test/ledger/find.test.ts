import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lookUp } from '../../src/ledger/find.ts';
import type { Row } from '../../src/ledger/row.ts';
import { encodeRow, header } from '../../src/ledger/tsv.ts';
import { tempDir } from './repository.ts';
import { sampleRow, sampleRunId } from './sample.ts';

function ledgerOf(rows: readonly Row[]): { file: string } {
  const file = join(tempDir(), 'bench_results.tsv');
  writeFileSync(file, [header, ...rows.map((row) => encodeRow(row)), ''].join('\n'));
  return { file };
}

const place = (): { file: string } =>
  ledgerOf([
    { iter: 0, ...sampleRow(1) },
    { iter: 1, ...sampleRow(0x22) },
    { iter: 2, ...sampleRow(3, { supersedes: sampleRunId(1), reason: 'marked:no' }) },
    { iter: 20, ...sampleRow(4, { supersedes: sampleRunId(3), reason: 'marked:yes' }) },
  ]);

test.each([
  ['iter-2', 2],
  ['2', 2],
  ['20', 20],
  [sampleRunId(1), 0],
  ['20261122T071500Z-0000002', 1],
])('%s', async (name, iter) => expect((await lookUp(place(), name)).row.iter).toBe(iter));

test('with the row it corrects and the one that corrects it', async () => {
  const { row, links } = await lookUp(place(), 'iter-2');
  expect(links.corrected(row)?.iter).toBe(0);
  expect(links.correction(row)?.iter).toBe(20);
  const first = await lookUp(place(), 'iter-0');
  expect(first.links.correction(first.row)?.iter).toBe(2);
  expect(first.links.standing(first.row).iter).toBe(20);
  const plain = await lookUp(place(), 'iter-1');
  expect([plain.links.corrected(plain.row), plain.links.correction(plain.row)]).toEqual([null, null]);
});

test('none, several, an empty ledger: exit 2 with what to do', async () => {
  await expect(lookUp(place(), 'iter-9')).rejects.toMatchObject({
    exitCode: 2,
    message: 'No row of bench_results.tsv is "iter-9"',
    hint: expect.stringContaining('bench ledger list'),
  });
  await expect(lookUp(place(), '20261122')).rejects.toThrow(/is 4 rows/);
  await expect(lookUp(place(), '')).rejects.toMatchObject({ exitCode: 2 });
  await expect(lookUp(ledgerOf([]), 'iter-0')).rejects.toMatchObject({ hint: 'The ledger is empty.' });
});

test('a broken line elsewhere does not hide a row, the markers of a merge do', async () => {
  const ledger = place();
  appendFileSync(ledger.file, `${encodeRow({ iter: 5, ...sampleRow(5) }).replace('92.5', 'fast')}\n`);
  expect((await lookUp(ledger, 'iter-1')).row.iter).toBe(1);
  await expect(lookUp(ledger, 'iter-5')).rejects.toThrow(/line 6 cannot be read: value/);
  appendFileSync(ledger.file, '<<<<<<< HEAD\n');
  await expect(lookUp(ledger, 'iter-1')).rejects.toThrow(/unfinished merge/);
});
