import { BenchError, ExitCode } from '../errors.ts';
import { type Links, linksOf } from './links.ts';
import { type LedgerPlace, ledgerName } from './place.ts';
import { findRow, readRows } from './read.ts';
import { columns, type Row } from './row.ts';

const runIdAt = columns.indexOf('run_id');
const supersedesAt = columns.indexOf('supersedes');

/**
 * The row that a person names (see {@link findRow}) with the rows that correct it or that it corrects: of a long ledger
 * only these are decoded. BenchError (exit 2) when there is none, or more than one.
 */
export async function lookUp(
  place: Pick<LedgerPlace, 'file'>,
  name: string,
): Promise<{ row: Row; links: Links }> {
  const iter = /^(?:iter-)?(\d+)$/.exec(name)?.[1];
  let lines = 0;
  const rows = await readRows(place, (cells) => {
    lines += 1;
    const isNamed =
      (iter !== undefined && cells[0] === `iter-${iter}`) ||
      (name !== '' && cells[runIdAt]?.startsWith(name) === true);
    return isNamed || cells[supersedesAt] !== '';
  });
  if (rows.length === 0 && lines > 0) {
    throw new BenchError(`No row of ${ledgerName} is ${JSON.stringify(name)}`, {
      exitCode: ExitCode.usage,
      hint: '`bench ledger list` shows them.',
    });
  }
  const row = findRow(rows, name);
  const target = row.supersedes;
  const corrected = target === null ? [] : await readRows(place, (cells) => cells[runIdAt] === target);
  return { row, links: linksOf([...corrected, ...rows.filter((each) => each.run_id !== target)]) };
}
