import { openBundle } from './bundle.ts';
import { armValue, launchesOf } from './ended-pairs.ts';
import { ExitCode } from './errors.ts';
import type { LaunchFailure } from './launch-failure.ts';
import { readLedger } from './ledger/read.ts';
import type { NewRow, Row } from './ledger/row.ts';
import type { Arm, KeptLaunch } from './pair-arms.ts';
import { comparisonOf } from './pair-comparison.ts';
import { pairFindings } from './pair-findings.ts';
import { type EndedPairs, type PairSession, runFile } from './pair-session.ts';
import type { RunResult } from './run.ts';
import type { Comparison } from './verdict/comparison.ts';
import type { Decision } from './verdict/decide.ts';
import type { UnpairedVerdict } from './verdict/unpaired.ts';
import { type EndedRun, type FrozenSnapshot, writeBaseline, writeRun } from './write-run.ts';

/** What a run in pairs came to: the candidate's row, and the baseline's where that had none. */
export interface PairedRunResult extends RunResult {
  /** Null: nothing was launched, for the two start the same. */
  readonly comparison: Comparison | null;
  /** The row that it was judged against; null: no launch of the baseline was measured. */
  readonly baseline: Row | null;
}

/** The row of a candidate that starts just what its baseline starts: nothing was launched. */
export async function writeNoop(session: PairSession, same: string): Promise<PairedRunResult> {
  const { arms, teller } = session;
  teller.note(`The engine would get just what ${same} gives it: nothing is launched.`);
  const { candidate } = arms;
  const run = { ...endedRun(session, candidate, []), plan: { ...candidate.plan, sameAsParent: same } };
  return { ...(await write(session, run)), comparison: null, baseline: null };
}

/**
 * The rows of a run in pairs: the baseline's where the ledger has none of it, then the candidate's with the verdict.
 * @throws BenchError (exit 5) when the disk refuses a row.
 */
export async function writePairs(pairs: EndedPairs, command: string): Promise<PairedRunResult> {
  const { session, ended, decision, launcher } = pairs;
  const { arms, plan, teller, calibrated } = session;
  teller.step('writing the row');
  const { baseline, candidate } = arms;
  const known = await rowOfBaseline(session);
  const { alone } = ended;
  const measured = [
    ...launchesOf(pairs, 'baseline').filter((launch) => launch.failure === null),
    ...(alone?.arm === 'baseline' ? [alone] : []),
  ];
  const written =
    known ??
    (measured.length === 0
      ? null
      : await writeBaseline({
          ...endedRun(session, baseline, measured),
          paired: {
            arm: 'baseline',
            judged: null,
            requests: measured.flatMap(({ requests }) => requests),
            failure: null,
          },
        }));
  const failure = failureOf(ended.failed, plan.isSame);
  const verdict = verdictOf(ended.invalid, decision);
  const isDirty = candidate.place.dirt.length > 0;
  const comparison = comparisonOf({
    ...{ plan, arms, pairs: ended.pairs, decision, calibrated, recall: ended.seen.recall },
    verdict: isDirty
      ? { status: 'not judged', reason: `dirty:${verdict.reason}` }
      : wordsOf(verdict, failure),
    baselineRunId: written?.run_id ?? null,
    values: { baseline: armValue(pairs, 'baseline'), candidate: armValue(pairs, 'candidate') },
  });
  const run: EndedRun = {
    ...endedRun(session, candidate, launchesOf(pairs, 'candidate')),
    paired: {
      arm: 'candidate',
      judged: {
        verdict,
        cells: cellsOf(comparison, written, verdict, failure),
        comparison,
        findings: [
          ...launcher.priming().flatMap(({ findings }) => findings),
          ...pairFindings(pairs, comparison),
        ],
      },
      requests: [...launchesOf(pairs, 'baseline'), ...launchesOf(pairs, 'candidate')].flatMap(
        ({ requests }) => requests,
      ),
      failure,
    },
  };
  const result = await write(session, run, (outcome) => runFile(session, command, outcome));
  if (known === null && written !== null) saveBundleOf(session, written.run_id);
  return { ...result, comparison, baseline: written };
}

