import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { appendRun } from '../../src/ledger/append.ts';
import { commitRun } from '../../src/ledger/commit.ts';
import { ledgerPlace } from '../../src/ledger/place.ts';
import { earlierBaseline, findRow, pendingRows, readLedger } from '../../src/ledger/read.ts';
import type { Row } from '../../src/ledger/row.ts';
import { makeRepo, open, tempDir } from './repository.ts';
import { sampleRow, sampleRunId } from './sample.ts';

const rows: Row[] = [1, 2, 0x22].map((serial, iter) => ({ iter, ...sampleRow(serial) }));

test('no file is an empty ledger', async () => {
  expect((await readLedger(ledgerPlace(tempDir(), { kind: 'none', note: null }))).rows).toEqual([]);
});

test('a file that cannot be read says why', async () => {
  const root = tempDir();
  writeFileSync(join(root, 'bench_results.tsv'), 'nonsense\n');
  await expect(readLedger(ledgerPlace(root, { kind: 'none', note: null }))).rejects.toMatchObject({
    exitCode: 2,
  });
});

describe('a row by its name', () => {
  test.each([
    ['iter-1', 1],
    ['1', 1],
    [sampleRunId(1), 0],
    ['20261122T071500Z-00000022', 2],
    ['20261122T071500Z-0000002', 2],
  ])('%s', (name, iter) => expect(findRow(rows, name).iter).toBe(iter));

  test('none, or an ambiguous beginning: exit 2', () => {
    expect(() => findRow(rows, 'iter-9')).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => findRow(rows, 'iter-')).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => findRow(rows, '20261122')).toThrow(/is 3 rows: .*00000001, .*00000002/);
    expect(() => findRow(rows.slice(0, 1), '')).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => findRow([], 'iter-0')).toThrow(expect.objectContaining({ hint: 'The ledger is empty.' }));
  });

  test('a number that two branches used: both are named', () => {
    const doubled = [...rows, { iter: 1, ...sampleRow(7) }];
    expect(() => findRow(doubled, '1')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('ledger fix') }),
    );
  });
});

test('the baseline is the first that says so, of the same subject, and not taken back', () => {
  const subject = { workload: 'aaaaaaaaaaaa', model: 'm', hardware: 'h', engine: 'llamacpp' };
  const first: Row = { iter: 0, ...sampleRow(1, { ...subject, status: 'crash', reason: 'oom-load' }) };
  const second: Row = { iter: 1, ...sampleRow(2, { ...subject, reason: 'baseline' }) };
  expect(earlierBaseline([first], subject)).toBeNull();
  expect(earlierBaseline([first, second], subject)?.iter).toBe(1);
  for (const other of [{ workload: null }, { model: 'n' }, { hardware: 'i' }, { engine: 'vllm' }]) {
    expect(earlierBaseline([first, second], { ...subject, ...other })).toBeNull();
  }
  const marked: Row = {
    iter: 2,
    ...sampleRow(3, { ...subject, status: 'discard', reason: 'marked:bad fan', supersedes: second.run_id }),
  };
  expect(earlierBaseline([first, second, marked], subject)).toBeNull();
});

test('pending rows are those that HEAD does not have', async () => {
  const root = makeRepo();
  const repo = await open(root);
  const place = ledgerPlace(root, repo);
  const { row } = await appendRun(place, { row: sampleRow(1), record: null });
  expect(await pendingRows(repo, [row])).toEqual([row]);
  await commitRun(repo, place, row);
  expect(await pendingRows(repo, [row])).toEqual([]);
  const second = await appendRun(place, { row: sampleRow(2), record: null });
  expect(await pendingRows(repo, (await readLedger(place)).rows)).toEqual([second.row]);
});
