import type { LaunchFailure } from './launch-failure.ts';
import { plannedInLaunch, plannedRequests } from './plan.ts';
import type { RecallOfRun } from './recall-of-run.ts';
import type { Summary } from './stats/summary.ts';
import { validity } from './stats/validity.ts';
import type { EndedRun } from './write-run.ts';

/** What of a launch voids times and not what was answered. */
const ofTimes: ReadonlySet<string> = new Set(['client-late', 'compiling']);

/** Where recall is all that is measured its answers stand without their times. */
export function voidTimes({ plan, outcomes }: EndedRun): string[] {
  if (plan.queries.length > 0 || plan.recall === null) return [];
  return outcomes.flatMap(({ result }) => result?.invalid ?? []).filter((code) => ofTimes.has(code));
}

/** Why the numbers of a run are void, as details of `invalid:`; empty: they stand. */
export function invalidities(
  run: EndedRun,
  summary: Summary | null,
  failure: LaunchFailure | null,
  recall: RecallOfRun | null,
): string[] {
  if (failure !== null) return failure.kind === 'invalid' ? [failure.detail] : [];
  // Pairs have their own word on failed requests, which a healthy baseline makes the candidate's.
  if (run.paired?.judged) return [];
  const standing = new Set(voidTimes(run));
  const details = [
    ...run.outcomes.flatMap((outcome) => outcome.result?.invalid ?? []).filter((code) => !standing.has(code)),
    ...(run.inputsChanged ? ['inputs-changed'] : []),
  ];
  const errors = summary === null ? null : (givenUp(run, summary) ?? tooManyErrors(run, summary, recall));
  return [...new Set([...details, ...(errors === null ? [] : [errors])])];
}

/** A context that cannot be asked is an answer about it, as long as another can. */
function tooManyErrors(
  { plan }: EndedRun,
  summary: Summary,
  recall: RecallOfRun | null,
): ReturnType<typeof validity> {
  const isAlone = plan.queries.length === 0;
  if (isAlone && recall?.summary.cells.some(({ n }) => n > 0)) return null;
  return validity(summary);
}

/** The failures that were not waited for count as such: a launch given up makes the run void whatever the others did. */
function givenUp(run: EndedRun, { requests }: Summary): string | null {
  if (!run.outcomes.some((outcome) => outcome.result?.isGivenUp)) return null;
  return `errors: ${requests} of ${plannedOf(run)} requests asked, then given up`;
}

/** Pairs are as many launches as it took. */
export function plannedOf({ plan, paired, outcomes }: EndedRun): number {
  return paired === undefined ? plannedRequests(plan) : plannedInLaunch(plan) * outcomes.length;
}
