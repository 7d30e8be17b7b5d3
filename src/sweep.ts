import { BenchError, ExitCode } from './errors.ts';
import { recordPath } from './ledger/place.ts';
import { readLedger } from './ledger/read.ts';
import { readRecord } from './ledger/read-record.ts';
import type { RunRecord } from './ledger/record.ts';
import type { Row } from './ledger/row.ts';
import { runRecall } from './recall.ts';
import { ContextTooLong } from './recall-limit.ts';
import { recallWorkload } from './recall-plan.ts';
import { sweepBoard } from './report/sweep-live.ts';
import type { RunResult } from './run.ts';
import { sweepCost } from './sweep-cost.ts';
import { sweepInversions } from './sweep-inversions.ts';
import { planSweep, type SweepFlags, type SweepPlan } from './sweep-plan.ts';
import { resultOf } from './sweep-result.ts';
import {
  type CellState,
  isOpen,
  leftSweep,
  newSweep,
  type SweepState,
  saveSweep,
  sweepFolder,
} from './sweep-state.ts';
import type { Teller } from './teller.ts';
import type { SweepResult } from './verdict/sweep.ts';
import type { World } from './world.ts';

/** A sweep that is over, or was stopped: what it says so far. */
export interface SweptResult {
  readonly result: SweepResult;
  /** Absolute; the report's files go there. */
  readonly folder: string;
  /** `done`, or that of the signal that stopped it. */
  readonly exitCode: ExitCode;
  /** Cells that are still to be measured. */
  readonly left: number;
}

/**
 * What `bench sweep` does: every arm at every context, a launch and a row each, one engine up at a time; then what differs.
 * A cell that fails is a cell with its reason, and the sweep goes on.
 * @throws BenchError (exit 2) before anything was launched for mistakes in files or flags; later exit 5 when the machine or
 *   the disk refuses: what was measured stays, and `--resume` goes on.
 */
export async function sweep(
  configs: readonly string[],
  flags: SweepFlags,
  teller: Teller,
  world: World,
): Promise<SweptResult> {
  const plan = await planSweep(configs, flags, world);
  const begun = flags.resume ? leftSweep(plan) : newSweep(plan, flags.order);
  const state = flags.resume ? await withFoundRows(plan, begun) : begun;
  const known = await readLedger(plan.place.ledger);
  for (const line of sweepCost(plan, state, known.rows)) teller.note(line);
  await saveSweep(plan.root, state);
  const ended = await measureAll(plan, state, flags, teller, world);
  const told = resultOf(plan, ended.state);
  const { rows } = await readLedger(plan.place.ledger);
  const inversions = await sweepInversions({ ...told, inversions: [] }, rows, plan.place.ledger, world);
  return {
    result: { ...told, inversions },
    folder: sweepFolder(plan.root, ended.state.id),
    exitCode: ended.exitCode === ExitCode.done ? exitOf(ended.state.cells) : ended.exitCode,
    left: ended.state.cells.filter(isOpen).length,
  };
}

/** A sweep of which no cell came to an answer is no success. */
function exitOf(cells: readonly CellState[]): ExitCode {
  if (cells.some(({ state }) => state !== 'failed')) return ExitCode.done;
  return cells.some(({ runId }) => runId !== null) ? ExitCode.engineCrash : ExitCode.usage;
}

async function measureAll(
  plan: SweepPlan,
  from: SweepState,
  flags: SweepFlags,
  teller: Teller,
  world: World,
): Promise<{ readonly state: SweepState; readonly exitCode: ExitCode }> {
  let state = from;
  const put = async (at: number, change: Partial<CellState>): Promise<void> => {
    const cells = state.cells.map((cell, index) => (index === at ? { ...cell, ...change } : cell));
    state = { ...state, cells };
    await saveSweep(plan.root, state);
    teller.board?.(sweepBoard(resultOf(plan, state), world.stderr.columns || 80));
  };
  for (const [at, cell] of from.cells.entries()) {
    if (!isOpen(cell)) continue;
    await put(at, { state: 'running', begunAt: new Date().toISOString() });
    const ended = await measureCell(plan, cell, { ...flags, sweep: from.id }, teller, world);
    if (ended.stopped !== null) {
      await put(at, { state: 'waiting' });
      return { state, exitCode: ended.stopped };
    }
    await put(at, ended.change);
    const number = state.cells.filter((one) => !isOpen(one)).length;
    teller.note(`${number} of ${state.cells.length}  ${cell.arm} at ${cell.context}: ${ended.said}`);
  }
  return { state, exitCode: ExitCode.done };
}

