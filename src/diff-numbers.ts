import { membersOf } from './config/recorded.ts';
import type { DiffSide } from './diff-archive.ts';
import { queriesOf } from './diff-knobs.ts';
import type { RunRecord } from './ledger/record.ts';
import { isMetricName, type MetricName, metricNames } from './stats/metric.ts';
import { type Comparability, type Conditions, compareConditions } from './verdict/comparable.ts';
import type { Comparison } from './verdict/comparison.ts';
import { type MetricLine, pairedLines, type SideNumbers, storedLines } from './verdict/metric-lines.ts';
import { type OutputChanges, outputChanges, outputsOfPairs } from './verdict/output-changes.ts';
import { type PairedFacts, pairedFacts, wasJudgedAgainst } from './verdict/paired.ts';
import {
  movesBetween,
  movesOfPairs,
  type QueryMoves,
  queryValues,
  type RecordedRequest,
  valueOfRequests,
} from './verdict/query-moves.ts';

/** The pairs in which one side was judged against the other. */
export interface FoundPairs {
  readonly facts: PairedFacts;
  readonly comparison: Comparison;
  /** The record that holds them, with the requests of both arms. */
  readonly record: RunRecord;
}

/** The numbers of two runs, and what became of their queries. */
export interface DiffNumbers {
  readonly metrics: readonly MetricLine[];
  /** Null where one side has no requests in its record. */
  readonly queries: QueryMoves | null;
  /** Null where the answers of one side are not known. */
  readonly outputs: OutputChanges | null;
}

/** Below this effect a query counts as the same where no rule says otherwise: the default of `min_effect`. */
const usualLeastPct = 1;

/** What must match for two runs to be comparable. */
export function comparabilityOf(a: DiffSide, b: DiffSide): Comparability {
  return compareConditions(conditionsOf(a), conditionsOf(b));
}

function conditionsOf({ row, record, experiment }: DiffSide): Conditions {
  const values = experiment?.values ?? [];
  const fingerprint = record?.fingerprint;
  const facts =
    fingerprint !== null && typeof fingerprint === 'object' && 'facts' in fingerprint
      ? (fingerprint.facts ?? null)
      : null;
  return {
    fingerprint: row?.fingerprint ?? null,
    facts,
    workload: row?.workload ?? null,
    workloadValues: membersOf(values, 'workload'),
    queriesSha256: experiment?.files[queriesOf(values)] ?? null,
    metricVersion: record?.summary?.metricVersion ?? null,
  };
}

/** The pairs of B against A, else those of A against B; null when neither was judged against the other. */
export function findPairs(a: DiffSide, b: DiffSide): FoundPairs | null {
  return pairsOf(b, a, false) ?? pairsOf(a, b, true);
}

function pairsOf(judged: DiffSide, other: DiffSide, isTurned: boolean): FoundPairs | null {
  const { record, row } = judged;
  const comparison = record?.comparison ?? null;
  if (record === null || row === null || other.row === null || comparison === null) return null;
  const { run_id, supersedes, exp_id: expId, artifact, fingerprint } = other.row;
  const runIds = [run_id, supersedes, other.record?.runId].filter((id) => typeof id === 'string');
  const how = wasJudgedAgainst(comparison, { runIds, expId, artifact, fingerprint }, row.fingerprint);
  if (how === null) return null;
  const { status, reason } = row;
  const run = { judged: judged.name, isTurned, isRelaunched: how === 'relaunched', status, reason };
  return { facts: pairedFacts(comparison, run), comparison, record };
}

/** The numbers as the pairs have them, with the queries of one metric. */
export function pairedNumbers({ facts, comparison, record }: FoundPairs, metric: MetricName): DiffNumbers {
  const arms = [requestsOf(record, 'baseline'), requestsOf(record, 'candidate')] as const;
  const { baseline, candidate } = comparison;
  const numbers = [
    armNumbers(record, 'baseline', comparison.metric, baseline.value),
    armNumbers(record, 'candidate', comparison.metric, candidate.value),
  ] as const;
  const sides = facts.isTurned ? ([1, 0] as const) : ([0, 1] as const);
  const values = sides.map((side) => queryValues(arms[side], metric)) as [
    Map<string, number>,
    Map<string, number>,
  ];
  const queries =
    metric === comparison.metric
      ? movesOfPairs(comparison, values[0], values[1], facts.isTurned)
      : movesBetween(values[0], values[1], metric, comparison.minEffectPct);
  return {
    metrics: pairedLines(comparison, numbers[sides[0]], numbers[sides[1]], facts.isTurned),
    queries: queries.moves.length === 0 ? null : queries,
    outputs: outputChanges(arms[0], arms[1]) ?? pairedOutputs(comparison),
  };
}

function pairedOutputs({ outputs }: Comparison): OutputChanges | null {
  return outputs.compared === 0 ? null : outputsOfPairs(outputs);
}

/** The judged metric as the pairs state it, the others from the summary or, of the other arm, from the requests. */
function armNumbers(
  record: RunRecord,
  arm: RecordedRequest['arm'],
  judged: MetricName,
  value: number | null,
): SideNumbers {
  const summary = record.summary?.arm === arm ? record.summary : null;
  const requests = requestsOf(record, arm);
  const all = metricNames.map((name) => [
    name,
    summary === null ? valueOfRequests(requests, name) : (summary.metrics[name]?.value ?? null),
  ]);
  return { ...Object.fromEntries(all), ...(value === null ? {} : { [judged]: value }) };
}

/** The stored numbers of two runs; none where one side is no run. */
export function storedNumbers(
  a: DiffSide,
  b: DiffSide,
  metric: MetricName,
  isComparable: boolean,
): DiffNumbers {
  if (a.row === null || b.row === null) return { metrics: [], queries: null, outputs: null };
  const [one, other] = [ownRequests(a.record), ownRequests(b.record)];
  const moves = movesBetween(queryValues(one, metric), queryValues(other, metric), metric, usualLeastPct);
  return {
    metrics: storedLines(numbersOf(a), numbersOf(b), isComparable),
    queries: isComparable && moves.moves.length > 0 ? moves : null,
    outputs: isComparable ? outputChanges(one, other) : null,
  };
}

/** Of a row without a record only its one number is known. */
function numbersOf({ row, record }: DiffSide): SideNumbers {
  const summary = record?.summary ?? null;
  if (summary !== null)
    return Object.fromEntries(metricNames.map((name) => [name, summary.metrics[name]?.value ?? null]));
  const metric = row?.metric ?? null;
  return metric !== null && isMetricName(metric) ? { [metric]: row?.value ?? null } : {};
}

/** The requests of the arm that the row is about. */
function ownRequests(record: RunRecord | null): readonly RecordedRequest[] {
  return record === null ? [] : requestsOf(record, record.summary?.arm ?? 'candidate');
}

function requestsOf({ requests }: RunRecord, arm: RecordedRequest['arm']): readonly RecordedRequest[] {
  return requests.filter((request) => request.arm === arm);
}
