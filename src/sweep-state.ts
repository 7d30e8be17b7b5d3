import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRunsFolder } from './bundle.ts';
import { BenchError, ExitCode } from './errors.ts';
import { newRunId } from './ledger/run-id.ts';
import { writeWhole } from './ledger/write-whole.ts';
import { isGone, parseIdentity, thisProcess } from './process-identity.ts';
import type { SweepPlan } from './sweep-plan.ts';
import type { SweepCell } from './verdict/sweep.ts';
import { shuffled } from './workload/order.ts';

/** One cell as the state keeps it. */
export interface CellState extends Pick<SweepCell, 'arm' | 'context' | 'state' | 'why'> {
  readonly config: string;
  readonly runId: string | null;
  /** When it was last begun, ISO 8601; null: it was not. */
  readonly begunAt: string | null;
}

/** `.bench_runs/sweeps/<id>/sweep.json`: what is needed to go on with a sweep, and to tell it again. */
export interface SweepState {
  readonly id: string;
  readonly key: string;
  readonly startedAt: string;
  readonly process: object;
  /** In the order in which they run. */
  readonly cells: readonly CellState[];
}

/** Folder of a sweep. */
export function sweepFolder(root: string, id: string): string {
  return join(root, '.bench_runs', 'sweeps', id);
}

/** A new sweep. Shuffled by its id, so that no arm and no length always comes first while a host drifts. */
export function newSweep(plan: SweepPlan, order: 'random' | 'listed'): SweepState {
  const id = newRunId();
  const listed = plan.contexts.flatMap((context) =>
    plan.arms.map(
      ({ label, config }): CellState => ({
        ...{ arm: label, config, context, runId: null, begunAt: null },
        ...{ state: 'waiting', why: null },
      }),
    ),
  );
  return {
    ...{ id, key: plan.key, process: thisProcess(), startedAt: new Date().toISOString() },
    cells: order === 'listed' ? listed : shuffled(listed, `sweep ${id}`),
  };
}

/** Writes it whole. @throws BenchError (exit 5) when the disk refuses. */
export async function saveSweep(root: string, state: SweepState): Promise<void> {
  makeRunsFolder(root);
  const folder = sweepFolder(root, state.id);
  mkdirSync(folder, { recursive: true });
  await writeWhole(join(folder, 'sweep.json'), `${JSON.stringify(state, null, 2)}\n`);
}

/**
 * The newest sweep that was not finished, of the same files, items and bench.
 * @throws BenchError (exit 2) when there is none, when it still runs, or when something of it is other now.
 */
export function leftSweep(plan: SweepPlan): SweepState {
  const open = statesIn(plan.root).filter(({ cells }) => cells.some(isOpen));
  const left = open.find(({ key }) => key === plan.key) ?? open[0];
  if (left === undefined)
    throw usage('There is no unfinished sweep to go on with', 'Run it without --resume.');
  const identity = parseIdentity(JSON.stringify(left.process));
  if (identity !== null && !isGone(identity))
    throw usage(`The sweep ${left.id} still runs (pid ${identity.pid})`, 'Wait for it, or stop it.');
  if (left.key !== plan.key)
    throw usage(
      `The unfinished sweep ${left.id} is another one: its files, items, launches or bench itself differ`,
      'Name the same configs and flags as then, or run it without --resume.',
    );
  return { ...left, process: thisProcess() };
}

/** Whether a cell is still to be measured: one that was running when bench was stopped is. */
export function isOpen({ state }: Pick<CellState, 'state'>): boolean {
  return state === 'waiting' || state === 'running';
}

/** Newest first. */
function statesIn(root: string): SweepState[] {
  const folder = join(root, '.bench_runs', 'sweeps');
  const ids = existsSync(folder) ? readdirSync(folder).sort().reverse() : [];
  return ids.flatMap((id) => {
    try {
      return [JSON.parse(readFileSync(join(folder, id, 'sweep.json'), 'utf8')) as SweepState];
    } catch {
      return [];
    }
  });
}

function usage(message: string, hint: string): BenchError {
  return new BenchError(message, { exitCode: ExitCode.usage, hint });
}
