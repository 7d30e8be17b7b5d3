import { mcnemarLossP } from '../stats/mcnemar.ts';
import { tangoUpper } from '../stats/tango.ts';
import { type ProportionInterval, wilsonInterval, wilsonLower } from '../stats/wilson.ts';
import { countCell, type PairedCell, type RecallCounts } from './recall-counts.ts';
import { type RecallRule, type RecallThresholds, recallThresholds } from './recall-rule.ts';
import { recallWhy } from './recall-why.ts';

/** `more`: ask the next batch of both arms; `inconclusive`: all items are spent. Only `pass` is a pass. */
export type RecallState = 'pass' | 'fail' | 'more' | 'unmeasurable' | 'inconclusive';

/** The rule that spoke; those of one context name it: `mcnemar-cell:8k`. */
export type RecallReason =
  | 'failures'
  | 'mcnemar-pooled'
  | `mcnemar-cell:${string}`
  | `format-collapse:${string}`
  | 'floor'
  | `unanswered:${string}`
  | 'outputs-equal'
  | 'tango'
  | 'between-looks'
  | 'open'
  | 'spent';

/** What the items of one context, or of all that count, say of the drop. */
export interface RecallDrop {
  readonly n: number;
  readonly lost: number;
  readonly gained: number;
  /** Share right in the parent less that in the child, in percentage points; negative where the child is better. */
  readonly lossPt: number;
  /** The most that the drop may be, in percentage points, at the confidence of the thresholds. */
  readonly upperPt: number;
  /** One-sided exact p of a loss. */
  readonly p: number;
}

/** One context: what was counted and what it says; intervals are Wilson's at 95 %, null without a valid item. */
export interface RecallContext extends RecallCounts {
  /** Whether the parent is above the floor, so that a loss would show; others leave the pool. */
  readonly informative: boolean;
  readonly parentInterval: ProportionInterval | null;
  readonly childInterval: ProportionInterval | null;
  readonly drop: RecallDrop | null;
}

/** The gate at what has been seen so far. */
export interface RecallGate {
  readonly state: RecallState;
  readonly reason: RecallReason;
  /** The same in a sentence, with the numbers it rests on. */
  readonly why: string;
  /** Number of this look from 1; null between looks, when nothing is decided. */
  readonly look: number | null;
  readonly thresholds: RecallThresholds;
  /** Over the informative contexts; null when there is none. */
  readonly pooled: RecallDrop | null;
  readonly contexts: readonly RecallContext[];
}

/** Rise of the share of answers without a label that is a collapse when it is no chance, in percentage points. */
const collapsePt = 10;

/**
 * Paired non-inferiority of the child's recall, from the same items asked of both arms. Ask after each batch, of all
 * contexts alike, and stop at the first state other than `more`; the error rates hold for that, and only at the looks of
 * {@link recallThresholds}: in between it is `more`.
 *
 * - `fail` when more items of the child than of the parent have no answer in a context; when a loss is no chance (exact McNemar) and not
 *   shown to be within the margin, over all informative contexts or in one; when answers without a label rise by 10 points
 *   in one and that is no chance.
 * - `pass` when Tango's bound of the pooled drop is within the margin. Equal outputs are no shortcut: of 50 items none
 *   changes in 8 % of runs of a child that loses 5 points. They are the zero counts of the same bound.
 * - `unmeasurable` when half of a context or more has no answer in one of the arms: what was to be guarded there was not
 *   seen; and when the parent is at the floor in every context, now and at the end if it goes on like this.
 *
 * A context is informative when Wilson's one-sided 95 % bound of the parent's share lies above chance. That does not look
 * at the child, so a collapse cannot hide by leaving the pool; but a parent that was lucky gets in more easily, which makes
 * its losses more than its gains. It never favours a pass, and `npm run bench:recall-gate` shows that failing stays within
 * 5 %. Each look is judged on all its items afresh, so a context may enter or leave.
 * @throws RangeError without a context, or with more items in one than the rule's n.
 */
export function recallGate(cells: readonly PairedCell[], rule: RecallRule): RecallGate {
  return recallGateOfCounts(cells.map(countCell), rule);
}

/** {@link recallGate} of what has been counted already. */
export function recallGateOfCounts(counts: readonly RecallCounts[], rule: RecallRule): RecallGate {
  const thresholds = recallThresholds(rule, counts.length);
  const most = Math.max(...counts.map(({ seen }) => seen));
  if (most > rule.n) throw new RangeError(`${most} items of a context, when ${rule.n} are planned`);
  const contexts = counts.map((one) => contextOf(one, rule, thresholds));
  const pooled = pool(contexts, thresholds);
  const index = counts.every(({ seen }) => seen === most) ? thresholds.looks.indexOf(most) : -1;
  const looked = { look: index < 0 ? null : index + 1, thresholds, pooled, contexts };
  const judged = judge(looked, rule);
  return { ...judged, why: recallWhy({ ...judged, ...looked }, rule), ...looked };
}

