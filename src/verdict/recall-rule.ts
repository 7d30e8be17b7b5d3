import { upperNormalQuantile } from '../stats/normal-quantile.ts';
import { tangoUpper } from '../stats/tango.ts';

/** What the file says of the recall gate. */
export interface RecallRule {
  /** Largest drop of the share of right answers that is allowed, in percentage points. */
  readonly marginPt: number;
  /** Most items that each context may cost. */
  readonly n: number;
  /** Items of each context between two looks. */
  readonly batch: number;
  /** Share that a model gets right by guessing: {@link recallChance} of the task. */
  readonly chance: number;
}

/** What each look of a plan decides by; the same at every look. */
export interface RecallThresholds {
  /** Items of each context at each look, ascending; the last is all of them. */
  readonly looks: readonly number[];
  /** Confidence of the one-sided bound of the drop. */
  readonly boundConfidence: number;
  /** Largest p that fails: over all contexts, in one context, and of a format collapse in one context. */
  readonly pooledP: number;
  readonly contextP: number;
  readonly formatP: number;
}

/**
 * What the whole gate may spend. To pass: 4 % and not 5, because the size of Tango's bound swings to 1.2 times its nominal
 * level in small samples; summed exactly for 50 to 400 items it is then below 4.9 %. To fail: 5 %, in three parts.
 */
const spend = { pass: 0.04, pooled: 0.03, contexts: 0.01, formats: 0.01 } as const;

/**
 * Looks and thresholds: each look may spend an equal part, and each context an equal part of that, so that the error of all
 * of them is at most the sum however they depend on each other (Bonferroni). Equal parts are the linear spending function
 * (K. Kim, D. L. DeMets, Biometrika 74 (1987), rho = 1); one that saves its alpha for the end, as O'Brien and Fleming's,
 * would not let equal outputs pass at the first look, which is how most harmless knobs pass.
 * @param contexts how many are planned, whether or not they turn out to be informative.
 * @throws RangeError unless n, batch and contexts are whole numbers from 1.
 */
export function recallThresholds(
  { n, batch }: Pick<RecallRule, 'n' | 'batch'>,
  contexts: number,
): RecallThresholds {
  if (![n, batch, contexts].every((value) => Number.isInteger(value) && value >= 1)) {
    throw new RangeError(`no looks at ${n} items in batches of ${batch} for ${contexts} contexts`);
  }
  const looks = Array.from({ length: Math.ceil(n / batch) }, (_, index) => Math.min(n, (index + 1) * batch));
  return {
    looks,
    boundConfidence: 1 - spend.pass / looks.length,
    pooledP: spend.pooled / looks.length,
    contextP: spend.contexts / looks.length / contexts,
    formatP: spend.formats / looks.length / contexts,
  };
}

/** Whether items that all agree, over so many contexts of `n`, would bring the bound of the drop down to the margin. */
export function isMarginReachable(
  rule: Pick<RecallRule, 'marginPt' | 'n' | 'batch'>,
  contexts: number,
): boolean {
  const { boundConfidence } = recallThresholds(rule, contexts);
  const counts = { n: rule.n * contexts, lost: 0, gained: 0 };
  return 100 * tangoUpper(counts, boundConfidence) <= rule.marginPt;
}

/**
 * The smallest n per context, in whole batches, with which the margin can be reached: when no item changes and every context
 * is informative, the bound of the drop is z^2 / (items + z^2). More looks ask for more items, so it is searched.
 * @throws RangeError unless the margin lies in (0, 100) points.
 */
export function neededN(
  { marginPt, batch }: Pick<RecallRule, 'marginPt' | 'batch'>,
  contexts: number,
): number {
  if (!(marginPt > 0 && marginPt < 100)) throw new RangeError(`a margin of ${marginPt} points is none`);
  for (let looks = 1; ; looks += 1) {
    const z = upperNormalQuantile(spend.pass / looks);
    const n = looks * batch;
    if (n * contexts * marginPt >= z * z * (100 - marginPt)) return n;
  }
}

/** The tasks of BABILong that the gate can be asked of. */
export type RecallTask = 'qa1' | 'qa2' | 'qa3' | 'qa4' | 'qa5';

/**
 * Share of right answers that guessing gets: one of six rooms; in qa3 and qa4 the question names one that it is not; in qa5 the question says whether a person or a thing is asked
 * for and names those that it is not, which leaves 3 or 4 of either, so the larger share counts.
 */
export function recallChance(task: RecallTask): number {
  if (task === 'qa5') return 1 / 3;
  return task === 'qa3' || task === 'qa4' ? 1 / 5 : 1 / 6;
}
