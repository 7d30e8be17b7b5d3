import { median } from './describe.ts';
import { type MetricName, metricNames, metrics } from './metric.ts';
import { countsFor, requestValues } from './request-values.ts';
import type { MeasuredRequest } from './summarize.ts';
import { trimmedMean } from './trimmed-mean.ts';

/** What one launch of each arm says of their difference. */
export interface PairEffect {
  /** Log ratios, positive where the candidate is better; null where no query has a value in both arms. */
  readonly effects: { readonly [Name in MetricName]: number | null };
  /** Queries that both arms answered. */
  readonly queries: readonly string[];
  /** Queries that failed in either arm, in any round: they are in no effect. */
  readonly failed: readonly string[];
}

/**
 * The effect of a pair: the 10 %-trimmed mean over queries of sign * ln(candidate / baseline), each query's value being its
 * median over rounds (of itl_ms, over the medians of its rounds' gaps). `sign` turns it so that positive is better.
 * @param isSpeculative a draft method runs in either arm.
 */
export function pairEffects(
  baseline: readonly MeasuredRequest[],
  candidate: readonly MeasuredRequest[],
  isSpeculative: boolean,
): PairEffect {
  const failed = [...new Set([...failedQueries(baseline), ...failedQueries(candidate)])];
  const without = new Set(failed);
  const asked = new Set(candidate.map((request) => request.trace.query));
  const queries = [...new Set(baseline.map((request) => request.trace.query))].filter(
    (query) => asked.has(query) && !without.has(query),
  );
  const effectOf = (name: MetricName): number | null => {
    const ratios = queryEffects(name, baseline, candidate, isSpeculative);
    const values = queries.flatMap((query) => ratios.get(query) ?? []);
    return values.length === 0 ? null : trimmedMean(values);
  };
  const effects = Object.fromEntries(metricNames.map((name) => [name, effectOf(name)]));
  return { effects: effects as PairEffect['effects'], queries, failed };
}

/** Log ratio of each query that has a positive value in both arms, positive where the candidate is better. */
export function queryEffects(
  name: MetricName,
  baseline: readonly MeasuredRequest[],
  candidate: readonly MeasuredRequest[],
  isSpeculative: boolean,
): ReadonlyMap<string, number> {
  const sign = metrics[name].better === 'higher' ? 1 : -1;
  const before = queryValues(name, baseline, isSpeculative);
  const ratios = new Map<string, number>();
  for (const [query, value] of queryValues(name, candidate, isSpeculative)) {
    const base = before.get(query);
    if (base !== undefined && base > 0 && value > 0) ratios.set(query, sign * Math.log(value / base));
  }
  return ratios;
}

/** Each query's median over rounds, of the requests that ended well. */
function queryValues(
  name: MetricName,
  requests: readonly MeasuredRequest[],
  isSpeculative: boolean,
): ReadonlyMap<string, number> {
  const rounds = new Map<string, number[]>();
  for (const request of requests) {
    if (request.trace.outcome !== 'ok' || !countsFor(name, request, isSpeculative)) continue;
    const values = requestValues(name, request);
    if (values.length === 0) continue;
    const { query } = request.trace;
    rounds.set(query, [...(rounds.get(query) ?? []), median(values)]);
  }
  return new Map([...rounds].map(([query, values]) => [query, median(values)]));
}

/** Queries that did not end well in some round. */
export function failedQueries(requests: readonly MeasuredRequest[]): string[] {
  const failed = requests.filter((request) => request.trace.outcome !== 'ok');
  return [...new Set(failed.map((request) => request.trace.query))];
}
