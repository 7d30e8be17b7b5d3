import { recordPath } from './ledger/place.ts';
import type { Row } from './ledger/row.ts';
import { recallWorkload } from './recall-plan.ts';
import { recordedSeconds } from './recorded-seconds.ts';
import type { SweepPlan } from './sweep-plan.ts';
import { type CellState, isOpen, type SweepState } from './sweep-state.ts';
import { formatDuration, plural } from './units.ts';

/**
 * What a sweep will cost, said before the first launch.
 * @param rows of the ledger, whose records tell how long such a launch took.
 */
export function sweepCost(
  plan: SweepPlan,
  { id, cells }: Pick<SweepState, 'id' | 'cells'>,
  rows: readonly Row[],
): string[] {
  const { arms, contexts, launches, recall } = plan;
  const open = cells.filter(isOpen);
  const there = cells.length - open.length;
  const size = `${plural(arms.length, 'arm')} x ${plural(contexts.length, 'context')}`;
  const rest = there === 0 ? '' : `, ${there} of them measured already`;
  const asked = open.length * launches;
  const requests = plural(asked * recall.n, 'request');
  return [
    `sweep ${id}: ${size} = ${plural(cells.length, 'cell')}${rest}; ${plural(asked, 'launch', 'launches')}, ${requests} of ${recall.task}, ${timeOf(plan, open, rows)}`,
    ...arms.map(({ label, config, engine }) => `  ${label}: ${engine}, ${config}`),
    ...(launches === 1
      ? ['times of one launch a cell are shown and not judged; --launches 2 or more judges them']
      : []),
  ];
}

function timeOf(plan: SweepPlan, open: readonly CellState[], rows: readonly Row[]): string {
  const known = open.flatMap((cell) => secondsOf(plan, cell, rows) ?? []);
  if (known.length === 0) return 'of a length not seen yet';
  const seconds = known.reduce((sum, each) => sum + each, 0) * plan.launches;
  const which = known.length === open.length ? '' : ` for the ${known.length} of them measured before`;
  return `about ${formatDuration(seconds * 1000)}${which}`;
}

/** Of one launch of a cell, by the newest row of the same file that was asked the same. */
function secondsOf(
  { recall, place }: SweepPlan,
  { config, context }: CellState,
  rows: readonly Row[],
): number | null {
  const workload = recallWorkload({ ...recall, contexts: [context] });
  const row = rows.findLast(
    (one) => one.config === config && one.workload === workload && (one.launches ?? 0) > 0,
  );
  return row === undefined ? null : recordedSeconds(recordPath(place.ledger, row.run_id));
}
