import { openBundle } from './bundle.ts';
import { calibrationOf } from './calibrated.ts';
import { ExitCode } from './errors.ts';
import type { LaunchFailure } from './launch-failure.ts';
import { outgrownOf } from './ledger/calibration.ts';
import { readLedger } from './ledger/read.ts';
import type { NewRow, Row } from './ledger/row.ts';
import type { Arm, KeptLaunch } from './pair-arms.ts';
import { comparisonOf } from './pair-comparison.ts';
import { type ArmName, counting } from './pair-loop.ts';
import { type EndedPairs, type PairSession, runFile } from './pair-session.ts';
import type { RunResult } from './run.ts';
import { median } from './stats/describe.ts';
import type { MetricName } from './stats/metric.ts';
import { metricOf } from './stats/summarize.ts';
import type { Finding } from './stats/summary.ts';
import type { Comparison } from './verdict/comparison.ts';
import type { Decision } from './verdict/decide.ts';
import { isOutgrown } from './verdict/evidence.ts';
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
    ...{ plan, arms, pairs: ended.pairs, decision, calibrated },
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
          ...findingsOf(session, pairs),
          ...outputFindings(comparison, pairs),
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

/** Launches of an arm in the pairs that count, and the one that failed, if it is of this arm. */
function launchesOf({ ended }: EndedPairs, name: ArmName): KeptLaunch[] {
  return [
    ...counting(ended.pairs).flatMap(({ launches }) => launches[name] ?? []),
    ...(ended.failed?.arm === name ? [ended.failed] : []),
  ];
}

/** An arm's value of the judged metric; null: no request had one. */
export function armValue(pairs: EndedPairs, name: ArmName): number | null {
  const { rule, isSpeculative } = pairs.session.plan;
  const requests = launchesOf(pairs, name).flatMap((launch) => launch.requests);
  return metricOf(rule.metric, requests, isSpeculative)?.value ?? null;
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

function findingsOf(
  { plan, calibrated, resumedFrom }: PairSession,
  { ended, decision }: EndedPairs,
): Finding[] {
  const metrics = {
    ...decision.guardEvidence,
    ...(decision.evidence && { [plan.rule.metric]: decision.evidence }),
  };
  const dropped = Object.entries(metrics).flatMap(([metric, evidence]) => {
    const calibration = calibrationOf(calibrated[metric] ?? null);
    return calibration !== null && !evidence.isCalibrated ? [metric] : [];
  });
  const over = dropped.filter((metric) => {
    const calibration = calibrationOf(calibrated[metric] ?? null);
    const series = ended.seen.effects.flatMap((effects) => effects[metric as MetricName] ?? []);
    return calibration !== null && isOutgrown(series, calibration);
  });
  const invalid = ended.pairs.flatMap(({ result }) => result.invalid ?? []);
  return [
    ...(plan.knobs.length > 1 && !plan.isSame
      ? [{ code: 'multi', text: `${plan.knobs.length} knobs differ from the baseline.` }]
      : []),
    ...(resumedFrom === null
      ? []
      : [{ code: 'resumed', text: `It went on with the pairs of ${resumedFrom}.` }]),
    ...over.map((metric) => ({
      code: outgrownOf(metric),
      text: `These pairs spread more than the calibration of ${metric} allows; it no longer counts.`,
    })),
    ...(dropped.length > over.length
      ? [
          {
            code: 'calibration-dropped',
            text: `On the way the pairs spread more than the calibration of ${dropped.filter((metric) => !over.includes(metric)).join(', ')} allows: it was dropped for this run.`,
          },
        ]
      : []),
    ...invalid.map(({ code, text }) => ({
      code: 'pair-dropped',
      text: `${text} That pair does not count (${code}).`,
    })),
  ];
}

/** Lengths that differ by more than this share are not the same work. */
const sameLength = 0.1;

/** What the answers themselves say: that they are others, or of another length. */
function outputFindings({ outputs }: Comparison, pairs: EndedPairs): Finding[] {
  const { compared, same } = outputs;
  const [before, after] = [tokensOf(pairs, 'baseline'), tokensOf(pairs, 'candidate')];
  const isOther = before !== null && after !== null && Math.abs(after / before - 1) > sameLength;
  return [
    ...(same < compared
      ? [
          {
            code: 'outputs-differ',
            text: `${same} of ${compared} queries were answered as the baseline did.`,
          },
        ]
      : []),
    ...(isOther
      ? [{ code: 'output-length', text: `Answers of ${before} tokens in the baseline have ${after} now.` }]
      : []),
  ];
}

/** Median output tokens of an arm; null: no engine stated any. */
function tokensOf(pairs: EndedPairs, name: ArmName): number | null {
  const tokens = launchesOf(pairs, name).flatMap(({ requests }) =>
    requests.flatMap(({ observation }) => observation.tokens ?? []),
  );
  return tokens.length === 0 ? null : median(tokens);
}
