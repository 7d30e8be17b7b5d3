import { BenchError, ExitCode } from './errors.ts';
import { type KeptRow, keepRow } from './keep-run.ts';
import { appendRun } from './ledger/append.ts';
import { finishLeftCommit } from './ledger/index-lock.ts';
import { linksOf } from './ledger/links.ts';
import { markOf } from './ledger/mark.ts';
import { findRow } from './ledger/read.ts';
import type { Row } from './ledger/row.ts';
import { newRunId } from './ledger/run-id.ts';
import { whyNoCommit } from './ledger/why-no-commit.ts';
import { openLedger } from './ledger-story.ts';
import type { World } from './world.ts';

/** What a person decided about a row. */
export interface Decision {
  /** `iter-3`, a run id or its beginning. */
  readonly name: string;
  readonly status: 'keep' | 'discard';
  readonly text: string;
  /** null: as the repository and CI say. */
  readonly commit: boolean | null;
}

/** The row that says so, and the one in whose place it stands. */
export interface Marked extends KeptRow {
  readonly row: Row;
  readonly supersedes: Row;
}

/**
 * Appends a row that decides about another one, with its numbers, and commits it as `run` does. Of a row that was marked
 * before the newest mark is replaced.
 * @throws BenchError exit 2 when there is no such row, it is a crash, or no text is given; exit 5 when it cannot be written.
 */
export async function markRow(decision: Decision, world: World): Promise<Marked> {
  const text = decision.text.trim();
  if (text === '') throw refused('--reason is empty', 'Say why, for whoever reads the ledger later.');
  const { place: ledger, repo } = await openLedger(world);
  const whyNot = whyNoCommit(repo, { flag: decision.commit, ci: world.env.CI });
  if (repo.kind === 'normal' && whyNot === null) await finishLeftCommit(repo);
  const now = new Date();
  const mark = { run_id: newRunId(now), started_at: now.toISOString(), status: decision.status, text };
  let supersedes: Row | null = null;
  const { row } = await appendRun(ledger, (rows) => {
    supersedes = standingRow(rows, decision);
    return { row: markOf(supersedes, mark), record: null };
  });
  const kept = await keepRow({ ledger, repo, whyNot }, row);
  return { ...kept, row, supersedes: supersedes ?? row };
}

function standingRow(rows: readonly Row[], { name, status }: Decision): Row {
  const row = linksOf(rows).standing(findRow(rows, name));
  if (row.status === 'crash') {
    const hint = 'Mend what made it crash and run the experiment again.';
    throw refused(`iter-${row.iter} is a crash: it has no numbers to keep or discard`, hint);
  }
  if (status === 'keep' && row.value === null) {
    const hint = 'Run the experiment again.';
    throw refused(`iter-${row.iter} has no number to keep (${row.reason ?? 'nothing was measured'})`, hint);
  }
  return row;
}

function refused(message: string, hint: string): BenchError {
  return new BenchError(message, { exitCode: ExitCode.usage, hint });
}