interface CellEnded {
  readonly change: Partial<CellState>;
  /** Exit code of what ended the whole sweep; null: it goes on. */
  readonly stopped: ExitCode | null;
  readonly said: string;
}

async function measureCell(
  plan: SweepPlan,
  { config, context }: CellState,
  flags: SweepFlags,
  teller: Teller,
  world: World,
): Promise<CellEnded> {
  const members = { ...plan.members, contexts: [context] };
  const own = { ...flags, members, launches: plan.launches };
  try {
    return cellEnded(await runRecall(`${plan.root}/${config}`, own, teller, world));
  } catch (error) {
    if (error instanceof ContextTooLong)
      return { change: { state: 'failed', why: 'too-long' }, stopped: null, said: error.message };
    if (!(error instanceof BenchError)) throw error;
    const { exitCode, message } = error;
    if (signals.has(exitCode)) return { change: {}, stopped: exitCode, said: message };
    throw resumable(error);
  }
}

const signals: ReadonlySet<ExitCode> = new Set([ExitCode.sighup, ExitCode.sigint, ExitCode.sigterm]);

/** What keeps a cell from being launched at all, such as another measurement, would keep the others too. */
function resumable(error: BenchError): BenchError {
  const { message, exitCode, hint } = error;
  const how = 'What this sweep has measured stays: the same command with --resume goes on.';
  return new BenchError(message, { exitCode, hint: hint === '' ? how : `${hint}\n${how}`, cause: error });
}

/** How much of an engine's refusal fits beside other cells. */
const longestWhy = 80;

function cellEnded({ row, recall, failure, summary }: RunResult): CellEnded {
  const runId = row.run_id;
  const reason = row.reason ?? '';
  if (failure?.kind === 'interrupted') return { change: {}, stopped: failure.exitCode, said: reason };
  const [cell] = recall?.cells ?? [];
  const isVoid = row.status === 'crash' || /^(?:invalid|host-failure|noop)/.test(reason);
  if (isVoid || cell === undefined || cell.accuracy === null) {
    const said = summary?.errors[0]?.example ?? null;
    const isUnanswered = failure === null && said !== null;
    const why = isUnanswered ? `no answer: ${said.slice(0, longestWhy)}` : isVoid ? reason : 'all cut';
    return { change: { state: 'failed', why, runId }, stopped: null, said: why };
  }
  const ttft = row.ttft_ms_p50 === null ? '' : `, TTFT ${row.ttft_ms_p50.toFixed(0)} ms`;
  return {
    change: { state: 'done', why: null, runId },
    stopped: null,
    said: `${cell.correct} of ${cell.n} right${ttft}, iter-${row.iter}`,
  };
}

/** A cell whose row was written just before bench was killed is what that says. */
async function withFoundRows(plan: SweepPlan, state: SweepState): Promise<SweepState> {
  const { rows } = await readLedger(plan.place.ledger);
  const own = rows.flatMap((row) => {
    const { record } = readRecord(recordPath(plan.place.ledger, row.run_id));
    return record?.overrides.sweep === state.id ? [{ row, record }] : [];
  });
  const cells = state.cells.map((cell): CellState => {
    const found = own.findLast(({ row }) => row.config === cell.config && isOf(row, cell, plan));
    return cell.state !== 'running' || found === undefined ? cell : { ...cell, ...foundCell(found) };
  });
  return { ...state, cells };
}

function isOf({ workload, reason, status }: Row, { context }: CellState, { recall }: SweepPlan): boolean {
  const isOver = reason === 'unjudged' || status === 'crash';
  return isOver && workload === recallWorkload({ ...recall, contexts: [context] });
}

function foundCell({
  row,
  record,
}: {
  readonly row: Row;
  readonly record: RunRecord;
}): Pick<CellState, 'state' | 'why' | 'runId'> {
  const runId = row.run_id;
  if (row.status === 'crash') return { state: 'failed', why: row.reason, runId };
  const isScored = record.recall?.cells.some(({ accuracy }) => accuracy !== null) ?? false;
  return isScored ? { state: 'done', why: null, runId } : { state: 'failed', why: 'all cut', runId };
}
