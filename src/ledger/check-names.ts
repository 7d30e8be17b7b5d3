import type { Row } from './row.ts';

/** Something about a row that is wrong, or worth knowing. */
export interface Remark {
  /** Null: it is about a line that is no row. */
  readonly iter: number | null;
  readonly runId: string | null;
  /** A sentence without its end. */
  readonly what: string;
  /** What to do; empty: nothing need be done. */
  readonly todo: string;
}

/** The cells by which rows name each other. */
export type Named = Pick<Row, 'iter' | 'run_id' | 'parent' | 'supersedes'>;

/** A remark about a row. */
export function remark(row: Pick<Row, 'iter' | 'run_id'>, what: string, todo: string): Remark {
  return { iter: row.iter, runId: row.run_id, what, todo };
}

/** Rows that share a number or a run, and rows that name one that is not there. */
export function checkNames(rows: readonly Named[]): Remark[] {
  const byRun = new Map<string, Named>();
  const byIter = new Map<number, Named>();
  const remarks: Remark[] = [];
  for (const row of rows) {
    const run = byRun.get(row.run_id);
    const iter = byIter.get(row.iter);
    if (run !== undefined) {
      remarks.push(
        remark(
          row,
          `a second row of ${row.run_id}`,
          '`bench ledger fix` drops equal ones; of others delete the wrong one',
        ),
      );
    } else if (iter !== undefined) {
      remarks.push(remark(row, `its number is that of ${iter.run_id} too`, '`bench ledger fix` renumbers'));
    }
    byRun.set(row.run_id, row);
    byIter.set(row.iter, row);
  }
  for (const row of rows) {
    for (const column of ['parent', 'supersedes'] as const) {
      const name = row[column];
      if (name !== null && !byRun.has(name)) {
        remarks.push(
          remark(
            row,
            `\`${column}\` names ${name}, and no row is that`,
            'merge the branch that has it, or find it with `git log -p -- bench_results.tsv`',
          ),
        );
      }
    }
  }
  return remarks;
}
