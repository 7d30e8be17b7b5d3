/** What is known of a run beside what pairs said. */
export interface UnpairedFacts {
  /** Why the engine crashed, as the ledger says it (`oom-load`, `bad-flag` ...); null: it did not. */
  readonly crash: string | null;
  /** What makes the numbers void: `errors`, `client-late`, `port-stolen`, `port-closed`, `cache-reused` ...; empty: nothing. */
  readonly invalid: readonly string[];
  /** What failed on the host (`disk-full` ...); null: nothing. */
  readonly hostFailure: string | null;
  readonly interrupted: boolean;
  /** Whether it starts just what its parent starts, so that nothing was launched. */
  readonly isNoop: boolean;
  /** What pairs of launches said; null: there were none. */
  readonly paired: UnpairedVerdict | null;
  /** Whether the experiment has a parent to be judged against. */
  readonly hasParent: boolean;
  /** Whether bench neither started nor stopped the engine (`engine: openai`). */
  readonly unwitnessed: boolean;
  /** Whether files of this run had uncommitted changes. */
  readonly dirty: boolean;
  /** Whether the ledger has a kept baseline of the same (workload, model, hardware, engine). */
  readonly earlierBaselineExists: boolean;
}

/** The two cells of a row; status null: not judged. */
export interface UnpairedVerdict {
  readonly status: 'keep' | 'discard' | 'crash' | null;
  readonly reason: string;
}

/**
 * Status and reason of a run, the first that holds: crash; invalid, host failure, interrupted (never evidence about a
 * knob); noop; what the pairs said; unwitnessed; unjudged; baseline or repeat. A dirty run is never kept: what it
 * would have been follows `dirty:`.
 */
export function judgeUnpaired(facts: UnpairedFacts): UnpairedVerdict {
  if (facts.crash !== null) return { status: 'crash', reason: facts.crash };
  if (facts.invalid.length > 0) return { status: 'discard', reason: `invalid:${facts.invalid.join(',')}` };
  if (facts.hostFailure !== null) return { status: 'discard', reason: `host-failure:${facts.hostFailure}` };
  if (facts.interrupted) return { status: 'discard', reason: 'interrupted' };
  if (facts.isNoop) return { status: 'discard', reason: 'noop' };
  const verdict = measured(facts);
  return facts.dirty ? { status: null, reason: `dirty:${verdict.reason}` } : verdict;
}

function measured(facts: UnpairedFacts): UnpairedVerdict {
  if (facts.paired !== null) return facts.paired;
  if (facts.unwitnessed) return { status: null, reason: 'unwitnessed' };
  if (facts.hasParent) return { status: null, reason: 'unjudged' };
  return facts.earlierBaselineExists
    ? { status: null, reason: 'repeat' }
    : { status: 'keep', reason: 'baseline' };
}
