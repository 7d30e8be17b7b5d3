import type { RecallDifference } from './recall-compare.ts';

/** One configuration of a sweep: an experiment, with or without a knob's value put over it. */
export interface SweepArm {
  /** Unique in the sweep and short: the config's name without folder and ending, or the engine where those differ. */
  readonly label: string;
  readonly engine: string;
  /** Relative to the root. */
  readonly config: string;
  /** As its rows name it; null until one is there. */
  readonly model: string | null;
  /** The knob it was made for; null: the file as it is. */
  readonly knob: { readonly flag: string; readonly value: string } | null;
}

/** The times of a sweep's cells. */
export const sweepMetrics = ['ttft_ms', 'decode_tok_s', 'e2e_ms'] as const;
export type SweepMetric = (typeof sweepMetrics)[number];

/** One arm at one context: a row of the ledger, or why there is none yet. */
export interface SweepCell {
  readonly arm: string;
  readonly context: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** Of a failed cell, as the ledger's reason or a sentence says it; null otherwise. */
  readonly why: string | null;
  readonly row: { readonly iter: number; readonly runId: string } | null;
  /** Null: nothing was scored. Bounds are Wilson's at 95 %, shares 0..1. */
  readonly recall: {
    readonly n: number;
    readonly correct: number;
    readonly accuracy: number;
    readonly lower: number;
    readonly upper: number;
    readonly noLabel: number;
    readonly cut: number;
    readonly failed: number;
  } | null;
  /** The value of each launch, in launch order; empty: none. */
  readonly launchValues: { readonly [Metric in SweepMetric]: readonly number[] };
}

/** Two arms at one context by one time. */
export interface TimeDifference {
  readonly a: string;
  readonly b: string;
  readonly context: string;
  readonly metric: SweepMetric;
  /** How much better b is, %; positive where better. */
  readonly effectPct: number;
  /** Of the difference at 95 %; null with one launch a cell. */
  readonly lowerPct: number | null;
  readonly upperPct: number | null;
  /** Adjusted by Holm over all differences of the metric; null with one launch a cell. */
  readonly pHolm: number | null;
  /** `not-judged`: one launch each says nothing of how launches differ. `within-noise` is not "the same". */
  readonly state: 'differ' | 'within-noise' | 'not-judged';
}

/** An order of two arms that an earlier sweep had the other way round. */
export interface Inversion {
  readonly a: string;
  readonly b: string;
  readonly context: string;
  readonly metric: 'recall' | 'ttft_ms';
  readonly now: InversionSide;
  readonly earlier: InversionSide;
  /** What differs between the snapshots of then and now, the likeliest first, for each arm. */
  readonly differs: readonly {
    readonly arm: string;
    readonly lines: readonly string[];
    readonly command: string;
  }[];
}

/** Both arms at one time: their numbers, and whether the order of them is more than noise. */
export interface InversionSide {
  readonly aRow: string;
  readonly bRow: string;
  readonly a: number;
  readonly b: number;
  /** null: not judged, as times of one launch each are not. */
  readonly isShown: boolean | null;
  /** Of the later of the two rows, ISO 8601. */
  readonly at: string;
}

/** A sweep: what was measured, and what can be concluded. */
export interface SweepResult {
  readonly id: string;
  readonly startedAt: string;
  readonly task: string;
  readonly n: number;
  readonly seed: number;
  readonly scorer: string;
  readonly thinking: 'off' | 'low';
  /** What the items were, and where they differ from BABILong's own. */
  readonly set: { readonly source: string; readonly deviations: readonly string[] };
  /** Share of right answers of a guesser. */
  readonly chance: number;
  /** Launches a cell. */
  readonly launches: number;
  readonly arms: readonly SweepArm[];
  /** Shortest first. */
  readonly contexts: readonly string[];
  /** Arm by arm, context by context. */
  readonly cells: readonly SweepCell[];
  readonly recallDifferences: readonly RecallDifference[];
  readonly timeDifferences: readonly TimeDifference[];
  readonly inversions: readonly Inversion[];
}
