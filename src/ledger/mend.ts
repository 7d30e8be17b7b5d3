import type { Row } from './row.ts';
import type { LedgerLine } from './tsv.ts';

/** A ledger as it should be after a union merge, and what that changed. */
export interface Mended {
  readonly lines: readonly LedgerLine[];
  /** Runs of which a second, equal line was dropped. */
  readonly doubles: readonly string[];
  readonly renumbered: readonly { readonly runId: string; readonly from: number; readonly to: number }[];
  /** What only a person can decide, as sentences. */
  readonly problems: readonly string[];
}

/**
 * Drops lines that say the same of the same run (number and commit aside, which mending changes) and gives every row a
 * number of its own: of those that share one the run that started first keeps it, the others move behind the largest, so
 * that two people who mend the same merge get the same file. Lines that say different things of one run both stay.
 */
export function mendLines(lines: readonly LedgerLine[]): Mended {
  const kept: LedgerLine[] = [];
  const doubles: string[] = [];
  const problems: string[] = [];
  const byRun = new Map<string, LedgerLine[]>();
  for (const line of lines) {
    const runId = line.row.run_id;
    const same = byRun.get(runId) ?? [];
    if (same.some((other) => meaning(other) === meaning(line))) doubles.push(runId);
    else {
      if (same.length > 0) problems.push(`${runId} has two rows that differ: delete the wrong one`);
      kept.push(line);
      byRun.set(runId, [...same, line]);
    }
  }
  const numbers = newNumbers(kept.map((line) => line.row));
  const mended = kept.map((line) => ({
    ...line,
    row: { ...line.row, iter: numbers.get(line.row) ?? line.row.iter },
  }));
  const renumbered = kept.flatMap(({ row }) => {
    const to = numbers.get(row);
    return to === undefined ? [] : [{ runId: row.run_id, from: row.iter, to }];
  });
  return { lines: mended, doubles, renumbered, problems };
}

/** New numbers for the rows that must give theirs up. */
function newNumbers(rows: readonly Row[]): Map<Row, number> {
  const byStart = [...rows].sort((a, b) => compare(startKey(a), startKey(b)));
  const taken = new Set<number>();
  const movers = byStart.filter((row) => {
    if (!taken.has(row.iter)) {
      taken.add(row.iter);
      return false;
    }
    return true;
  });
  const first = [...taken].reduce((largest, iter) => Math.max(largest, iter), -1) + 1;
  return new Map(movers.map((row, index) => [row, first + index]));
}

function meaning({ row, extraCells }: LedgerLine): string {
  return JSON.stringify([{ ...row, iter: 0, commit: null }, extraCells]);
}

function startKey(row: Row): string {
  return `${new Date(row.started_at).toISOString()} ${row.run_id}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
