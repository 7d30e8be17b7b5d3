import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Appended, appendRun } from '../../src/ledger/append.ts';
import { type LedgerPlace, ledgerPlace } from '../../src/ledger/place.ts';
import { readLedger } from '../../src/ledger/read.ts';
import { recordSchema } from '../../src/ledger/record.ts';
import { encodeRow, header } from '../../src/ledger/tsv.ts';
import { tempDir } from './repository.ts';
import { sampleRecord, sampleRow, sampleRunId } from './sample.ts';

function placeIn(root: string): LedgerPlace {
  return ledgerPlace(root, { kind: 'none', note: null });
}

async function append(root: string, serial: number, description?: string): Promise<Appended> {
  const row = sampleRow(serial, description === undefined ? {} : { description });
  return appendRun(placeIn(root), { row, record: sampleRecord(serial) });
}

async function iters(root: string): Promise<number[]> {
  return (await readLedger(placeIn(root))).rows.map((row) => row.iter);
}

/** Everything in a directory but lock files. */
function files(root: string): string[] {
  return readdirSync(root).sort();
}

test('numbers count from 0, and the record has its row', async () => {
  const root = tempDir();
  await append(root, 1);
  const second = await append(root, 2);
  expect(await iters(root)).toEqual([0, 1]);
  const record = recordSchema.parse(
    JSON.parse(readFileSync(join(root, 'results', `${sampleRunId(2)}.json`), 'utf8')),
  );
  expect(record.row).toEqual(second.row);
  expect(files(root)).toEqual(['bench_results.tsv', 'results']);
  expect(files(join(root, 'results'))).toHaveLength(2);
});

test('the next number is one more than the largest, whatever the order', async () => {
  const root = tempDir();
  const lines = [7, 2].map((iter) => encodeRow({ iter, ...sampleRow(iter) }));
  writeFileSync(join(root, 'bench_results.tsv'), [header, ...lines, ''].join('\n'));
  await append(root, 9);
  expect(await iters(root)).toEqual([7, 2, 8]);
});

test('a run that has its row does not get another', async () => {
  const root = tempDir();
  await append(root, 1);
  const before = readFileSync(join(root, 'bench_results.tsv'), 'utf8');
  expect(await append(root, 1, 'again')).toMatchObject({
    added: false,
    row: { iter: 0, description: 'a row' },
  });
  expect(readFileSync(join(root, 'bench_results.tsv'), 'utf8')).toBe(before);
});

test('rows that are there are not rewritten, not even unusual ones', async () => {
  const root = tempDir();
  const line = encodeRow({ iter: 0, ...sampleRow(1) }).replace('92.5', '9.250e1');
  const text = `\ufeff${header}\tnovel\r\n${line}\tkept\r\n`;
  writeFileSync(join(root, 'bench_results.tsv'), text);
  await append(root, 2);
  const after = readFileSync(join(root, 'bench_results.tsv'), 'utf8');
  expect(after).toBe(`${text}${encodeRow({ iter: 1, ...sampleRow(2) }, [''])}\r\n`);
});

test('a last line without end gets one', async () => {
  const root = tempDir();
  writeFileSync(join(root, 'bench_results.tsv'), `${header}\n${encodeRow({ iter: 0, ...sampleRow(1) })}`);
  await append(root, 2);
  expect(await iters(root)).toEqual([0, 1]);
});

test('a linked ledger stays a link, and its file keeps its mode', async () => {
  const root = tempDir();
  const elsewhere = tempDir();
  writeFileSync(join(elsewhere, 'ledger.tsv'), '');
  chmodSync(join(elsewhere, 'ledger.tsv'), 0o640);
  symlinkSync(join(elsewhere, 'ledger.tsv'), join(root, 'bench_results.tsv'));
  await append(root, 1);
  expect(lstatSync(join(root, 'bench_results.tsv')).isSymbolicLink()).toBe(true);
  expect(statSync(join(elsewhere, 'ledger.tsv')).mode & 0o777).toBe(0o640);
  expect(readFileSync(join(elsewhere, 'ledger.tsv'), 'utf8')).toContain(sampleRunId(1));
  expect(files(elsewhere)).toEqual(['ledger.tsv']);
});

