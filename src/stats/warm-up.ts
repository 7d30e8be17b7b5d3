import type { Observation } from '../measure/timeline.ts';
import type { WarmUpSummary } from './summary.ts';

/** The warm-up of one launch: its requests in the order in which they were sent, failed ones with null times. */
export interface WarmUpRequests {
  readonly launch: number;
  readonly isSteady: boolean;
  /** Whether it was given up since its last requests failed; default: no. */
  readonly isGivenUp?: boolean;
  readonly times: readonly Pick<Observation, 'decodeTokS' | 'ttftMs'>[];
}

/** Cold -> warm: the first and the last time that each number is known. */
export function summarizeWarmUp(warmUp: WarmUpRequests): WarmUpSummary {
  const rates = known(warmUp.times.map((time) => time.decodeTokS));
  const ttfts = known(warmUp.times.map((time) => time.ttftMs));
  return {
    launch: warmUp.launch,
    requests: warmUp.times.length,
    steady: warmUp.isSteady,
    coldDecodeTokS: rates.at(0) ?? null,
    warmDecodeTokS: rates.at(-1) ?? null,
    coldTtftMs: ttfts.at(0) ?? null,
    warmTtftMs: ttfts.at(-1) ?? null,
  };
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
