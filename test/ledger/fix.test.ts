import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendRun } from '../../src/ledger/append.ts';
import { commitLedger, commitRun } from '../../src/ledger/commit.ts';
import { fixLedger } from '../../src/ledger/fix.ts';
import { mendLines } from '../../src/ledger/mend.ts';
import { type LedgerPlace, ledgerPlace } from '../../src/ledger/place.ts';
import { readLedger } from '../../src/ledger/read.ts';
import type { Row } from '../../src/ledger/row.ts';
import { encodeRow, header } from '../../src/ledger/tsv.ts';
import { thisProcess } from '../../src/process-identity.ts';
import { makeRepo, open, sh, status, tempDir, write } from './repository.ts';
import { sampleRecord, sampleRow, sampleRunId } from './sample.ts';

function placeIn(root: string): LedgerPlace {
  return ledgerPlace(root, { kind: 'none', note: null });
}

function ledgerOf(rows: readonly Row[]): LedgerPlace {
  const root = tempDir();
  writeFileSync(
    join(root, 'bench_results.tsv'),
    [header, ...rows.map((row) => encodeRow(row)), ''].join('\n'),
  );
  return placeIn(root);
}

async function numbers(place: LedgerPlace): Promise<string[]> {
  return (await readLedger(place)).rows.map((row) => `${row.iter} ${row.run_id.slice(-2)}`);
}

function bundle(root: string, serial: number, run: object, launched = true): void {
  const runId = sampleRunId(serial);
  const facts = {
    runId,
    expId: 'abcdefabcdef',
    engine: 'llamacpp',
    startedAt: '2026-11-22T07:15:00Z',
    bench: { version: '0.1.0', commit: null, dirty: true },
    ...run,
  };
  write(root, { [`.bench_runs/${runId}/run.json`]: JSON.stringify(facts) });
  if (launched) write(root, { [`.bench_runs/${runId}/launches/1/engine.log`]: '' });
}

const dead = { process: { ...thisProcess(), startTicks: '1' } };

test('a sound ledger is not touched', async () => {
  const place = ledgerOf([
    { iter: 0, ...sampleRow(1) },
    { iter: 5, ...sampleRow(2) },
  ]);
  const before = readFileSync(place.file);
  expect(await fixLedger(place)).toEqual({
    doubles: [],
    renumbered: [],
    relinked: [],
    problems: [],
    entered: [],
    changed: false,
  });
  expect(readFileSync(place.file)).toEqual(before);
});

test('two branches that both added rows merge by union, are mended alike on both sides, and commit clean', async () => {
  const root = makeRepo({ '.gitattributes': 'bench_results.tsv merge=union\n' });
  const add = async (serial: number, started: string): Promise<void> => {
    const repo = await open(root);
    const place = ledgerPlace(root, repo);
    const { row } = await appendRun(place, {
      row: sampleRow(serial, { started_at: started }),
      record: sampleRecord(serial),
    });
    await commitRun(repo, place, row);
  };
  await add(1, '2026-11-22T07:15:01Z');
  sh(root, 'switch', '-q', '-c', 'side');
  await add(2, '2026-11-22T07:15:05Z');
  await add(3, '2026-11-22T07:15:06Z');
  sh(root, 'switch', '-q', 'main');
  await add(4, '2026-11-22T07:15:03Z');
  sh(root, 'merge', '-q', '--no-edit', 'side');
  const repo = await open(root);
  const place = ledgerPlace(root, repo);
  expect((await numbers(place)).sort()).toEqual(['0 01', '1 02', '1 04', '2 03']);
  const fixed = await fixLedger(place);
  expect(fixed.renumbered).toEqual([{ runId: sampleRunId(2), from: 1, to: 3 }]);
  expect((await numbers(place)).sort()).toEqual(['0 01', '1 04', '2 03', '3 02']);
  await commitLedger(repo, place, { subject: 'bench: ledger fix', body: '' });
  expect(status(root)).toBe('');
  expect(await fixLedger(place)).toMatchObject({ changed: false });
});

test('the order of the lines does not matter to the new numbers', async () => {
  const rows = [1, 2, 3].map((serial) => ({ iter: 0, ...sampleRow(serial) }));
  const one = ledgerOf(rows);
  const other = ledgerOf([...rows].reverse());
  await fixLedger(one);
  await fixLedger(other);
  expect((await numbers(one)).sort()).toEqual(['0 01', '1 02', '2 03']);
  expect((await numbers(other)).sort()).toEqual(await numbers(one));
});

