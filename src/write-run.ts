import { relative } from 'node:path';
import { type Bundle, type Redact, withoutSecrets } from './bundle.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { Interrupt } from './interrupt.ts';
import { type KeptExperiment, type KeptRow, keepExperiment, keepRow, uncommitted } from './keep-run.ts';
import type { LaunchOutcome } from './launch.ts';
import { explainFailure, type LaunchFailure } from './launch-failure.ts';
import { appendRun } from './ledger/append.ts';
import { recordPath } from './ledger/place.ts';
import { earlierBaseline, readLedger } from './ledger/read.ts';
import type { NewRow, Row } from './ledger/row.ts';
import type { Plan } from './plan.ts';
import { modelCell } from './provenance.ts';
import { type RecallOfRun, recallOfRun } from './recall-of-run.ts';
import { recordOf } from './record-of-run.ts';
import { redactError } from './redacted-errors.ts';
import { changedSince, type Place } from './repository.ts';
import type { RunFacts } from './run-facts.ts';
import { invalidities, plannedOf, voidTimes } from './run-validity.ts';
import type { CliffResult } from './search/ladder.ts';
import type { Readied } from './set-up.ts';
import type { HubModel } from './snapshot/hub-model.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import { type RecallSummary, recallCell } from './stats/recall.ts';
import { type MeasuredRequest, summarize } from './stats/summarize.ts';
import type { Finding, Summary } from './stats/summary.ts';
import type { Comparison } from './verdict/comparison.ts';
import { judgeUnpaired, type UnpairedVerdict } from './verdict/unpaired.ts';

/** A run that is over, with everything it left. */
export interface EndedRun {
  readonly plan: Plan;
  readonly place: Place;
  readonly readied: Readied;
  readonly interrupt: Interrupt;
  readonly facts: RunFacts;
  readonly bundle: Bundle;
  readonly outcomes: readonly LaunchOutcome[];
  readonly snapshots: readonly FrozenSnapshot[];
  /** Why nobody knows what ran: program or files are not what was hashed; null: they are. Left out: pairs have looked. */
  readonly inputsChanged?: string | null;
  /** What one launch says beside stored ones: reason and cells of a row that is not judged. */
  readonly unpaired?: { readonly reason: string; readonly cells: Partial<NewRow> };
  /** What pairs of launches said; left out of a run without pairs. */
  readonly paired?: PairedPart;
  /** What a story says of its own launches; left out where the launches speak for themselves. */
  readonly own?: OwnPart;
}

/** Of launches that a story made in its own way: a failed one may be what it was after. */
export interface OwnPart {
  readonly findings: readonly Finding[];
  /** Why the run ended early; null: it did not, whatever became of its launches. */
  readonly failure: LaunchFailure | null;
  readonly cliff: CliffResult;
}

/** Of a run in pairs, the part of one arm. */
export interface PairedPart {
  readonly arm: 'baseline' | 'candidate';
  /** Null for the baseline, which is judged as a run by itself. */
  readonly judged: {
    readonly verdict: UnpairedVerdict;
    /** Delta, interval, pairs, E and the judged baseline. */
    readonly cells: Partial<NewRow>;
    readonly comparison: Comparison;
    readonly findings: readonly Finding[];
  } | null;
  /** Requests of both arms, for the candidate's record. */
  readonly requests: readonly MeasuredRequest[];
  /** Why the run ended early; null: no launch failed. */
  readonly failure: LaunchFailure | null;
}

/** A launch's snapshot, and the version the engine stated. */
export interface FrozenSnapshot extends Snapshot {
  readonly engineVersion: string | null;
  readonly hubModel: HubModel | null;
}

/** The row and what was done with it. */
export interface WrittenRun {
  readonly row: Row;
  readonly summary: Summary | null;
  /** What the model remembered; null where that was not measured. */
  readonly recall: RecallSummary | null;
  /** The longest context that works; null where none was looked for. */
  readonly cliff: CliffResult | null;
  /** Of the summary, or, when nothing was measured, of the launches. */
  readonly findings: readonly Finding[];
  readonly exitCode: ExitCode;
  readonly failure: LaunchFailure | null;
  readonly commit: KeptRow['commit'];
  /** Why git did not commit the row, which is safe in the file; null when it did or was not to. */
  readonly refusal: KeptRow['refusal'];
  /** Relative to the root. */
  readonly recordPath: string;
  readonly notes: readonly string[];
}

/**
 * Summary -> verdict -> row and record -> ledger -> commits.
 * @param runFile run.json as it is to be in the end, by the row's reason; default: that of the run's facts.
 * @throws BenchError (exit 5) when the disk refuses the row.
 */
