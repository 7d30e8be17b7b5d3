import type { Comparison, GuardResult } from './comparison.ts';

/** The subject of a row, as pairs name the arm that they were measured against. */
export interface JudgedSubject {
  /** The row's own run id, and those it stands for. */
  readonly runIds: readonly string[];
  readonly expId: string | null;
  readonly artifact: string | null;
  readonly fingerprint: string | null;
}

/** What a paired run says of the two sides of a comparison. */
export interface PairedFacts {
  /** The row that holds the pairs. */
  readonly judged: string;
  /** A is the candidate of that run, B its baseline. */
  readonly isTurned: boolean;
  /** The baseline was the same experiment, launched afresh: not the very run that is compared. */
  readonly isRelaunched: boolean;
  readonly metric: Comparison['metric'];
  readonly pairs: number;
  readonly invalid: number;
  readonly eValue: number | null;
  readonly floorPct: number | null;
  readonly floorFrom: Comparison['floorFrom'];
  readonly mdePct: number | null;
  readonly minEffectPct: number;
  readonly calibrationDropped: string | null;
  readonly guards: readonly GuardResult[];
  /** As that run ended. */
  readonly status: string | null;
  readonly reason: string | null;
  readonly sentence: string;
}

/** Whether the pairs of a run, one of which counts at least, were measured against a row; by its run, or by what it is. */
export function wasJudgedAgainst(
  comparison: Comparison,
  subject: JudgedSubject,
  judgedFingerprint: string | null,
): 'itself' | 'relaunched' | null {
  if (!comparison.pairs.some(({ effects }) => effects !== null)) return null;
  const { runId, expId, artifact } = comparison.baseline;
  if (runId !== null && subject.runIds.includes(runId)) return 'itself';
  const isSame =
    subject.expId === expId && subject.artifact === artifact && subject.fingerprint === judgedFingerprint;
  return isSame && subject.fingerprint !== null ? 'relaunched' : null;
}

/** The part of a comparison that the screen tells before its numbers. */
export function pairedFacts(
  comparison: Comparison,
  run: Pick<PairedFacts, 'judged' | 'isTurned' | 'isRelaunched' | 'status' | 'reason'>,
): PairedFacts {
  const { metric, eValue, floorPct, floorFrom, mdePct, minEffectPct, calibrationDropped } = comparison;
  return {
    ...run,
    ...{ metric, eValue, floorPct, floorFrom, mdePct, minEffectPct, calibrationDropped },
    pairs: comparison.pairs.filter(({ effects }) => effects !== null).length,
    invalid: comparison.pairs.filter(({ invalid }) => invalid !== null).length,
    guards: comparison.guards,
    sentence: comparison.sentence,
  };
}
