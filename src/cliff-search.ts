import { type CountedPrompt, neededTokens } from './cliff-context-flag.ts';
import type { CliffPlan } from './cliff-plan.ts';
import type { RecallPlan } from './recall-plan.ts';
import { nextProbe } from './search/cliff.ts';
import { type Rung, triedOf } from './search/ladder.ts';
import { type Judged, lackOf } from './search/probe-result.ts';
import type { RecallAnswer } from './stats/recall.ts';

/** A search under way. */
export interface CliffSearch {
  readonly plan: CliffPlan;
  readonly recall: Pick<RecallPlan, 'maxTokens'>;
  readonly ladder: Rung[];
  /** Prompts whose length by the engine is known. */
  readonly counted: CountedPrompt[];
  /** By how many tokens the engine counts a short prompt below what its tokeniser makes of it; null: not known yet. */
  usualLack: number | null;
}

/** Where a probe stood. */
export type ProbePlace = Pick<Rung, 'context' | 'launch' | 'servedTokens'>;

/** Characters of an answer that a ladder keeps. */
const longestAnswer = 160;

/** A search before its first probe. */
export function openSearch(plan: CliffPlan, recall: CliffSearch['recall']): CliffSearch {
  return { plan, recall, ladder: [], counted: [], usualLack: null };
}

/** The length to try next, in thousands of tokens; null: the search has its answer. */
export function nextLength({ ladder, plan }: CliffSearch): number | null {
  const step = nextProbe(triedOf(ladder), plan.bounds);
  return 'probe' in step ? step.probe : null;
}

/** Takes note of how the engine counts a prompt that any engine takes. */
export function gauge(search: CliffSearch, scored: RecallAnswer): void {
  search.usualLack = lackOf(scored);
  count(search, scored);
}

/**
 * Puts a probe on the ladder.
 * @param scored null where the engine did not live to answer.
 * @returns its rung, or null: it says nothing, since bench gave the context less than the prompt turned out to need.
 */
export function climb(
  search: CliffSearch,
  place: ProbePlace,
  judged: Judged,
  scored: RecallAnswer | null,
): Rung | null {
  if (scored !== null && isUnderserved(search, place, judged, scored)) return null;
  if (scored !== null && judged.result === 'works') count(search, scored);
  const rung = rungOf(place, judged, scored);
  search.ladder.push(rung);
  return rung;
}

/** The need is an estimate until the engine has counted the prompt; then it is known for the next launch. */
function isUnderserved(
  { recall, counted }: CliffSearch,
  { servedTokens }: ProbePlace,
  { result }: Judged,
  { expectedTokens, contextTokens }: RecallAnswer,
): boolean {
  if (servedTokens === null || expectedTokens === null || (result !== 'too-long' && result !== 'cut'))
    return false;
  const exact = [{ promptTokens: expectedTokens, contextTokens }];
  if (neededTokens(contextTokens, recall.maxTokens, exact) <= servedTokens) return false;
  counted.push(...exact);
  return true;
}

function count({ counted }: CliffSearch, { promptTokens, contextTokens }: RecallAnswer): void {
  if (promptTokens !== null) counted.push({ promptTokens, contextTokens });
}

function rungOf(place: ProbePlace, { result, detail }: Judged, scored: RecallAnswer | null): Rung {
  const isAnswered = scored !== null && scored.outcome === 'ok';
  return {
    ...place,
    promptTokens: isAnswered ? scored.promptTokens : (scored?.expectedTokens ?? null),
    result,
    detail,
    ttftMs: isAnswered ? scored.ttftMs : null,
    e2eMs: isAnswered ? scored.e2eMs : null,
    answer: isAnswered ? scored.answer.slice(0, longestAnswer) : null,
    correct: result === 'works' && scored !== null ? scored.isCorrect : null,
  };
}
