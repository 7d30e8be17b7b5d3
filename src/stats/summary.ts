import type { Outcome, RequestTrace } from '../measure/trace.ts';
import type { MetricName } from './metric.ts';
import type { QuantileInterval } from './quantile-interval.ts';

/** Something the reader should know that does not make the run invalid: a code for the row, a sentence for people. */
export interface Finding {
  readonly code: string;
  readonly text: string;
}

/** A percentile with what the sample supports: never shown without its interval. */
export interface Percentile extends QuantileInterval {
  /** Hyndman-Fan type 7. */
  readonly value: number;
}

/** One metric over the queries of one arm (itl_ms: over gaps). */
export interface MetricSummary {
  /** The metric's one number: median over queries of the median over rounds, then the mean over launches. */
  readonly value: number;
  /** Distinct queries that gave a value. */
  readonly n: number;
  /** Values before any median was taken: requests, or gaps for itl_ms. */
  readonly samples: number;
  /** The statistics from here to p99 are over queries: each one's median over rounds, averaged over launches. */
  readonly median: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Sample standard deviation (n - 1); null for one value. */
  readonly sd: number | null;
  readonly p50: Percentile;
  readonly p90: Percentile;
  readonly p95: Percentile;
  readonly p99: Percentile;
  /** The value of each launch, in launch order: launches are what repeats, queries are not. */
  readonly launchValues: readonly number[];
  /** Sample standard deviation of the launches' values, and the same over their mean; null for one launch. */
  readonly launchSd: number | null;
  readonly launchCv: number | null;
}

/** Smallest, middle and largest of a count. */
export interface Range {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Token counts of the requests that ended well; null where no engine stated any. */
export interface TokenSummary {
  readonly prompt: Range | null;
  readonly completion: Range | null;
  /** Requests by where their output count came from, and by how their decode rate was computed. */
  readonly sources: { readonly [source: string]: number };
  readonly decodeSources: { readonly [source: string]: number };
}

/** The requests that ended in one way other than `ok`. */
export interface ErrorGroup {
  readonly outcome: Outcome;
  readonly count: number;
  /** Distinct queries, in the order in which they first failed. */
  readonly queries: readonly string[];
  /** What the first of them said. */
  readonly example: string | null;
}

/** From the first warm-up request of a launch to the last. */
export interface WarmUpSummary {
  readonly launch: number;
  readonly requests: number;
  /** Whether the decode rate had settled when the measuring began. */
  readonly steady: boolean;
  readonly coldDecodeTokS: number | null;
  readonly warmDecodeTokS: number | null;
  readonly coldTtftMs: number | null;
  readonly warmTtftMs: number | null;
}

/** The client's stopwatch beside the engine's own, over the same requests. */
export interface WitnessComparison {
  readonly metric: 'ttft_ms' | 'decode_ms' | 'itl_ms';
  /** Of an engine that tells its time request by request the median; of one that only keeps histograms the mean. */
  readonly statistic?: 'median' | 'mean' | undefined;
  readonly n: number;
  readonly clientMs: number;
  readonly engineMs: number;
  /** Client - engine: its median over requests, or the difference of the means. */
  readonly differenceMs: number;
  readonly toleranceMs: number;
  readonly agrees: boolean;
}

/** What a run measured, of one arm: the part of summary.json and the record that numbers come from. */
export interface Summary {
  readonly schemaVersion: 1;
  readonly metricVersion: number;
  readonly arm: RequestTrace['arm'];
  readonly launches: number;
  readonly rounds: number;
  /** Distinct queries asked, and those answered at least once. */
  readonly queries: number;
  readonly answered: number;
  readonly requests: number;
  /** Requests that were to be asked: more than `requests` when the run was given up or cut off. Absent: not known. */
  readonly planned?: number | undefined;
  /** Requests that did not end `ok`; they are in no metric. */
  readonly failed: number;
  readonly errors: readonly ErrorGroup[];
  readonly metrics: { readonly [Name in MetricName]: MetricSummary | null };
  readonly tokens: TokenSummary;
  /** Requests that ended well by the engine's reason; `none` when it gave none. */
  readonly finishReasons: { readonly [reason: string]: number };
  /** Outputs under 16 tokens left out of decode metrics because a draft method was there. */
  readonly shortOutputs: number;
  readonly warmUp: readonly WarmUpSummary[];
  readonly witness: readonly WitnessComparison[];
  readonly findings: readonly Finding[];
  /** What each metric is, in words. */
  readonly definitions: { readonly [Name in MetricName]: string };
}
