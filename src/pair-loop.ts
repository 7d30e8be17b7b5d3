import type { LaunchFailure } from './launch-failure.ts';
import { metricNames } from './stats/metric.ts';
import { failedQueries, pairEffects } from './stats/pair-effects.ts';
import { requestValues } from './stats/request-values.ts';
import type { MeasuredRequest } from './stats/summarize.ts';
import type { PairEffects, PairOrder, PairResult } from './verdict/comparison.ts';
import type { PairsSoFar } from './verdict/decide.ts';
import type { ArmFailures, Calibrations, QueryAnswers } from './verdict/guards.ts';
import { type LaunchConditions, pairInvalidity } from './verdict/moved.ts';
import type { RecallGate } from './verdict/recall-gate.ts';

/** The two sides of a pair. */
export type ArmName = 'baseline' | 'candidate';

/** One launch of an arm as the pairs need it. */
export interface ArmLaunch {
  readonly arm: ArmName;
  /** In the bundle; null for one that never started. */
  readonly number: number | null;
  readonly requests: readonly MeasuredRequest[];
  /** Hash of the answer to each request, where there was one. */
  readonly answers: readonly { readonly query: string; readonly sha256: string }[];
  readonly conditions: LaunchConditions | null;
  readonly failure: LaunchFailure | null;
}

/** A pair that was measured, with its launches. */
export interface MeasuredPair<Launch extends ArmLaunch = ArmLaunch> {
  readonly result: PairResult;
  /** Null: not made, because the other one was void. */
  readonly launches: { readonly baseline: Launch | null; readonly candidate: Launch | null };
}

/** What a run of pairs needs. */
export interface PairLoopInput<Launch extends ArmLaunch = ArmLaunch> {
  readonly maxPairs: number;
  /** Ms that pairs may take in all; a pair that would probably end later is not begun. */
  readonly budgetMs: number;
  readonly isSpeculative: boolean;
  readonly largestForeignPercent: number;
  readonly calibrations: Calibrations;
  /** Where the recall gate stands after the launches so far; null: there is none. */
  recall(): RecallGate | null;
  /** Pairs that an earlier, cut off run has measured. */
  readonly reused: readonly MeasuredPair<Launch>[];
  /** The first launch of the next pair, measured just before that run was cut off; null: none. */
  readonly reusedLaunch: Launch | null;
  /** Ms since the run began, for the budget. */
  now(): number;
  /** Starts, measures and stops one arm. Never throws. */
  launch(arm: ArmName, pair: number): Promise<Launch>;
  /** Whether the pairs are enough, told after each. */
  isDecided(seen: PairsSoFar): boolean;
  onPair(pair: MeasuredPair<Launch>, seen: PairsSoFar, left: PairsLeft): void;
}

/** What may still come. */
export interface PairsLeft {
  readonly pairs: number;
  /** Ms that these take if they take as long as those before. */
  readonly ms: number;
}

/** What the pairs came to. */
export interface PairsEnded<Launch extends ArmLaunch = ArmLaunch> {
  readonly pairs: readonly MeasuredPair<Launch>[];
  readonly seen: PairsSoFar;
  /** A launch that failed and ended it; null: none did. */
  readonly failed: Launch | null;
  /** The one before it in its pair, which went well; null: there was none. */
  readonly alone: Launch | null;
  /** The pair whose invalidity, the third, ended it. */
  readonly invalid: PairResult['invalid'];
}

/** So many pairs that do not count end a run: the machine does not hold still. */
const mostInvalid = 3;

/** Of pairs 1, 2, 3, 4: baseline first, candidate first, and again, so that launches run A B B A. */
export function orderOf(pair: number): PairOrder {
  return pair % 2 === 1 ? 'baseline-first' : 'candidate-first';
}

/**
 * Measures pair after pair in ABBA order until they are decided, spent, a launch fails, or the third pair does not count.
 * A pair that does not count is measured again, in the same order, and charged to nobody.
 */
export async function runPairs<Launch extends ArmLaunch>(
  input: PairLoopInput<Launch>,
): Promise<PairsEnded<Launch>> {
  const pairs: MeasuredPair<Launch>[] = [...input.reused];
  const startedMs = input.now();
  let reusable = input.reusedLaunch;
  let seen = sum(input, pairs, false);
  if (pairs.length > 0) seen = sum(input, pairs, isSpent(input, pairs, startedMs));
  while (!seen.isSpent && lastInvalid(pairs) === null && !(pairs.length > 0 && input.isDecided(seen))) {
    const order = orderOf(counting(pairs).length + 1);
    const number = pairs.length + 1;
    const measured = await measurePair(input, order, number, reusable);
    reusable = null;
    const [first, second] = measured;
    const failed = [first, second].find((launch) => launch?.failure != null) ?? null;
    if (failed !== null)
      return { pairs, seen, failed, alone: failed === first ? null : first, invalid: null };
    const pair: MeasuredPair<Launch> = pairOf(input, { order, number }, first, second);
    pairs.push(pair);
    seen = sum(input, pairs, isSpent(input, pairs, startedMs));
    input.onPair(pair, seen, left(input, pairs, startedMs));
  }
  return { pairs, seen, failed: null, alone: null, invalid: lastInvalid(pairs) };
}

/** Why the pair does not count with which there are too many such; null: there are not. */
function lastInvalid(pairs: readonly MeasuredPair[]): PairResult['invalid'] {
  return pairs.flatMap(({ result }) => result.invalid ?? [])[mostInvalid - 1] ?? null;
}

