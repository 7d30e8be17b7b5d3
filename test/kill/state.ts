import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Row } from '../../src/ledger/row.ts';
import { decodeLedger } from '../../src/ledger/tsv.ts';
import { type Lane, list, userWork } from './lane.ts';

/** The rows of a ledger that must be whole: every line ended, every cell there, no run twice, every record readable. */
export function wholeRows(lane: Lane, context: string): readonly Row[] {
  const text = lane.ledger();
  if (text === '') return [];
  expect(text.endsWith('\n'), `${context}: the ledger ends in the middle of a line`).toBe(true);
  const { rows } = decodeLedger(text, 'bench_results.tsv');
  const ids = rows.map((row) => row.run_id);
  expect(new Set(ids).size, `${context}: a run has two rows`).toBe(ids.length);
  for (const name of list(join(lane.root, 'results')).filter((name) => !name.startsWith('.'))) {
    expect(() => JSON.parse(readFileSync(join(lane.root, 'results', name), 'utf8')), context).not.toThrow();
  }
  return rows;
}

/**
 * After a kill -9: the repository is sound, git can be asked, the user's work is as it was. git's index.lock may
 * be left, as by any git command that is killed, but only by one of the benches `suspects`.
 * @returns whether it was.
 */
export async function soundRepository(
  lane: Lane,
  suspects: readonly number[],
  context: string,
): Promise<boolean> {
  const fsck = await lane.git('fsck', '--no-progress', '--no-dangling');
  expect(`${fsck.stdout}${fsck.stderr}`, `${context}: git fsck`).toBe('');
  const lock = join(lane.root, '.git/index.lock');
  const isLocked = existsSync(lock);
  if (isLocked)
    expect(suspects, `${context}: index.lock`).toContain(JSON.parse(readFileSync(lock, 'utf8')).pid);
  const status = (await lane.git('status', '--porcelain')).stdout.split('\n');
  expect(status, `${context}: git status`).toEqual(expect.arrayContaining([...userWork]));
  const staged = (await lane.git('diff', '--cached', '--name-only')).stdout.trim();
  if (!isLocked) expect(staged, `${context}: staged`).toBe('staged.txt');
  expect((await lane.git('show', ':staged.txt')).stdout, context).toBe('staged by the user\n');
  return isLocked;
}

/** After a run that nobody disturbed: only the user's work is to be seen, and no scrap of a killed bench is left. */
export async function cleanRepository(lane: Lane, context: string): Promise<void> {
  const status = (await lane.git('status', '--porcelain')).stdout.trimEnd().split('\n');
  expect(status, `${context}: git status`).toEqual([...userWork]);
  expect((await lane.git('show', 'HEAD:bench_results.tsv')).stdout, `${context}: HEAD`).toBe(lane.ledger());
  const inGit = scraps(join(lane.root, '.git')).filter((name) => /^(bench-|index\.lock)/.test(name));
  expect(inGit, `${context}: .git`).toEqual([]);
  expect(scraps(String(lane.env.BENCH_LOCK_DIR)), `${context}: locks`).toEqual([]);
}

/** Names in a folder, without the empty drafts of locks that a kill in the middle of open and write leaves for a minute. */
function scraps(folder: string): string[] {
  return list(folder).filter((name) => {
    const isDraft = /\.lock\.[0-9a-f]{32}$/.test(name);
    return !isDraft || readFileSync(join(folder, name), 'utf8') !== '';
  });
}