test('doubles go when they say the same, number aside; when they differ both stay and it is said', async () => {
  const row: Row = { iter: 0, ...sampleRow(1) };
  const place = ledgerOf([row, { ...row, iter: 4 }, row, { ...row, iter: 5, value: 1 }]);
  const fixed = await fixLedger(place);
  expect(fixed.doubles).toHaveLength(2);
  expect(fixed.problems).toEqual([expect.stringContaining('two rows that differ')]);
  expect((await readLedger(place)).rows.map((each) => each.value)).toEqual([92.5, 1]);
});

test('a row that one branch has linked anew and the other has not is one row', async () => {
  const row: Row = { iter: 0, ...sampleRow(1, { commit: 'a'.repeat(40) }) };
  const place = ledgerOf([row, { ...row, commit: 'b'.repeat(40) }]);
  expect(await fixLedger(place)).toMatchObject({ doubles: [sampleRunId(1)], problems: [] });
  expect((await readLedger(place)).rows).toEqual([row]);
});

test('a hundred thousand rows of two branches are mended', async () => {
  const lines = Array.from({ length: 100_000 }, (_, at) => ({
    row: { iter: at % 50_000, ...sampleRow(at) },
    extraCells: [],
  }));
  const { renumbered, problems } = mendLines([...lines, ...lines]);
  expect(renumbered).toHaveLength(50_000);
  expect(renumbered.at(-1)?.to).toBe(99_999);
  expect(problems).toEqual([]);
});

test('columns of a newer bench, its cells and CRLF survive', async () => {
  const root = tempDir();
  const line = encodeRow({ iter: 0, ...sampleRow(1) });
  writeFileSync(join(root, 'bench_results.tsv'), `${header}\tnovel\r\n${line}\tkept\r\n${line}\tkept\r\n`);
  await fixLedger(placeIn(root));
  expect(readFileSync(join(root, 'bench_results.tsv'), 'utf8')).toBe(`${header}\tnovel\r\n${line}\tkept\r\n`);
});

test('a run killed without a word is entered as discard, interrupted, with nothing measured', async () => {
  const place = ledgerOf([{ iter: 3, ...sampleRow(1) }]);
  bundle(place.root, 2, { ...dead, row: { config: 'configs/a.yaml', description: 'told at the start' } });
  const { entered } = await fixLedger(place);
  expect(entered).toEqual([
    expect.objectContaining({
      iter: 4,
      run_id: sampleRunId(2),
      status: 'discard',
      reason: expect.stringMatching(/^interrupted/),
      exp_id: 'abcdefabcdef',
      harness: '0.1.0-dirty',
      config: 'configs/a.yaml',
      value: null,
      errors: null,
      n: null,
    }),
  ]);
  expect(await fixLedger(place)).toMatchObject({ changed: false });
});

test('no row for a run that lives, never launched, belongs to another, or has one already', async () => {
  const place = ledgerOf([{ iter: 0, ...sampleRow(1) }]);
  bundle(place.root, 1, dead);
  bundle(place.root, 2, { process: thisProcess() });
  bundle(place.root, 3, dead, false);
  bundle(place.root, 4, { ...dead, bundleOf: sampleRunId(1) });
  write(place.root, { '.bench_runs/notes/run.json': '{}' });
  expect(await fixLedger(place)).toMatchObject({ changed: false, problems: [] });
});

test('what cannot be told is said, not guessed', async () => {
  const place = ledgerOf([]);
  bundle(place.root, 1, {});
  bundle(place.root, 2, dead);
  writeFileSync(join(place.root, '.bench_runs', sampleRunId(2), 'run.json'), '{"runId":');
  bundle(place.root, 3, { ...dead, row: { value: 'fast' } });
  expect(await fixLedger(place)).toMatchObject({
    changed: false,
    problems: [
      expect.stringContaining('may still be running'),
      expect.stringContaining('cannot be read'),
      expect.stringContaining('does not make a row'),
    ],
  });
});

test('a record without a row gives the row it holds', async () => {
  const place = placeIn(tempDir());
  await appendRun(place, { row: sampleRow(1), record: sampleRecord(1) });
  const before = (await readLedger(place)).rows;
  rmSync(place.file);
  bundle(place.root, 1, dead);
  expect((await fixLedger(place)).entered).toEqual(before);
});