type Looked = Pick<RecallGate, 'look' | 'thresholds' | 'pooled' | 'contexts'>;
type Judged = Pick<RecallGate, 'state' | 'reason'>;

function judge(looked: Looked, rule: RecallRule): Judged {
  const { look, thresholds, pooled, contexts } = looked;
  if (look === null) return { state: 'more', reason: 'between-looks' };
  const isSpent = look === thresholds.looks.length;
  const failed = failure(looked, rule.marginPt);
  if (failed !== null) return { state: 'fail', reason: failed };
  if (pooled === null) {
    const unanswered = silent(contexts);
    if (unanswered !== null) return unanswered;
    const isHopeless = isSpent || !contexts.some((one) => mayBecomeInformative(one, rule));
    return { state: isHopeless ? 'unmeasurable' : 'more', reason: 'floor' };
  }
  if (pooled.upperPt <= rule.marginPt) {
    const unanswered = silent(contexts);
    if (unanswered !== null) return unanswered;
    const isEqual = contexts.every(({ changed }) => changed === 0);
    return { state: 'pass', reason: isEqual ? 'outputs-equal' : 'tango' };
  }
  return isSpent ? { state: 'inconclusive', reason: 'spent' } : { state: 'more', reason: 'open' };
}

/** A context that half of the items or more say nothing of is not passed by what others say. */
function silent(contexts: Looked['contexts']): Judged | null {
  const found = contexts.find(({ n, seen }) => 2 * n <= seen);
  return found === undefined ? null : { state: 'unmeasurable', reason: `unanswered:${found.context}` };
}

function failure({ thresholds, pooled, contexts }: Looked, marginPt: number): RecallReason | null {
  if (contexts.some(({ childInvalid, parentInvalid }) => childInvalid > parentInvalid)) return 'failures';
  const isLoss = (drop: RecallDrop | null, p: number): boolean =>
    drop !== null && drop.p <= p && drop.upperPt > marginPt;
  if (isLoss(pooled, thresholds.pooledP)) return 'mcnemar-pooled';
  const informative = contexts.filter((one) => one.informative);
  const losing = informative.find(({ drop }) => isLoss(drop, thresholds.contextP));
  if (losing !== undefined) return `mcnemar-cell:${losing.context}`;
  const collapsed = informative.find((one) => isCollapsed(one, thresholds.formatP));
  return collapsed === undefined ? null : `format-collapse:${collapsed.context}`;
}

function isCollapsed({ n, formatLost, formatGained }: RecallCounts, p: number): boolean {
  const risePt = (100 * (formatLost - formatGained)) / n;
  return risePt >= collapsePt && mcnemarLossP(formatLost, formatGained) <= p;
}

function contextOf(counts: RecallCounts, rule: RecallRule, thresholds: RecallThresholds): RecallContext {
  const { n, parentRight, childRight } = counts;
  if (n === 0)
    return { ...counts, informative: false, parentInterval: null, childInterval: null, drop: null };
  return {
    ...counts,
    informative: wilsonLower(parentRight, n) > rule.chance,
    parentInterval: wilsonInterval(parentRight, n),
    childInterval: wilsonInterval(childRight, n),
    drop: dropOf(counts, thresholds),
  };
}

function pool(contexts: readonly RecallContext[], thresholds: RecallThresholds): RecallDrop | null {
  const informative = contexts.filter((one) => one.informative);
  if (informative.length === 0) return null;
  const sum = (of: 'n' | 'lost' | 'gained'): number => informative.reduce((total, one) => total + one[of], 0);
  return dropOf({ n: sum('n'), lost: sum('lost'), gained: sum('gained') }, thresholds);
}

function dropOf(
  { n, lost, gained }: Pick<RecallCounts, 'n' | 'lost' | 'gained'>,
  { boundConfidence }: RecallThresholds,
): RecallDrop {
  return {
    n,
    lost,
    gained,
    lossPt: (100 * (lost - gained)) / n,
    upperPt: 100 * tangoUpper({ n, lost, gained }, boundConfidence),
    p: mcnemarLossP(lost, gained),
  };
}

/** Whether the parent's share, kept up to all items, would be above the floor. */
function mayBecomeInformative({ n, seen, parentRight }: RecallCounts, rule: RecallRule): boolean {
  if (n === 0) return false;
  const atEnd = rule.n * (n / seen);
  return wilsonLower((parentRight / n) * atEnd, atEnd) > rule.chance;
}
