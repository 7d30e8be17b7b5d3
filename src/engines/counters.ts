import type { CountedBetween, HistogramTimes } from './engine.ts';
import { type MetricSample, meanBetween, parseMetrics, risen } from './prometheus.ts';

/** An engine's names for one thing, newest first. */
type Names = readonly string[];

/** The second witness of an engine whose histograms are in seconds; null when neither observed anything. */
export function histogramTimes(
  before: string,
  after: string,
  names: { readonly ttft: Names; readonly itl: Names },
): HistogramTimes | null {
  const [earlier, later] = [parseMetrics(before), parseMetrics(after)];
  const ttft = meanBetween(earlier, later, names.ttft);
  const itl = meanBetween(earlier, later, names.itl);
  if (ttft === null && itl === null) return null;
  return {
    ttftMs: ttft === null ? null : ttft.mean * 1000,
    itlMs: itl === null ? null : itl.mean * 1000,
    requests: ttft?.count ?? 0,
  };
}

/** What counters say between two readings; an empty list of names: the engine does not count that. */
export function countedBetween(
  before: string,
  after: string,
  names: {
    readonly cached: Names;
    readonly preemptions: Names;
    readonly drafts: Names;
    readonly drafted: Names;
    readonly accepted: Names;
  },
): CountedBetween {
  const [earlier, later] = [parseMetrics(before), parseMetrics(after)];
  return {
    cachedTokens: risen(earlier, later, names.cached),
    preemptions: risen(earlier, later, names.preemptions),
    ...acceptance(
      risen(earlier, later, names.drafts),
      risen(earlier, later, names.drafted),
      risen(earlier, later, names.accepted),
    ),
  };
}

/** Accepted over proposed draft tokens, and 1 + accepted over steps; null where nothing was drafted. */
export function acceptance(
  drafts: number | null,
  drafted: number | null,
  accepted: number | null,
): Pick<CountedBetween, 'speculativeAcceptRate' | 'speculativeTokensPerStep'> {
  return {
    speculativeAcceptRate: accepted === null || !drafted ? null : accepted / drafted,
    speculativeTokensPerStep: accepted === null || !drafts ? null : 1 + accepted / drafts,
  };
}

/** The value of a label on a metric that only carries labels (`..._info`); null when it is not there. */
export function labelOf(samples: readonly MetricSample[], name: string, label: string): string | null {
  return samples.find((sample) => sample.name === name)?.labels[label] ?? null;
}