test('drafts of killed writers are cleared, files of the user are not', async () => {
  const root = tempDir();
  mkdirSync(join(root, 'results'));
  writeFileSync(join(root, '.bench_results.tsv.0123456789ab.draft'), 'half');
  writeFileSync(join(root, 'results', `.${sampleRunId(8)}.json.0123456789ab.draft`), 'half');
  writeFileSync(join(root, 'results', '.notes.0123456789ab.draft'), 'mine');
  await append(root, 1);
  expect(files(root)).toEqual(['bench_results.tsv', 'results']);
  expect(files(join(root, 'results'))).toEqual(['.notes.0123456789ab.draft', `${sampleRunId(1)}.json`]);
});

describe('nothing is written to a ledger that cannot be read', () => {
  const good = encodeRow({ iter: 0, ...sampleRow(1) });
  test.each([
    [
      'with merge markers',
      `${header}\n<<<<<<< HEAD\n${good}\n=======\n>>>>>>> x\n`,
      /line 2 has the markers/,
    ],
    ['with a broken line', `${header}\n${good.slice(0, 40)}`, /line 2 cannot be read/],
    [
      'that is not UTF-8',
      Buffer.concat([Buffer.from(`${header}\n`), Buffer.from([0xff, 0xfe, 0x0a])]),
      /line 2 is not valid UTF-8/,
    ],
  ])('%s', async (_, content, message) => {
    const root = tempDir();
    writeFileSync(join(root, 'bench_results.tsv'), content);
    await expect(append(root, 2)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(message),
    });
    expect(readFileSync(join(root, 'bench_results.tsv'))).toEqual(Buffer.from(content));
    expect(files(root)).toEqual(['bench_results.tsv']);
  });

  test('that is a directory', async () => {
    const root = tempDir();
    mkdirSync(join(root, 'bench_results.tsv'));
    await expect(append(root, 2)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('is a directory'),
    });
  });
});

/** Mounts a tmpfs on a directory of its own; null where that is not allowed. */
function mounted(...options: string[]): string | null {
  const root = tempDir();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', root], { stdio: 'ignore' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', [root]));
  return root;
}

test('a full disk: exit 5, the ledger is as it was, no half row, no draft, no record', async ({ skip }) => {
  const root = mounted('size=64k') ?? skip('mounting a tmpfs needs root');
  await append(root, 1);
  let before = '';
  let failed: unknown;
  for (let serial = 2; failed === undefined && serial < 100; serial++) {
    before = readFileSync(join(root, 'bench_results.tsv'), 'utf8');
    failed = await append(root, serial, 'x'.repeat(3000)).catch((error: unknown) => error);
    if (!(failed instanceof Error)) failed = undefined;
  }
  expect(failed).toMatchObject({ exitCode: 5, message: expect.stringContaining('the disk is full') });
  expect(readFileSync(join(root, 'bench_results.tsv'), 'utf8')).toBe(before);
  const runs = (await readLedger(placeIn(root))).rows.map((row) => `${row.run_id}.json`);
  expect(files(join(root, 'results'))).toEqual(runs);
  expect(files(root)).toEqual(['bench_results.tsv', 'results']);
});

test('a read-only directory: exit 5, nothing changed', async ({ skip }) => {
  const root = mounted('size=256k') ?? skip('mounting a tmpfs needs root');
  await append(root, 1);
  execFileSync('mount', ['-o', 'remount,ro', root]);
  await expect(append(root, 2)).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringContaining('read-only'),
  });
  expect(await iters(root)).toEqual([0]);
});

test('the record cannot be written: no row either', async () => {
  const root = tempDir();
  writeFileSync(join(root, 'results'), 'a file of the user');
  await expect(append(root, 1)).rejects.toMatchObject({ exitCode: 5 });
  expect(existsSync(join(root, 'bench_results.tsv'))).toBe(false);
  expect(readFileSync(join(root, 'results'), 'utf8')).toBe('a file of the user');
});