export async function writeRun(
  run: EndedRun,
  runFile: (outcome: string | null) => object = run.facts.runFile,
): Promise<WrittenRun> {
  const entered = await enterRow(run);
  const { row, summary, recall, cliff, findings, failure, experiment, dropped } = entered;
  const lost = [
    saved(() => summary !== null && run.bundle.writeSummary(summary)),
    saved(() => run.bundle.writeRun(runFile(row.reason))),
  ];
  const { refusal } = experiment;
  const committed = refusal === null ? await keepRow(run.place, row) : uncommitted(refusal.message, refusal);
  return {
    row,
    summary,
    recall,
    cliff,
    findings,
    failure,
    exitCode: exitCodeOf(failure, row, committed.refusal),
    commit: committed.commit,
    refusal: committed.refusal,
    recordPath: relative(run.plan.loaded.root, recordPath(run.place.ledger, row.run_id)),
    notes: [
      ...(failure?.mayLackEnv ? run.plan.envHints : []),
      ...new Set(lost.filter((why) => why !== null)),
      ...experiment.notes,
      ...dropped.map((what) => `Left out of the record: ${what}.`),
      ...committed.notes,
    ],
  };
}

/**
 * The row and record of a baseline that was measured in another run's pairs; the commit is left to that run.
 * @throws BenchError (exit 5) when the disk refuses the row.
 */
export async function writeBaseline(run: EndedRun): Promise<Row> {
  return (await enterRow(run)).row;
}

async function enterRow(run: EndedRun) {
  const { redact } = run.readied;
  const changed = changedSince(run.place, run.plan);
  const summary = withoutSecrets(summaryOf(run, changed), redact);
  const recall = withoutSecrets(recallOfRun(run.plan.recall, run.outcomes), redact);
  const { plan, facts, place } = run;
  const { configPath: config } = plan.loaded;
  const description = redact(plan.experiment.description);
  const kept = { config, expId: facts.expId, description, redact };
  const findings = withoutSecrets(findingsOf(run, summary, recall), redact);
  const experiment =
    plan.stored === null ? await keepExperiment(place, kept, changed) : keptBefore(plan.stored.row);
  const failure = firstFailure(run, redact);
  const cliff = withoutSecrets(run.own?.cliff ?? null, redact);
  const { row, dropped } = await appendRun(place.ledger, {
    row: {
      ...withoutSecrets(await judged(run, summary, failure, recall), redact),
      commit: experiment.commit,
      config_sha: experiment.blob,
    },
    record: withoutSecrets(recordOf(run, summary, findings, recall), redact),
  });
  return { row, summary, recall: recall?.summary ?? null, cliff, findings, failure, experiment, dropped };
}

/** An experiment that is run as a row has it is where that row says. */
function keptBefore({ commit, config_sha }: Row): KeptExperiment {
  return { commit, blob: config_sha, notes: [], refusal: null };
}

/**
 * Why the first launch that failed did, or that the user stopped what came after the launches; secrets are taken out
 * of it before anything cuts it short.
 */
function firstFailure({ outcomes, interrupt, paired, own }: EndedRun, redact: Redact): LaunchFailure | null {
  // What a baseline measured before the user stopped the run stands.
  const isInterrupted = interrupt.exitCode() !== null && paired?.arm !== 'baseline';
  const failure =
    paired?.failure ??
    (own === undefined ? outcomes.find((outcome) => outcome.failure !== null)?.failure : own.failure) ??
    (isInterrupted ? explainFailure(null, 'writing the row', interrupt, null) : null);
  if (failure === null) return null;
  return { ...withoutSecrets({ ...failure, bug: null }, redact), bug: redactError(failure.bug, redact) };
}

function summaryOf(run: EndedRun, changed: readonly string[]): Summary | null {
  const results = run.outcomes.flatMap((outcome) => (outcome.result === null ? [] : [outcome.result]));
  if (results.length === 0) return null;
  const findings: Finding[] = [
    ...run.outcomes.flatMap((outcome) => outcome.findings),
    ...results.flatMap((result) => result.findings),
    ...changed.map((path) => ({
      code: 'config-changed',
      text: `${path} was changed while the run was going on.`,
    })),
    ...(run.inputsChanged ? [{ code: 'inputs-changed', text: run.inputsChanged }] : []),
    ...voidTimes(run).map((code) => ({
      code,
      text: 'The times of these requests are void; what was answered stands.',
    })),
  ];
  return summarize({
    arm: run.paired?.arm ?? 'candidate',
    requests: results.flatMap((result) => result.requests),
    planned: plannedOf(run),
    warmUps: results.map((result) => result.warmUp),
    speculative: run.plan.isSpeculative,
    histograms: run.outcomes.flatMap(({ number, result }) =>
      result?.histogram ? [{ launch: number, ...result.histogram }] : [],
    ),
    clientErrorMs: run.facts.overhead?.ttftP99Ms ?? 1,
    findings,
  });
}

