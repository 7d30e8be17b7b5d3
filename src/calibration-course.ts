import type { CalibrationFile } from './ledger/calibration.ts';
import type { KeptLaunch } from './pair-arms.ts';
import { median } from './stats/describe.ts';
import { drift } from './stats/drift.ts';
import { type MetricName, metrics } from './stats/metric.ts';
import { countsFor, requestValues } from './stats/request-values.ts';
import { metricOf } from './stats/summarize.ts';
import { varianceShares } from './stats/variance-shares.ts';
import { warmUpClass } from './stats/warm-up-class.ts';
import { asPct } from './verdict/floor.ts';

/** Launches of one experiment in the order in which they ran, looked at by one metric. */
export interface Course {
  readonly metric: MetricName;
  readonly launches: readonly KeptLaunch[];
  readonly isSpeculative: boolean;
}

/** The metric's one number of a launch; null: no request had a value. */
export function launchValue({ metric, isSpeculative }: Course, launch: KeptLaunch): number | null {
  return metricOf(metric, launch.requests, isSpeculative)?.value ?? null;
}

/** What more launches, rounds and queries would buy; null: the launches cannot tell. */
export function sharesOf(course: Course): CalibrationFile['shares'] {
  const values = course.launches.map((launch) => {
    const points = valuesOf(course, launch);
    const rounds = [...new Set(points.map(({ round }) => round))].sort((one, other) => one - other);
    const queries = [
      ...new Set(course.launches.flatMap((one) => one.requests.map(({ trace }) => trace.query))),
    ];
    return rounds.map((round) =>
      queries.map((query) => {
        const point = points.find((one) => one.round === round && one.query === query);
        return point === undefined ? null : Math.log(point.value);
      }),
    );
  });
  const { launch, round, query } = varianceShares(values);
  return launch === null ? null : { launch, round, query };
}

/** Of the launches' numbers over the hours of the session; null: too few. */
export function driftOf(course: Course): CalibrationFile['drift'] {
  const points = course.launches.flatMap((launch): [number, number][] => {
    const value = launchValue(course, launch);
    const atMs = launch.conditions?.before.monotonicMs;
    return value === null || value <= 0 || atMs === undefined ? [] : [[atMs / 3_600_000, Math.log(value)]];
  });
  const { change, slope, p } = drift(points);
  if (change === null || slope === null || p === null) return null;
  return { changePct: asPct(change), perHourPct: asPct(slope), p };
}

/** How many launches were flat, warmed up, slowed down or never settled while they were measured. */
export function warmUpOf(course: Course): CalibrationFile['warmUp'] {
  const typical = typicalValues(course);
  const counts: { [word: string]: number } = {};
  for (const launch of course.launches) {
    const series = valuesOf(course, launch).map(({ query, value }) => value / (typical.get(query) ?? value));
    const shape = warmUpClass(series, metrics[course.metric].better);
    if (shape !== null) counts[shape.word] = (counts[shape.word] ?? 0) + 1;
  }
  return counts;
}

function typicalValues(course: Course): ReadonlyMap<string, number> {
  const byQuery = new Map<string, number[]>();
  for (const { query, value } of course.launches.flatMap((launch) => valuesOf(course, launch)))
    byQuery.set(query, [...(byQuery.get(query) ?? []), value]);
  return new Map([...byQuery].map(([query, values]) => [query, median(values)]));
}

function valuesOf({ metric, isSpeculative }: Course, { requests }: KeptLaunch) {
  return requests.flatMap((request) => {
    const values =
      request.trace.outcome === 'ok' && countsFor(metric, request, isSpeculative)
        ? requestValues(metric, request)
        : [];
    const value = values.length === 0 ? 0 : median(values);
    const { round, query } = request.trace;
    return value > 0 ? [{ round, query, value }] : [];
  });
}
