import type { Outcome } from '../measure/trace.ts';
import { median } from './describe.ts';
import type { Range } from './summary.ts';
import { wilsonInterval } from './wilson.ts';

/** The ways to score an answer: BABILong's own, OpenCompass's, lm-eval's. */
export const scorerNames = ['strict', 'lax', 'substring'] as const;
export type ScorerName = (typeof scorerNames)[number];

/** How many of the task's labels an answer names that the question does not. */
export type AnswerFormat = 'one-label' | 'no-label' | 'several-labels';

/** One item of a recall task: asked, answered and scored. */
export interface RecallAnswer {
  readonly id: string;
  readonly context: string;
  /** Of the item among all of its task and context. */
  readonly index: number;
  readonly promptSha256: string;
  readonly question: string;
  readonly target: string;
  /** The answer alone, without what the model thought. */
  readonly answer: string;
  readonly textSha256: string | null;
  readonly outcome: Outcome;
  readonly finishReason: string | null;
  /** By the scorer that the experiment names. */
  readonly isCorrect: boolean;
  readonly scores: { readonly [Name in ScorerName]: boolean };
  readonly format: AnswerFormat;
  /** GPT-2 tokens of the context alone. */
  readonly contextTokens: number;
  /** Of the whole prompt, as the engine counted when it answered; null: it did not say. */
  readonly promptTokens: number | null;
  /** The same by the engine's own tokeniser, asked for it; null: it cannot be asked. */
  readonly expectedTokens: number | null;
  /** The engine answered less than it was asked: no evidence of what it remembers. */
  readonly isCut: boolean;
  readonly startsTwice: boolean;
  /** It came with thoughts, though the model was asked not to think or to think little. */
  readonly hasThought: boolean;
  readonly ttftMs: number | null;
  readonly e2eMs: number | null;
}

/** All items of one context length. */
export interface RecallCell {
  readonly context: string;
  readonly asked: number;
  /** Answered with the whole prompt in sight: what accuracy is over. */
  readonly n: number;
  readonly correct: number;
  /** Share of n, 0..1; null when n is 0. The bounds are Wilson's at 95 %. */
  readonly accuracy: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  /** Correct by each scorer, of n. */
  readonly scores: { readonly [Name in ScorerName]: number };
  readonly noLabel: number;
  readonly severalLabels: number;
  /** Answers that the output limit ended. */
  readonly capped: number;
  /** Prompts that the engine cut: not in n. */
  readonly cut: number;
  /** Requests that did not end well: not in n. */
  readonly failed: number;
  readonly promptTokens: Range | null;
  /** Medians over the items that were answered; null when none was. */
  readonly ttftMs: number | null;
  readonly e2eMs: number | null;
}

/** What was asked, and what came of it context by context. */
export interface RecallSummary {
  readonly task: string;
  readonly scorer: ScorerName;
  readonly thinking: 'off' | 'low';
  readonly maxTokens: number;
  /** Share of right answers of who always names the same label. */
  readonly chance: number;
  /** What the items are made of, and where they differ from BABILong's own. */
  readonly set: { readonly id: string; readonly source: string; readonly deviations: readonly string[] };
  /** Shortest first. */
  readonly cells: readonly RecallCell[];
}

/** The engine counts fewer prompt tokens than this share of what it should: more than a template can explain. */
const leastShare = 0.98;

/** No tokeniser in use makes less than this of a GPT-2 token of English prose (o200k: 0.96). */
const leastPerGpt2Token = 0.8;

/**
 * Whether an engine answered to less than the whole prompt.
 * @param contextTokens GPT-2 tokens of the context alone: the measure where its own tokeniser cannot be asked.
 */
export function isPromptCut(
  promptTokens: number | null,
  expectedTokens: number | null,
  contextTokens: number,
): boolean {
  if (promptTokens === null) return false;
  return expectedTokens === null
    ? promptTokens < leastPerGpt2Token * contextTokens
    : promptTokens < leastShare * expectedTokens;
}

/** Tokens by which an engine's count of a prompt and its tokeniser's may vary beside their usual difference. */
const tolerance = 2;

/** So many answers, and so large a share of a context, that read exactly as much as the most that was read are no chance. */
const fewestAtLimit = 3;
const leastShareAtLimit = 0.2;
/** Prompts around so short a context may well be equally long. */
const leastContextTokens = 700;

