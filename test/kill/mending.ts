import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { Row } from '../../src/ledger/row.ts';
import { type Lane, list } from './lane.ts';
import { cleanRepository, wholeRows } from './state.ts';

/**
 * `bench ledger fix` after kills: every killed run that launched has exactly one row then, no other has; the rows
 * that were there are untouched; all is committed.
 */
export async function mend(program: string, lane: Lane, killed: readonly string[]): Promise<void> {
  const before = lane.ledger();
  const had = new Set(wholeRows(lane, 'before the fix').map((row) => row.run_id));
  const recorded = new Set(list(join(lane.root, 'results')).map((name) => name.replace('.json', '')));
  const fix = await fixLedger(program, lane);
  expect(fix.problems).toEqual([]);
  const after = lane.ledger();
  expect(after.startsWith(before), 'rows that were there are as they were').toBe(true);
  const added = wholeRows(lane, 'after the fix').filter((row) => !had.has(row.run_id));
  expect(fix.entered.map((row) => row.run_id)).toEqual(added.map((row) => row.run_id));
  const missing = killed.filter((id) => !had.has(id));
  const must = missing.filter((id) => lane.launched(id) === 'yes');
  const may = missing.filter((id) => lane.launched(id) !== 'no');
  const entered = added.map((row) => row.run_id);
  expect(entered, 'runs that launched').toEqual(expect.arrayContaining(must));
  expect(may, 'nothing else').toEqual(expect.arrayContaining(entered));
  for (const row of added) {
    // A record is written just before its row: then the run was over, and the row says how.
    if (recorded.has(row.run_id)) continue;
    expect(row, row.run_id).toMatchObject({
      status: 'discard',
      value: null,
      reason: expect.stringMatching(/^interrupted/),
    });
  }
  await cleanRepository(lane, 'after the fix');
  expect(await fixLedger(program, lane)).toMatchObject({ entered: [], changed: false });
}

async function fixLedger(
  program: string,
  { root, env }: Lane,
): Promise<{ entered: Row[]; problems: string[]; changed: boolean }> {
  const argv = [program, 'ledger', 'fix', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: root, env });
  return JSON.parse(stdout);
}
