import type { Summary } from './summary.ts';

/** The share of failed requests above which a run without a baseline says nothing. */
const tolerableFailures = 0.2;

/**
 * Whether a run without a baseline has too many failures to stand: `errors` (the detail of `invalid:errors`)
 * above 20 %, else null. Requests that bench itself cut off (`aborted`) count neither as failed nor as asked.
 */
export function validity(summary: Pick<Summary, 'requests' | 'failed' | 'errors'>): 'errors' | null {
  const aborted = summary.errors
    .filter((group) => group.outcome === 'aborted')
    .reduce((sum, group) => sum + group.count, 0);
  const asked = summary.requests - aborted;
  return summary.failed - aborted > tolerableFailures * asked ? 'errors' : null;
}
