import { ascending, describe, mean, median, sampleSd } from './describe.ts';
import { effectiveN } from './effective-n.ts';
import { quantileType7 } from './quantile.ts';
import { quantileInterval } from './quantile-interval.ts';
import type { MetricSummary, Percentile } from './summary.ts';

/** One request's values of a metric: one number, or many gaps. */
export interface MetricSample {
  readonly launch: number;
  readonly query: string;
  readonly values: readonly number[];
}

/**
 * A metric with one value a request: the median over a query's rounds within each launch, then over queries.
 * Null when no request had a value.
 */
export function summarizePerQuery(samples: readonly MetricSample[]): MetricSummary | null {
  const filled = samples.filter((sample) => sample.values.length > 0);
  const byLaunch = [...groupBy(filled, (sample) => sample.launch)].map(([launch, rows]) => ({
    launch,
    queries: [...groupBy(rows, (row) => row.query)].map(([query, rounds]) => ({
      query,
      value: median(rounds.flatMap((round) => round.values)),
    })),
  }));
  const launchValues = byLaunch
    .sort((a, b) => a.launch - b.launch)
    .map((launch) => median(launch.queries.map((query) => query.value)));
  const perQuery = groupBy(
    byLaunch.flatMap((launch) => launch.queries),
    (row) => row.query,
  );
  const values = [...perQuery.values()].map((rows) => mean(rows.map((row) => row.value)));
  return assemble(
    values.map((value) => [value]),
    filled,
    launchValues,
  );
}

/** A metric with many values a request (itl_ms): pooled within each launch. Null when there is no value. */
export function summarizePooled(samples: readonly MetricSample[]): MetricSummary | null {
  const filled = samples.filter((sample) => sample.values.length > 0);
  const launchValues = [...groupBy(filled, (sample) => sample.launch)]
    .sort(([a], [b]) => a - b)
    .map(([, rows]) => median(rows.flatMap((row) => row.values)));
  const clusters = [...groupBy(filled, (sample) => sample.query).values()].map((rows) =>
    rows.flatMap((row) => row.values),
  );
  return assemble(clusters, filled, launchValues);
}

/** Clusters: what is independent of what, one for each query. */
function assemble(
  clusters: readonly (readonly number[])[],
  samples: readonly MetricSample[],
  launchValues: readonly number[],
): MetricSummary | null {
  const sorted = ascending(clusters.flat());
  const description = describe(sorted);
  if (description === null) return null;
  const launchSd = sampleSd(launchValues);
  const value = mean(launchValues);
  return {
    value,
    n: clusters.length,
    samples: samples.reduce((sum, sample) => sum + sample.values.length, 0),
    median: description.median,
    mean: description.mean,
    min: description.min,
    max: description.max,
    sd: description.sd,
    p50: percentile(sorted, clusters, 0.5),
    p90: percentile(sorted, clusters, 0.9),
    p95: percentile(sorted, clusters, 0.95),
    p99: percentile(sorted, clusters, 0.99),
    launchValues,
    launchSd,
    launchCv: launchSd === null || value === 0 ? null : launchSd / value,
  };
}

function percentile(
  sorted: readonly number[],
  clusters: readonly (readonly number[])[],
  p: number,
): Percentile {
  const value = quantileType7(sorted, p);
  return { value, ...quantileInterval(sorted, p, { independent: effectiveN(clusters, p, value) }) };
}

function groupBy<Row, Key>(rows: readonly Row[], key: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
