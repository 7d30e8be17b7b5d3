import { BenchError } from './errors.ts';
import { type LedgerPlace, recordPath } from './ledger/place.ts';
import { readRecord } from './ledger/read-record.ts';
import type { RunRecord } from './ledger/record.ts';
import type { Row } from './ledger/row.ts';
import { diffMeta } from './meta.ts';
import { scoredItems } from './scored-items.ts';
import { cellOf } from './sweep-result.ts';
import {
  type FoundInversion,
  findInversions,
  type LookUpBy,
  type MeasuredCell,
} from './verdict/inversions.ts';
import type { Inversion, SweepArm, SweepResult } from './verdict/sweep.ts';
import type { World } from './world.ts';

/** So many differences of two snapshots are told; the command shows all. */
const mostTold = 5;

/**
 * Orders of two arms that are the other way round than in the newest rows before the sweep, with what differs between the
 * snapshots of then and now.
 * @param rows of the ledger, those of the sweep among them.
 */
export async function sweepInversions(
  result: SweepResult,
  rows: readonly Row[],
  place: LedgerPlace,
  world: World,
): Promise<Inversion[]> {
  const byRun = new Map(rows.map((row) => [row.run_id, row]));
  const replaced = new Set(rows.map((row) => row.supersedes));
  const own = new Set(result.cells.map(({ row }) => row?.runId));
  const before = rows.filter(
    (row) =>
      row.recall !== null &&
      row.started_at < result.startedAt &&
      !own.has(row.run_id) &&
      !replaced.has(row.run_id),
  );
  const found = findInversions(
    result,
    (arm, by, context, other) => {
      const earlierRows = ({ label }: SweepArm): readonly Row[] => {
        const cell = result.cells.find((one) => one.arm === label && one.context === context);
        const now = byRun.get(cell?.row?.runId ?? '');
        return now === undefined ? [] : before.filter((row) => isLike(row, now, by, result, context));
      };
      const [mine, theirs] = [earlierRows(arm), earlierRows(other)];
      const row = newestShared(mine, theirs);
      return row === null ? null : earlierCell(row, context, result, place);
    },
    (runId) => byRun.get(runId)?.started_at ?? result.startedAt,
  );
  const told: Inversion[] = [];
  for (const one of found) told.push(await withDifferences(one, byRun, world));
  return told;
}

/** Whether a row is of the same arm, task and context, on the same hardware; its items may be others. */
function isLike(row: Row, now: Row, by: LookUpBy, { task }: SweepResult, context: string): boolean {
  const isArm =
    by === 'config' ? row.config === now.config : row.engine === now.engine && modelId(row) === modelId(now);
  const isTask = row.recall?.split(';').some((part) => part.startsWith(`${task}@${context}=`)) ?? false;
  // Another scorer, or thoughts, are another question.
  const isOfficial = ({ findings }: Row): boolean => !findings.includes('recall-not-official');
  return isArm && isTask && row.hardware === now.hardware && isOfficial(row) === isOfficial(now);
}

/** Of one arm's rows the newest with the items of which either arm has the newest row that both were asked. */
function newestShared(mine: readonly Row[], theirs: readonly Row[]): Row | null {
  const shared = [...mine, ...theirs]
    .filter(({ workload }) => [mine, theirs].every((rows) => rows.some((row) => row.workload === workload)))
    .sort((one, other) => (one.started_at < other.started_at ? -1 : 1));
  const items = shared.at(-1)?.workload;
  return mine.findLast(({ workload }) => workload === items) ?? null;
}

/** The id without the hash of its files: other weights are something that differs. */
function modelId({ model }: Row): string {
  return model?.split('@', 1)[0] ?? '';
}

/** Null: the record is not here, or it was scored by another rule. */
function earlierCell(
  row: Row,
  context: string,
  { scorer }: SweepResult,
  place: LedgerPlace,
): MeasuredCell | null {
  const { record } = readRecord(recordPath(place, row.run_id));
  if (record?.recall?.scorer !== scorer) return null;
  const state = { arm: '', config: '', context, runId: row.run_id, begunAt: null, why: null };
  const cell = cellOf({ ...state, state: 'done' }, only(record, context));
  const items = scoredItems(record, context);
  if (cell.recall === null) return null;
  return { startedAt: row.started_at, items: items.length === 0 ? null : items, cell };
}

/** A record with the cell of one context alone. */
function only(record: RunRecord, context: string): RunRecord {
  const { recall } = record;
  if (recall === undefined) return record;
  return { ...record, recall: { ...recall, cells: recall.cells.filter((one) => one.context === context) } };
}

async function withDifferences(
  { runIds, ...inversion }: FoundInversion,
  rows: ReadonlyMap<string, Row>,
  world: World,
): Promise<Inversion> {
  const differs: Inversion['differs'][number][] = [];
  for (const [arm, [then, now]] of [[inversion.a, runIds.a] as const, [inversion.b, runIds.b] as const]) {
    const names = [then, now].map((id) => `iter-${rows.get(id)?.iter}`);
    differs.push({
      arm,
      lines: await suspects(then, now, world),
      command: `bench meta diff ${names.join(' ')}`,
    });
  }
  return { ...inversion, differs };
}

async function suspects(then: string, now: string, world: World): Promise<string[]> {
  try {
    const { differences } = await diffMeta(then, now, { launch: null, tokenFile: null }, world);
    const told = differences.slice(0, mostTold).map(({ text }) => text);
    const left = differences.length - told.length;
    if (told.length === 0) return ['nothing that could move a number'];
    return left === 0 ? told : [...told, `and ${left} more`];
  } catch (error) {
    if (error instanceof BenchError) return [error.message];
    throw error;
  }
}
