import { mcnemarLossP } from '../../src/stats/mcnemar.ts';
import { tangoUpper } from '../../src/stats/tango.ts';
import type { RecallCounts } from '../../src/verdict/recall-counts.ts';
import { recallGateOfCounts } from '../../src/verdict/recall-gate.ts';
import type { RecallRule } from '../../src/verdict/recall-rule.ts';

/** What a rule made of one campaign. */
export interface Decision {
  readonly state: 'pass' | 'fail' | 'open';
  /** Items of each context until then. */
  readonly n: number;
}

/** A rule sees the counts of all contexts at each look. */
export type Rule = (looks: readonly RecallCounts[][], rule: RecallRule) => Decision;

/** bench's, asked after each batch. */
const bench: Rule = (looks, rule) => {
  for (const counts of looks) {
    const { state } = recallGateOfCounts(counts, rule);
    if (state !== 'more')
      return { state: state === 'pass' || state === 'fail' ? state : 'open', n: seen(counts) };
  }
  return { state: 'open', n: rule.n };
};

/** The same tests at 5 % (1 % in one context), each look as if it were the only one. */
const unadjusted: Rule = (looks, rule) => {
  for (const counts of looks) {
    const isLost = pLoss(pooled(counts)) <= 0.05 || counts.some((one) => pLoss(one) <= 0.01);
    if (isLost) return { state: 'fail', n: seen(counts) };
    if (100 * tangoUpper(pooled(counts), 0.95) <= rule.marginPt) return { state: 'pass', n: seen(counts) };
  }
  return { state: 'open', n: rule.n };
};

/** "No significant loss, so none": McNemar at 5 % after all items. */
const notSignificant: Rule = (looks, rule) => {
  const counts = looks.at(-1) ?? [];
  return { state: pLoss(pooled(counts)) <= 0.05 ? 'fail' : 'pass', n: rule.n };
};

/** "The score fell by less than the margin": after all items. */
const pointEstimate: Rule = (looks, rule) => {
  const { n, lost, gained } = pooled(looks.at(-1) ?? []);
  return { state: (100 * (lost - gained)) / n <= rule.marginPt ? 'pass' : 'fail', n: rule.n };
};

/** All of them, as tables call them. */
export const rules: readonly (readonly [name: string, rule: Rule])[] = [
  ['bench', bench],
  ['looks not adjusted', unadjusted],
  ['not significant: pass', notSignificant],
  ['point estimate', pointEstimate],
];

type Paired = Pick<RecallCounts, 'n' | 'lost' | 'gained'>;

function pooled(counts: readonly RecallCounts[]): Paired {
  const sum = (of: keyof Paired): number => counts.reduce((total, one) => total + one[of], 0);
  return { n: sum('n'), lost: sum('lost'), gained: sum('gained') };
}

function pLoss({ lost, gained }: Paired): number {
  return mcnemarLossP(lost, gained);
}

function seen(counts: readonly RecallCounts[]): number {
  return counts[0]?.seen ?? 0;
}
