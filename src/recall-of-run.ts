import type { LaunchOutcome } from './launch.ts';
import type { NewRecord } from './ledger/record.ts';
import type { RecallPlan } from './recall-plan.ts';
import { type RecallAnswer, type RecallSummary, summarizeRecall, withCuts } from './stats/recall.ts';
import { recallFindings } from './stats/recall-findings.ts';
import type { Finding } from './stats/summary.ts';
import { recallChance } from './verdict/recall-rule.ts';

/** What the launches of one arm recalled. */
export interface RecallOfRun {
  readonly summary: RecallSummary;
  readonly findings: readonly Finding[];
  readonly answers: readonly RecallAnswer[];
}

/** Null where no recall was to be measured, or none was. */
export function recallOfRun(
  plan: RecallPlan | null,
  outcomes: readonly Pick<LaunchOutcome, 'recall'>[],
): RecallOfRun | null {
  const all = outcomes.flatMap(({ recall }) => withCuts(recall));
  if (plan === null || all.length === 0) return null;
  const answers = [...firstById(all).values()];
  const summary = summaryOf(plan, answers);
  return {
    summary,
    answers,
    findings: [...recallFindings(summary, answers), ...unstable(answers, all)],
  };
}

/** Of an item that several launches were asked, what the first one answered. */
function firstById(answers: readonly RecallAnswer[]): Map<string, RecallAnswer> {
  const first = new Map<string, RecallAnswer>();
  for (const answer of answers) if (!first.has(answer.id)) first.set(answer.id, answer);
  return first;
}

/** Items whose score another launch of the same experiment changes: noise that no setting made. */
function unstable(first: readonly RecallAnswer[], all: readonly RecallAnswer[]): Finding[] {
  if (all.length === first.length) return [];
  const held = firstById(first);
  const changed = new Set(
    all.filter(({ id, isCorrect }) => held.get(id)?.isCorrect !== isCorrect).map(({ id }) => id),
  );
  if (changed.size === 0) return [];
  return [
    {
      code: 'recall-unstable',
      text: `${changed.size} of ${first.length} items were right in one launch and wrong in another of the same engine.`,
    },
  ];
}

function summaryOf(plan: RecallPlan, answers: readonly RecallAnswer[]): RecallSummary {
  const { task, scorer, thinking, maxTokens, set } = plan;
  const { id, source, deviations } = set;
  const cells = summarizeRecall(answers);
  return {
    ...{ task, scorer, thinking, maxTokens, chance: recallChance(task), set: { id, source, deviations } },
    cells: cells.sort((a, b) => plan.contexts.indexOf(a.context) - plan.contexts.indexOf(b.context)),
  };
}

/** Longest answer that a record keeps: the bundle has it whole. */
const longestAnswer = 160;

/** The items as a record has them: enough to pair them with another run's, and to see what was said. */
export function recordedRecall({ summary, answers }: RecallOfRun): NonNullable<NewRecord['recall']> {
  return {
    ...summary,
    set: { ...summary.set, deviations: [...summary.set.deviations] },
    cells: summary.cells.map((cell) => ({ ...cell, scores: { ...cell.scores } })),
    items: answers.map((one) => ({
      id: one.id,
      context: one.context,
      promptSha256: one.promptSha256.slice(0, 16),
      expected: one.target,
      answer: one.answer.slice(0, longestAnswer),
      verdict: verdictOf(one),
      format: one.format,
      promptTokens: one.promptTokens,
      ...(one.textSha256 === null ? {} : { textSha256: one.textSha256.slice(0, 16) }),
    })),
  };
}

function verdictOf({ outcome, isCut, isCorrect }: RecallAnswer): 'correct' | 'wrong' | 'cut' | 'failed' {
  if (outcome !== 'ok') return 'failed';
  if (isCut) return 'cut';
  return isCorrect ? 'correct' : 'wrong';
}
