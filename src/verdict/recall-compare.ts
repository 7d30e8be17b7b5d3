import { holm } from '../stats/holm.ts';
import { mcnemarP } from '../stats/mcnemar.ts';
import { type ProportionInterval, wilsonInterval } from '../stats/wilson.ts';

/** One arm of a sweep: its answers by context, then by item. */
export interface RecallArm {
  readonly name: string;
  readonly contexts: readonly {
    readonly context: string;
    /** Items with an answer to the whole prompt; the others are left out. */
    readonly items: readonly { readonly id: string; readonly correct: boolean }[];
  }[];
}

/** One arm in one context; the interval is Wilson's at 95 %, null without items. */
export interface RecallScore {
  readonly arm: string;
  readonly context: string;
  readonly right: number;
  readonly n: number;
  readonly interval: ProportionInterval | null;
}

/** Two arms in one context, on the items that both answered. */
export interface RecallDifference {
  readonly a: string;
  readonly b: string;
  readonly context: string;
  readonly n: number;
  /** Right in a and wrong in b; and the other way. */
  readonly lost: number;
  readonly gained: number;
  /** Two-sided exact McNemar, alone and adjusted for all rows. */
  readonly p: number;
  readonly pHolm: number;
  readonly differ: boolean;
}

/** A sweep's arms, each alone and each against each. */
export interface RecallComparison {
  readonly scores: readonly RecallScore[];
  readonly differences: readonly RecallDifference[];
}

/**
 * Every two arms against each other in every context that both have, in the arms' order. `differ` means pHolm <= alpha: the
 * probability of any false `differ` in the whole table is at most alpha. Rows that are not `differ` are not shown to be
 * the same.
 * @param alpha in (0, 1); 0.05 by default.
 */
export function compareRecall(arms: readonly RecallArm[], alpha = 0.05): RecallComparison {
  const rows = arms.flatMap((a, index) => arms.slice(index + 1).flatMap((b) => pairOf(a, b)));
  const adjusted = holm(rows.map(({ p }) => p));
  const differences = rows.map((row, index) => {
    const pHolm = adjusted[index] ?? 1;
    return { ...row, pHolm, differ: pHolm <= alpha };
  });
  return { scores: arms.flatMap(scoresOf), differences };
}

function scoresOf({ name, contexts }: RecallArm): RecallScore[] {
  return contexts.map(({ context, items }) => {
    const right = items.filter(({ correct }) => correct).length;
    const interval = items.length === 0 ? null : wilsonInterval(right, items.length);
    return { arm: name, context, right, n: items.length, interval };
  });
}

function pairOf(a: RecallArm, b: RecallArm): Omit<RecallDifference, 'pHolm' | 'differ'>[] {
  return a.contexts.flatMap(({ context, items }) => {
    const other = b.contexts.find((one) => one.context === context);
    if (other === undefined) return [];
    const inB = new Map(other.items.map(({ id, correct }) => [id, correct]));
    const both = items.filter(({ id }) => inB.has(id));
    const lost = both.filter(({ id, correct }) => correct && inB.get(id) === false).length;
    const gained = both.filter(({ id, correct }) => !correct && inB.get(id) === true).length;
    return [{ a: a.name, b: b.name, context, n: both.length, lost, gained, p: mcnemarP(lost, gained) }];
  });
}