async function judged(
  run: EndedRun,
  summary: Summary | null,
  failure: LaunchFailure | null,
  recall: RecallOfRun | null,
): Promise<NewRow> {
  const { plan, place, facts, outcomes } = run;
  const served = outcomes.find((outcome) => outcome.model !== null)?.model ?? null;
  const row: NewRow = {
    ...facts.row,
    model: modelCell(
      served === null ? null : run.readied.redact(served),
      run.readied.inputs,
      run.snapshots.at(-1)?.hubModel,
    ),
    engine_version: run.snapshots.at(-1)?.engineVersion ?? null,
    snapshot: run.snapshots.at(-1)?.sha256.slice(0, 12) ?? null,
  };
  const { rows } = await readLedger(place.ledger);
  const verdict = judgeUnpaired({
    crash: failure?.kind === 'crash' ? because(failure) : null,
    invalid: invalidities(run, summary, failure, recall),
    hostFailure: failure?.kind === 'host-failure' ? because(failure) : null,
    interrupted: failure?.kind === 'interrupted',
    isNoop: plan.sameAsParent !== null,
    paired:
      run.paired?.judged?.verdict ??
      (run.unpaired === undefined ? null : { status: null, reason: run.unpaired.reason }),
    hasParent: plan.loaded.parents.length > 0,
    unwitnessed: plan.experiment.engine === 'openai',
    dirty: place.dirt.length > 0,
    earlierBaselineExists: earlierBaseline(rows, row) !== null,
  });
  const stands = failure === null && !verdict.reason.startsWith('invalid');
  return {
    ...row,
    ...verdict,
    ...(stands && summary !== null ? measuredCells(run, summary) : {}),
    ...(stands && recall !== null ? { recall: recallCell(recall.summary.task, recall.summary.cells) } : {}),
    ...run.paired?.judged?.cells,
    ...(stands ? run.unpaired?.cells : {}),
    launches: plan.experiment.engine === 'openai' ? 0 : outcomes.filter(({ isPriming }) => !isPriming).length,
    errors: summary === null || summary.requests === 0 ? null : summary.failed,
    findings: [...new Set(findingsOf(run, summary, recall).map((finding) => finding.code))],
  };
}

/** Those of the summary, or, when nothing was measured, of the launches; then those of the recall, the pairs, the story. */
function findingsOf(
  run: Pick<EndedRun, 'outcomes' | 'paired' | 'own'>,
  summary: Summary | null,
  recall: RecallOfRun | null,
): readonly Finding[] {
  const ofLaunches = summary?.findings ?? run.outcomes.flatMap((outcome) => outcome.findings);
  return [
    ...ofLaunches,
    ...(recall?.findings ?? []),
    ...(run.paired?.judged?.findings ?? []),
    ...(run.own?.findings ?? []),
  ];
}

function measuredCells(run: EndedRun, summary: Summary): Partial<NewRow> {
  const { metric } = run.plan.experiment.judge;
  if (voidTimes(run).length > 0) return { n: summary.answered };
  return {
    value: summary.metrics[metric]?.value ?? null,
    n: summary.answered,
    ttft_ms_p50: summary.metrics.ttft_ms?.p50.value ?? null,
    e2e_ms_p50: summary.metrics.e2e_ms?.p50.value ?? null,
    tok_s_mean: summary.metrics.decode_tok_s?.mean ?? null,
  };
}

/** The cause first, so that rows group by it; then what bench was doing, and the sentence. */
function because(failure: LaunchFailure): string {
  const sentence = failure.message.replace(/\s+/g, ' ').slice(0, 200);
  return failure.detail === ''
    ? `${failure.phase}: ${sentence}`
    : `${failure.detail}: ${failure.phase}: ${sentence}`;
}

function exitCodeOf(failure: LaunchFailure | null, row: Row, refusal: KeptRow['refusal']): ExitCode {
  if (failure !== null) return failure.exitCode;
  return row.reason?.startsWith('invalid') === true ? ExitCode.host : (refusal?.exitCode ?? ExitCode.done);
}

/** Writes to the bundle; what the disk refuses there must not cost the row. Answers why it was lost, or null. */
function saved(write: () => unknown): string | null {
  try {
    write();
    return null;
  } catch (error) {
    if (error instanceof BenchError) return error.message;
    throw error;
  }
}