/**
 * The answers of one launch with the cuts that show only beside other answers: fewer tokens than its tokeniser makes of the
 * prompt, by more than the engine's count usually lacks; or, of an engine whose tokeniser cannot be asked, many prompts of
 * different lengths that all were read to the very same length, the longest of all.
 */
export function withCuts(answers: readonly RecallAnswer[]): RecallAnswer[] {
  const lacks = answers.flatMap((one) => lackOf(one) ?? []);
  const usual = lacks.length === 0 ? null : Math.min(...lacks);
  const limit = limitOf(answers);
  return answers.map((one) => {
    const lack = lackOf(one);
    const isShort = usual !== null && lack !== null && lack > usual + tolerance;
    const isAtLimit = limit !== null && one.expectedTokens === null && one.promptTokens === limit;
    return isShort || isAtLimit ? { ...one, isCut: true } : one;
  });
}

function lackOf({ promptTokens, expectedTokens, outcome }: RecallAnswer): number | null {
  if (outcome !== 'ok' || promptTokens === null || expectedTokens === null) return null;
  return expectedTokens - promptTokens;
}

/** The length at which prompts are cut that nobody could count; null: none shows. */
function limitOf(answers: readonly RecallAnswer[]): number | null {
  const uncounted = answers.filter(
    ({ outcome, promptTokens, expectedTokens, contextTokens }) =>
      outcome === 'ok' &&
      promptTokens !== null &&
      expectedTokens === null &&
      contextTokens >= leastContextTokens,
  );
  const most = Math.max(...uncounted.map(({ promptTokens }) => promptTokens ?? 0));
  const contexts = [...new Set(uncounted.map(({ context }) => context))];
  const isLimit = contexts.some((context) => {
    const own = uncounted.filter((one) => one.context === context);
    const at = own.filter(({ promptTokens }) => promptTokens === most).length;
    return at >= fewestAtLimit && at >= leastShareAtLimit * own.length;
  });
  return isLimit ? most : null;
}

/** Whether an item counts: it was answered, to the whole prompt. */
export function isScored({ outcome, isCut }: Pick<RecallAnswer, 'outcome' | 'isCut'>): boolean {
  return outcome === 'ok' && !isCut;
}

/** Items -> accuracy and what spoilt it, context by context in the order in which they were asked. */
export function summarizeRecall(answers: readonly RecallAnswer[]): RecallCell[] {
  const contexts = [...new Set(answers.map(({ context }) => context))];
  return contexts.map((context) =>
    cellOf(
      context,
      answers.filter((one) => one.context === context),
    ),
  );
}

function cellOf(context: string, answers: readonly RecallAnswer[]): RecallCell {
  const scored = answers.filter(isScored);
  const n = scored.length;
  const count = (is: (answer: RecallAnswer) => boolean): number => scored.filter(is).length;
  const correct = count(({ isCorrect }) => isCorrect);
  const bounds = n === 0 ? null : wilsonInterval(correct, n);
  return {
    context,
    asked: answers.length,
    n,
    correct,
    accuracy: n === 0 ? null : correct / n,
    lower: bounds?.lower ?? null,
    upper: bounds?.upper ?? null,
    scores: {
      strict: count(({ scores }) => scores.strict),
      lax: count(({ scores }) => scores.lax),
      substring: count(({ scores }) => scores.substring),
    },
    noLabel: count(({ format }) => format === 'no-label'),
    severalLabels: count(({ format }) => format === 'several-labels'),
    capped: count(({ finishReason }) => finishReason === 'length'),
    cut: answers.filter(({ isCut }) => isCut).length,
    failed: answers.filter(({ outcome }) => outcome !== 'ok').length,
    promptTokens: rangeOf(answers.flatMap(({ promptTokens }) => promptTokens ?? [])),
    ttftMs: middle(scored.flatMap(({ ttftMs }) => ttftMs ?? [])),
    e2eMs: middle(scored.flatMap(({ e2eMs }) => e2eMs ?? [])),
  };
}

function middle(values: readonly number[]): number | null {
  return values.length === 0 ? null : median(values);
}

function rangeOf(values: readonly number[]): Range | null {
  if (values.length === 0) return null;
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

/** `qa1@4k=0.72;qa1@8k=0.64`, as the ledger's cell has it; null when nothing was scored. */
export function recallCell(task: string, cells: readonly RecallCell[]): string | null {
  const parts = cells.flatMap(({ context, accuracy }) =>
    accuracy === null ? [] : [`${task}@${context}=${Math.round(accuracy * 1000) / 1000}`],
  );
  return parts.length === 0 ? null : parts.join(';');
}