/** The pairs that count. */
export function counting<Launch extends ArmLaunch>(
  pairs: readonly MeasuredPair<Launch>[],
): MeasuredPair<Launch>[] {
  return pairs.filter(({ result }) => result.invalid === null);
}

/** The second launch is not made when the first one failed or is void. */
async function measurePair<Launch extends ArmLaunch>(
  input: PairLoopInput<Launch>,
  order: PairOrder,
  pair: number,
  reusable: Launch | null,
): Promise<[Launch, Launch | null]> {
  const arms: [ArmName, ArmName] =
    order === 'baseline-first' ? ['baseline', 'candidate'] : ['candidate', 'baseline'];
  const first = reusable?.arm === arms[0] ? reusable : await input.launch(arms[0], pair);
  const isAlone = first.failure !== null || isVoid(first);
  return [first, isAlone ? null : await input.launch(arms[1], pair)];
}

/** Whether a launch's own numbers are void, so that no other one makes it a pair that counts. */
export function isVoid({ conditions }: ArmLaunch): boolean {
  return (conditions?.invalid.length ?? 0) > 0;
}

/** Two launches as a pair: their effects, or why it does not count. */
export function pairOf<Launch extends ArmLaunch>(
  input: Pick<PairLoopInput, 'isSpeculative' | 'largestForeignPercent'>,
  { order, number }: { order: PairOrder; number: number },
  first: Launch,
  second: Launch | null,
): MeasuredPair<Launch> {
  const [baseline, candidate] = first.arm === 'baseline' ? [first, second] : [second, first];
  const { effects, queries, failed } = pairEffects(
    baseline?.requests ?? [],
    candidate?.requests ?? [],
    input.isSpeculative,
  );
  const conditions = [first.conditions, second === null ? first.conditions : second.conditions];
  const [one, other] = conditions;
  const invalid = one && other ? pairInvalidity([one, other], input.largestForeignPercent) : null;
  return {
    launches: { baseline, candidate },
    result: {
      pair: number,
      order,
      launches: { baseline: baseline?.number ?? null, candidate: candidate?.number ?? null },
      effects: invalid === null ? effects : null,
      queries: queries.length,
      failed,
      invalid,
    },
  };
}

function sum(
  input: Pick<PairLoopInput, 'calibrations' | 'recall'>,
  pairs: readonly MeasuredPair[],
  spent: boolean,
): PairsSoFar {
  const counted = counting(pairs);
  const launches = counted.map((pair) => pair.launches);
  return {
    effects: counted.map(({ result }) => result.effects).filter((one): one is PairEffects => one !== null),
    calibrations: input.calibrations,
    failures: {
      baseline: failuresOf(launches.flatMap(({ baseline }) => baseline ?? [])),
      candidate: failuresOf(launches.flatMap(({ candidate }) => candidate ?? [])),
    },
    answers: answersOf(counted),
    recall: input.recall(),
    isSpent: spent,
    measurable: measurableOf(launches.flatMap(({ baseline }) => baseline?.requests ?? [])),
  };
}

/** Metrics of which some request that ended well has a value. */
function measurableOf(requests: readonly MeasuredRequest[]): ReadonlySet<string> {
  const ok = requests.filter((request) => request.trace.outcome === 'ok');
  return new Set(metricNames.filter((name) => ok.some((one) => requestValues(name, one).length > 0)));
}

function failuresOf(launches: readonly ArmLaunch[]): ArmFailures {
  const requests = launches.flatMap((launch) => launch.requests);
  const byQuery = new Map<string, number>();
  for (const query of launches.flatMap((launch) => failedQueries(launch.requests)))
    byQuery.set(query, (byQuery.get(query) ?? 0) + 1);
  const failed = requests.filter((request) => request.trace.outcome !== 'ok').length;
  return { requests: requests.length, failed, launchesByQuery: Object.fromEntries(byQuery) };
}

/** Answers of an arm in a pair, without those to queries that failed in either arm. */
export function answersIn({ launches, result }: MeasuredPair, arm: ArmName): ArmLaunch['answers'] {
  const failed = new Set(result.failed);
  return (launches[arm]?.answers ?? []).filter(({ query }) => !failed.has(query));
}

function answersOf(pairs: readonly MeasuredPair[]): QueryAnswers[] {
  const byQuery = new Map<string, { baseline: string[]; candidate: string[] }>();
  for (const pair of pairs) {
    for (const arm of ['baseline', 'candidate'] as const) {
      for (const { query, sha256 } of answersIn(pair, arm)) {
        const held = byQuery.get(query) ?? { baseline: [], candidate: [] };
        held[arm].push(sha256);
        byQuery.set(query, held);
      }
    }
  }
  return [...byQuery].map(([query, arms]) => ({ query, ...arms }));
}

/** The first pair is always measured: a budget that is too small for it is told before. */
function isSpent(input: Budget, pairs: readonly MeasuredPair[], startedMs: number): boolean {
  if (counting(pairs).length >= input.maxPairs) return true;
  return left(input, pairs, startedMs).pairs === 0;
}

type Budget = Pick<PairLoopInput, 'maxPairs' | 'budgetMs' | 'now'> & { readonly reused: readonly unknown[] };

function left(input: Budget, pairs: readonly MeasuredPair[], startedMs: number): PairsLeft {
  const own = pairs.length - input.reused.length;
  const passedMs = input.now() - startedMs;
  const wanted = input.maxPairs - counting(pairs).length;
  if (own === 0) return { pairs: wanted, ms: Number.NaN };
  const eachMs = passedMs / own;
  const affordable = Math.max(0, Math.floor((input.budgetMs - passedMs) / eachMs));
  const count = Math.min(wanted, affordable);
  return { pairs: count, ms: count * eachMs };
}
