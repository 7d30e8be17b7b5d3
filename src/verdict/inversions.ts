import { mcnemarP } from '../stats/mcnemar.ts';
import type { Inversion, InversionSide, SweepArm, SweepCell, SweepResult } from './sweep.ts';
import { timeDifferences } from './sweep-times.ts';

/** A cell with a row, of this sweep or from before. */
export interface MeasuredCell {
  readonly cell: SweepCell;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Scored items of an earlier row; null: its record has none. */
  readonly items: readonly { readonly id: string; readonly correct: boolean }[] | null;
}

/** What an arm is looked up by among earlier rows: its engine and model, or its file. */
export type LookUpBy = 'engine' | 'config';

/**
 * The newest earlier row of an arm at a context on the same hardware, of items that the other arm was asked too; null: there is
 * none. They need not be the items of now: other items are another look at the same question.
 */
export type EarlierOf = (
  arm: SweepArm,
  by: LookUpBy,
  context: string,
  other: SweepArm,
) => MeasuredCell | null;

/** An inversion before anyone has looked at what differs, with both arms' rows of then and now by run id. */
export interface FoundInversion extends Omit<Inversion, 'differs'> {
  readonly runIds: { readonly a: readonly [string, string]; readonly b: readonly [string, string] };
}

/** At most this McNemar p shows the order of two arms that were compared once. */
const alpha = 0.05;

type Compared = Pick<SweepResult, 'arms' | 'contexts' | 'cells' | 'recallDifferences' | 'timeDifferences'>;

/**
 * Every two arms whose order at a context, by recall or by TTFT, is the other way round than in the newest earlier rows of
 * both; those shown both times first. Equal numbers have no order, and an order within noise both times is none; times that
 * were not judged count from 5 % on. The order of then is shown when McNemar's exact p on the
 * records' items is at most 0.05, or when the times of two launches and more each differ; that of now as the sweep's own
 * tables have it.
 */
export function findInversions(
  sweep: Compared,
  earlierOf: EarlierOf,
  startedAt: (runId: string) => string,
): FoundInversion[] {
  const nowOf = (arm: SweepArm, context: string): MeasuredCell | null => {
    const cell = cellOf(sweep, arm, context);
    return cell?.row == null ? null : { cell, startedAt: startedAt(cell.row.runId), items: null };
  };
  const pairs = sweep.arms.flatMap((a, index) => sweep.arms.slice(index + 1).map((b) => [a, b] as const));
  const found = pairs.flatMap(([a, b]) =>
    sweep.contexts.flatMap((context) => {
      const by = lookUpBy(sweep.arms, a, b);
      const then = [earlierOf(a, by, context, b), earlierOf(b, by, context, a)] as const;
      const now = [nowOf(a, context), nowOf(b, context)] as const;
      return [recallInversion(sweep, [a, b], then, now), ttftInversion(sweep, [a, b], then, now)].flatMap(
        (one) => one ?? [],
      );
    }),
  );
  return found.sort((one, other) => weight(other) - weight(one));
}

/** Arms that share their engine with another one are told apart by their files alone. */
function lookUpBy(arms: readonly SweepArm[], a: SweepArm, b: SweepArm): LookUpBy {
  const isAlone = (arm: SweepArm): boolean => arms.filter(({ engine }) => engine === arm.engine).length === 1;
  return isAlone(a) && isAlone(b) ? 'engine' : 'config';
}

type Both<Value> = readonly [Value, Value];

function recallInversion(
  sweep: Compared,
  arms: Both<SweepArm>,
  then: Both<MeasuredCell | null>,
  now: Both<MeasuredCell | null>,
): FoundInversion | null {
  const [a, b] = arms;
  return inversionOf('recall', arms, then, now, ({ recall }) => recall?.accuracy ?? null, {
    earlier: ([one, other]) => itemsDiffer(one.items, other.items),
    now: (context) =>
      sweep.recallDifferences.find((row) => row.context === context && row.a === a.label && row.b === b.label)
        ?.differ ?? null,
  });
}