/** The end of the sentence: a launch that failed comes before all that pairs say. */
function wordsOf(
  verdict: UnpairedVerdict,
  failure: LaunchFailure | null,
): { readonly status: string; readonly reason: string } {
  if (failure === null) return { status: verdict.status ?? 'not judged', reason: verdict.reason };
  const reason = failure.detail === '' ? failure.kind : `${failure.kind}:${failure.detail}`;
  return { status: failure.kind === 'crash' ? 'crash' : 'discard', reason };
}

async function write(
  session: PairSession,
  run: EndedRun,
  file?: (outcome: string | null) => object,
): Promise<RunResult> {
  const written = await writeRun(run, file);
  const { bundle, arms } = session;
  const { facts } = arms.candidate;
  return { ...written, facts, bundlePath: bundle.shownPath, durationMs: facts.clock.now() / 1e6 };
}

function endedRun(session: PairSession, arm: Arm, launches: readonly KeptLaunch[]): EndedRun {
  const { plan, place, readied, facts } = arm;
  const { interrupt, bundle } = session;
  return {
    ...{ plan, place, readied, interrupt, facts, bundle },
    outcomes: launches.map(({ outcome }) => outcome),
    snapshots: launches.flatMap(({ snapshot }): FrozenSnapshot[] => (snapshot === null ? [] : [snapshot])),
  };
}

/** The baseline's own bundle only says whose bundle holds its launches. */
function saveBundleOf({ arms, runId }: PairSession, baselineRunId: string): void {
  const { loaded } = arms.baseline.plan;
  openBundle(loaded.root, baselineRunId, (text) => text).writeRun({ runId: baselineRunId, bundleOf: runId });
}

/** The newest measured row of the same experiment, artifact and machine. */
async function rowOfBaseline({ arms }: PairSession): Promise<Row | null> {
  const { facts, place } = arms.baseline;
  const { exp_id, artifact, fingerprint } = facts.row;
  const { rows } = await readLedger(place.ledger);
  const isDirty = place.dirt.length > 0;
  const replaced = new Set(rows.map((row) => row.supersedes));
  return (
    rows.findLast(
      (row) =>
        row.exp_id === exp_id &&
        row.artifact === artifact &&
        row.fingerprint === fingerprint &&
        row.value !== null &&
        (isDirty || row.reason?.startsWith('dirty:') !== true) &&
        !replaced.has(row.run_id),
    ) ?? null
  );
}

/** A baseline that fails says nothing of the candidate: the run is void, unless the host or the user ended it. */
export function failureOf(failed: KeptLaunch | null, isSame: boolean): LaunchFailure | null {
  if (failed?.failure == null) return null;
  const { failure } = failed;
  if (
    isSame ||
    failed.arm === 'candidate' ||
    failure.kind === 'interrupted' ||
    failure.kind === 'host-failure'
  )
    return failure;
  return {
    ...failure,
    kind: 'invalid',
    detail: `baseline-${failure.kind === 'crash' ? 'crashed' : failure.detail}`,
    message: `The baseline failed, so nothing was compared: ${failure.message}`,
    exitCode: ExitCode.host,
  };
}

/** Status and reason that the pairs came to. */
export function verdictOf(invalid: EndedPairs['ended']['invalid'], decision: Decision): UnpairedVerdict {
  if (invalid !== null) return { status: 'discard', reason: `invalid:${invalid.code}` };
  return { status: decision.status, reason: decision.reason === '' ? 'inconclusive' : decision.reason };
}

function cellsOf(
  comparison: Comparison,
  baseline: Row | null,
  verdict: UnpairedVerdict,
  failure: LaunchFailure | null,
): Partial<NewRow> {
  const parent = { parent: baseline?.run_id ?? null };
  const [main] = comparison.evidence;
  if (failure !== null || verdict.reason.startsWith('invalid') || main?.metric !== comparison.metric)
    return parent;
  return {
    ...parent,
    delta_pct: main.effectPct,
    ci_lo_pct: main.lowerPct,
    ci_hi_pct: main.upperPct,
    pairs: main.pairs,
    e_value: comparison.eValue,
  };
}
