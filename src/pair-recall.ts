import type { ArmName } from './pair-loop.ts';
import type { RecallBatch } from './recall-asking.ts';
import type { RecallPlan } from './recall-plan.ts';
import { type RecallAnswer, withCuts } from './stats/recall.ts';
import type { ArmAnswer, PairedCell, PairedItem } from './verdict/recall-counts.ts';
import { type RecallGate, recallGate } from './verdict/recall-gate.ts';
import type { RecallRule } from './verdict/recall-rule.ts';

/** Which items the launches of a run in pairs are asked, and what the gate makes of the answers. */
export interface PairRecall {
  /** The items that the next launch of an arm is asked; null: none. */
  next(arm: ArmName): RecallBatch | null;
  /** The answers of a launch that ended well. */
  add(arm: ArmName, answers: readonly RecallAnswer[]): void;
  /** Where the gate stands; null: there is none, or no item has both answers. */
  gate(): RecallGate | null;
}

/** Of a run that measures none. */
export const noRecall: PairRecall = { next: () => null, add() {}, gate: () => null };

/**
 * Batch after batch, each asked of both arms in the same pair where it can be, until the gate has decided; without a gate all
 * items once.
 * @param rule null: recall is measured and not judged.
 * @param maxPairs the items are spread over so many pairs.
 */
export function pairRecall(plan: RecallPlan, rule: RecallRule | null, maxPairs: number): PairRecall {
  const answers = { baseline: new Map<string, RecallAnswer>(), candidate: new Map<string, RecallAnswer>() };
  const asked = { baseline: 0, candidate: 0 };
  const batch = rule?.batch ?? plan.n;
  const batches = Math.ceil(plan.n / batch);
  const inLaunch = batch * Math.ceil(batches / maxPairs);
  let decided: RecallGate | null = null;
  const look = (upTo: number): RecallGate | null =>
    rule === null || upTo === 0 ? null : recallGate(cellsOf(plan, answers, upTo), rule);
  return {
    next(arm) {
      const from = asked[arm];
      const other = asked[arm === 'baseline' ? 'candidate' : 'baseline'];
      const isOver = from >= plan.n || (decided !== null && decided.state !== 'more');
      // Half of a batch is no evidence: what the other arm still lacks is asked first.
      if (from > other || (isOver && from === other)) return null;
      return { from, count: Math.min(inLaunch, plan.n - from) };
    },
    add(arm, given) {
      for (const answer of withCuts(given)) answers[arm].set(keyOf(answer.context, answer.index), answer);
      const from = asked[arm];
      if (given.length > 0) asked[arm] = Math.min(plan.n, from + inLaunch);
      const both = Math.min(asked.baseline, asked.candidate);
      // Look by look, as the thresholds count them, also where a launch is asked several batches.
      for (let upTo = batch; upTo < both + batch && decided?.state !== 'pass'; upTo += batch) {
        const seen = look(Math.min(upTo, both));
        if (seen !== null) decided = seen;
        if (decided !== null && decided.state !== 'more') break;
      }
    },
    gate: () => decided,
  };
}

function cellsOf(
  { contexts }: RecallPlan,
  answers: { readonly [Name in ArmName]: ReadonlyMap<string, RecallAnswer> },
  upTo: number,
): PairedCell[] {
  return contexts.map((context) => ({
    context,
    items: Array.from({ length: upTo }, (_, index): PairedItem => {
      const key = keyOf(context, index);
      return {
        id: key,
        parent: armAnswer(answers.baseline.get(key)),
        child: armAnswer(answers.candidate.get(key)),
      };
    }),
  }));
}

function keyOf(context: string, index: number): string {
  return `${context} ${index}`;
}

/** An item that was not asked any more, because those before it all failed, has failed too. */
function armAnswer(answer: RecallAnswer | undefined): ArmAnswer {
  if (answer === undefined) return { outcome: 'failed', correct: false, format: false, textSha256: null };
  return {
    outcome: answer.outcome !== 'ok' ? 'failed' : answer.isCut ? 'cut' : 'ok',
    correct: answer.isCorrect,
    format: answer.format !== 'no-label',
    textSha256: answer.textSha256,
  };
}