function ttftInversion(
  sweep: Compared,
  arms: Both<SweepArm>,
  then: Both<MeasuredCell | null>,
  now: Both<MeasuredCell | null>,
): FoundInversion | null {
  const [a, b] = arms;
  const isShown = (rows: SweepResult['timeDifferences'], context: string): boolean | null => {
    const row = rows.find(
      (one) => one.metric === 'ttft_ms' && one.context === context && one.a === a.label && one.b === b.label,
    );
    return row === undefined || row.state === 'not-judged' ? null : row.state === 'differ';
  };
  return inversionOf('ttft_ms', arms, then, now, ttftOf, {
    earlier: ([one, other]) => {
      const { context } = one.cell;
      const cells = [
        { ...one.cell, arm: a.label },
        { ...other.cell, arm: b.label, context },
      ];
      return isShown(timeDifferences(cells, arms, [context]), context);
    },
    now: (context) => isShown(sweep.timeDifferences, context),
  });
}

function inversionOf(
  metric: Inversion['metric'],
  [a, b]: Both<SweepArm>,
  then: Both<MeasuredCell | null>,
  now: Both<MeasuredCell | null>,
  value: (cell: SweepCell) => number | null,
  isShown: {
    earlier(both: Both<MeasuredCell>): boolean | null;
    now(context: string): boolean | null;
  },
): FoundInversion | null {
  const [thenA, thenB] = then;
  const [nowA, nowB] = now;
  if (thenA === null || thenB === null || nowA === null || nowB === null) return null;
  const before = sideOf(thenA.cell, thenB.cell, value, later(thenA.startedAt, thenB.startedAt));
  const after = sideOf(nowA.cell, nowB.cell, value, later(nowA.startedAt, nowB.startedAt));
  if (before === null || after === null || (before.a - before.b) * (after.a - after.b) >= 0) return null;
  const { context } = nowA.cell;
  const sides = {
    now: { ...after, isShown: isShown.now(context) },
    earlier: { ...before, isShown: isShown.earlier([thenA, thenB]) },
  };
  if (!isWorthAnAlarm(sides)) return null;
  return {
    ...{ a: a.label, b: b.label, context, metric },
    ...sides,
    runIds: {
      a: [thenA.cell.row?.runId ?? '', nowA.cell.row?.runId ?? ''],
      b: [thenB.cell.row?.runId ?? '', nowB.cell.row?.runId ?? ''],
    },
  };
}

/** Of times that nobody judged, so much between the arms both times is worth a word. */
const leastShare = 0.05;

/** An order that was within noise both times has not been turned round. */
function isWorthAnAlarm({ now, earlier }: Pick<Inversion, 'now' | 'earlier'>): boolean {
  if (now.isShown === true || earlier.isShown === true) return true;
  if (now.isShown !== null || earlier.isShown !== null) return false;
  return [now, earlier].every(({ a, b }) => Math.abs(Math.log(a / b)) >= leastShare);
}

function sideOf(
  one: SweepCell,
  other: SweepCell,
  value: (cell: SweepCell) => number | null,
  at: string,
): Omit<InversionSide, 'isShown'> | null {
  const [a, b] = [value(one), value(other)];
  if (a === null || b === null || one.row === null || other.row === null) return null;
  return { aRow: `iter-${one.row.iter}`, bRow: `iter-${other.row.iter}`, a, b, at };
}

/** The mean over launches, ms. */
function ttftOf({ launchValues: { ttft_ms: values } }: SweepCell): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function itemsDiffer(one: MeasuredCell['items'], other: MeasuredCell['items']): boolean | null {
  if (one === null || other === null) return null;
  const inOther = new Map(other.map(({ id, correct }) => [id, correct]));
  const lost = one.filter(({ id, correct }) => correct && inOther.get(id) === false).length;
  const gained = one.filter(({ id, correct }) => !correct && inOther.get(id) === true).length;
  return mcnemarP(lost, gained) <= alpha;
}

function cellOf({ cells }: Compared, { label }: SweepArm, context: string): SweepCell | null {
  return (
    cells.find((cell) => cell.arm === label && cell.context === context && cell.state === 'done') ?? null
  );
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}

function weight({ now, earlier }: FoundInversion): number {
  return Number(now.isShown === true) + Number(earlier.isShown === true);
}
