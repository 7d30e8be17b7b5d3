import type { MetricName } from '../stats/metric.ts';

/** Which of two launches came first in a pair. */
export type PairOrder = 'baseline-first' | 'candidate-first';

/** Effects of one pair by metric: log ratios, positive where the candidate is better; null where no query had a value. */
export type PairEffects = { readonly [Name in MetricName]: number | null };

/** One launch of each arm, measured one after the other. */
export interface PairResult {
  /** From 1, in the order in which they ran; pairs that do not count have numbers too. */
  readonly pair: number;
  readonly order: PairOrder;
  /** Numbers of its launches in the bundle; null for one that was not made. */
  readonly launches: { readonly baseline: number | null; readonly candidate: number | null };
  /** Null when the pair does not count. */
  readonly effects: PairEffects | null;
  /** Queries that both arms answered, and those that one of them failed. */
  readonly queries: number;
  readonly failed: readonly string[];
  /** Why it does not count, as the ledger says it (`load`, `clock-stepped` ...) and in a sentence; null: it counts. */
  readonly invalid: { readonly code: string; readonly text: string } | null;
}

/** What the pairs said of one metric in the end. Effects in %, positive where the candidate is better. */
export interface MetricEvidence {
  readonly metric: MetricName;
  readonly pairs: number;
  readonly effectPct: number;
  /** The anytime-valid interval; null: still unbounded. */
  readonly lowerPct: number | null;
  readonly upperPct: number | null;
  /** SD of one pair's effect in %, the calibration pooled in; null after one pair without a calibration. */
  readonly pairSdPct: number | null;
  readonly isCalibrated: boolean;
}

/** A limit on what a keep may cost. */
export interface GuardResult {
  /** `ttft_ms`, `errors`, `outputs` ... */
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'undecided' | 'reported';
  readonly text: string;
}

/** The answers of both arms to the same queries. */
export interface OutputsCompared {
  /** Queries that both arms answered. */
  readonly compared: number;
  readonly same: number;
  /** Those whose answers differ, and how far into the text, in characters; null: the texts are not kept. */
  readonly diverged: readonly { readonly query: string; readonly atChar: number | null }[];
  /** Share of repeated word 4-grams over all answers, 0 to 1; null: not known. */
  readonly repetition: { readonly baseline: number | null; readonly candidate: number | null };
  /** Queries that the baseline itself answered in more than one way. */
  readonly unstable: readonly string[];
}

/** What the recall gate came to: items asked of both arms. */
export interface RecallJudged {
  readonly state: 'pass' | 'fail' | 'more' | 'unmeasurable' | 'inconclusive';
  /** The rule that spoke: `tango`, `mcnemar-pooled`, `format-collapse:8k` ... */
  readonly reason: string;
  readonly why: string;
  readonly marginPt: number;
  /** Over the contexts where a loss would show; null: there is none. Points. */
  readonly pooled: {
    readonly n: number;
    readonly lost: number;
    readonly gained: number;
    readonly lossPt: number;
    readonly upperPt: number;
    readonly p: number;
  } | null;
  readonly contexts: readonly {
    readonly context: string;
    /** Whether the baseline is above chance there. */
    readonly informative: boolean;
    /** Items that both arms answered. */
    readonly n: number;
    readonly baselineRight: number;
    readonly candidateRight: number;
    readonly lost: number;
    readonly gained: number;
    /** Items without an answer to the whole prompt. */
    readonly baselineInvalid: number;
    readonly candidateInvalid: number;
  }[];
}

/** What the pairs said of one query, over the metric that was judged. */
export interface QueryEffect {
  readonly query: string;
  readonly effectPct: number;
  /** Whether both arms gave the same answer; null: not known. */
  readonly sameOutput: boolean | null;
}

/** Everything a paired run found out: the part of a record that its verdict can be computed from again. */
export interface Comparison {
  readonly kind: 'run' | 'check' | 'repeat' | 'diff';
  readonly metric: MetricName;
  /** The rule's settings, in %. */
  readonly minEffectPct: number;
  readonly rentPct: number;
  readonly addedDeviations: number;
  readonly maxPairs: number;
  /** The arm the candidate was measured against. */
  readonly baseline: {
    readonly runId: string | null;
    readonly expId: string;
    readonly config: string;
    readonly artifact: string | null;
    readonly value: number | null;
  };
  readonly candidate: { readonly value: number | null };
  /** Noise of one A/A pair in %, and where it is known from; null: not known. */
  readonly floorPct: number | null;
  readonly floorFrom: 'calibration' | 'pairs' | null;
  /** Smallest effect that `maxPairs` pairs find with 80 % power; null: not known. */
  readonly mdePct: number | null;
  /** The calibration that was used, relative to the root; null: none. */
  readonly calibration: string | null;
  /** Why a calibration that is there does not count: its age, a finding; null: it does, or there is none. */
  readonly calibrationDropped: string | null;
  readonly pairs: readonly PairResult[];
  /** The judged metric first, then the guards'. */
  readonly evidence: readonly MetricEvidence[];
  readonly eValue: number | null;
  readonly guards: readonly GuardResult[];
  readonly outputs: OutputsCompared;
  /** Absent: no recall was judged. */
  readonly recall?: RecallJudged | undefined;
  readonly queries: readonly QueryEffect[];
  /** What differs between the arms, knob by knob. */
  readonly knobs: readonly {
    readonly name: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
  /** The verdict in one sentence. */
  readonly sentence: string;
}
