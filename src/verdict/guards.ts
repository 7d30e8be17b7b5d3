import type { GuardResult } from './comparison.ts';
import type { Calibration, Evidence } from './evidence.ts';
import { interval } from './evidence.ts';
import type { RecallGate } from './recall-gate.ts';

/** Failures of one arm's launches. */
export interface ArmFailures {
  readonly requests: number;
  readonly failed: number;
  /** In how many launches a query failed, for those that did. */
  readonly launchesByQuery: { readonly [query: string]: number };
}

/** What both arms failed. */
export interface Failures {
  readonly baseline: ArmFailures;
  readonly candidate: ArmFailures;
}

/** Above this share of failed requests nothing can be said of an arm. */
const largestShare = 0.2;

/** Whether the baseline failed so much that nothing can be compared with it: the machine or the workload, not the knob. */
export function isBaselineFailing({ baseline }: Failures): boolean {
  return shareOf(baseline) > largestShare;
}

/**
 * A latency may get worse by a tolerance: failed once its anytime-valid interval lies wholly beyond, passed once it lies
 * wholly within, undecided between. A candidate that takes 1 + tolerance times as long has the effect -ln(1 + tolerance).
 * @param evidence null: no query had a value in both arms of any pair.
 * @param isMeasurable the baseline has values: a candidate that has none is not let pass for that.
 */
export function latencyGuard(
  name: string,
  tolerance: number,
  evidence: Evidence | null,
  isMeasurable: boolean,
): GuardResult {
  const limit = `may get worse by ${percent(tolerance)}`;
  if (evidence === null) {
    const state = isMeasurable ? 'undecided' : 'reported';
    return { name, state, text: `${name} ${limit}: no query had a value in both arms` };
  }
  const { lower, upper } = interval(evidence);
  const worst = -Math.log1p(tolerance);
  const state = upper < worst ? 'failed' : lower > worst ? 'passed' : 'undecided';
  return {
    name,
    state,
    text: `${name} ${limit}: ${signed(Math.expm1(evidence.mean))} where positive is better`,
  };
}

/**
 * A query may fail in so many more launches of the candidate than of the baseline; over 20 % of the candidate's requests
 * is too much in any case.
 */
export function errorsGuard({ baseline, candidate }: Failures, allowed: number): GuardResult {
  const before = new Map(Object.entries(baseline.launchesByQuery));
  const more = Object.entries(candidate.launchesByQuery).filter(
    ([query, launches]) => launches - (before.get(query) ?? 0) > allowed,
  );
  const share = shareOf(candidate);
  const isFailed = more.length > 0 || share > largestShare;
  const named = more.slice(0, 3).map(([query]) => query);
  const which = more.length === 0 ? '' : ` (${named.join(', ')}${more.length > 3 ? ' ...' : ''})`;
  return {
    name: 'errors',
    state: isFailed ? 'failed' : 'passed',
    text: `errors: ${candidate.failed} of ${candidate.requests} requests failed, ${baseline.failed} of ${baseline.requests} in the baseline${which}`,
  };
}

/** Answers of both arms to one query, over all launches and rounds, as hashes. */
export interface QueryAnswers {
  readonly query: string;
  readonly baseline: readonly string[];
  readonly candidate: readonly string[];
}

/**
 * With `outputs: same` an answer that the baseline never gave fails. Two launches of the baseline are waited for, so that
 * one whose own answers vary is not held against the candidate.
 */
export function outputsGuard(
  answers: readonly QueryAnswers[],
  mode: 'report' | 'same',
  baselineLaunches: number,
): GuardResult {
  const both = answers.filter((one) => one.baseline.length > 0 && one.candidate.length > 0);
  const changed = both.filter(({ baseline, candidate }) =>
    candidate.some((hash) => !baseline.includes(hash)),
  );
  const text = `outputs: ${both.length - changed.length} of ${both.length} queries answered as the baseline did`;
  if (mode === 'report') return { name: 'outputs', state: 'reported', text };
  if (changed.length === 0) return { name: 'outputs', state: 'passed', text };
  return { name: 'outputs', state: baselineLaunches < 2 ? 'undecided' : 'failed', text };
}

/**
 * Recall as the gate has it. What cannot be measured has not passed: `guard:unmeasurable`, unless the file allows it.
 * @param gate null: no item has been asked of both arms yet.
 */
export function recallGuard(gate: RecallGate | null, unmeasurable: 'discard' | 'allow'): GuardResult {
  if (gate === null) return { name: 'recall', state: 'undecided', text: 'recall: no item was asked of both' };
  const text = `recall: ${gate.why}`;
  if (gate.state === 'unmeasurable')
    return unmeasurable === 'discard'
      ? { name: 'unmeasurable', state: 'failed', text }
      : { name: 'recall', state: 'reported', text: `${text} (not measurable, allowed by the file)` };
  const states = { pass: 'passed', fail: 'failed', more: 'undecided', inconclusive: 'undecided' } as const;
  return { name: 'recall', state: states[gate.state], text };
}

/** A calibration by metric, for those that are there and still count. */
export type Calibrations = { readonly [metric: string]: Calibration | null };

function shareOf({ requests, failed }: ArmFailures): number {
  return requests === 0 ? 0 : failed / requests;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

function signed(share: number): string {
  const value = Math.round(share * 1000) / 10;
  return `${value > 0 ? '+' : ''}${value} %`;
}
