import { join } from 'node:path';
import { armValue } from './ended-pairs.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { LaunchFailure } from './launch-failure.ts';
import { type CheckFile, checkFolder, writeCheck } from './ledger/check-file.ts';
import { commitFiles } from './ledger/commit.ts';
import { readLedger } from './ledger/read.ts';
import { openLedger } from './ledger-story.ts';
import { comparisonOf, noiseOf } from './pair-comparison.ts';
import { announceCost, pairTeller } from './pair-cost.ts';
import { isSameText, type PairFlags, type PairPlan, pairPlan, planNamed } from './pair-plan.ts';
import { failureOf, verdictOf } from './pair-rows.ts';
import { type EndedPairs, type PairSession, runFile, withPairs } from './pair-session.ts';
import { type Plan, planRun } from './plan.ts';
import type { MetricName } from './stats/metric.ts';
import type { Teller } from './teller.ts';
import { significant } from './units.ts';
import type { Comparison } from './verdict/comparison.ts';
import type { World } from './world.ts';

/** Flags of `bench check`. */
export interface CheckFlags extends PairFlags {
  /** `iter-N`, a run id, a record, or a file; undefined: the parent, else the newest kept row of the file. */
  readonly baseline: string | undefined;
  /** For `git bisect run`: its exit codes, and nothing is left in the work tree. */
  readonly isBisect: boolean;
  /** Of the gate's own test: the candidate's answers last longer by this share; null: no such test. */
  readonly slowerShare: number | null;
}

/** What a check came to. */
export interface CheckResult {
  readonly runId: string;
  readonly comparison: Comparison;
  readonly status: 'pass' | 'regression' | 'inconclusive' | 'invalid' | 'crash';
  readonly reason: string;
  readonly failure: LaunchFailure | null;
  readonly exitCode: ExitCode;
  /** Smallest regression that the planned pairs see in 8 of 10 checks, %; null: not calibrated. */
  readonly seesPct: number | null;
  /** Relative to the root; null: not written. */
  readonly file: string | null;
  readonly bundle: string;
  readonly commit: string;
  readonly durationMs: number;
}

/**
 * Measures an experiment against what was good before, both launched anew in pairs, and says whether it became worse.
 * Writes results/check/<run_id>.json, no row.
 * @throws BenchError exit 2 for files and flags, exit 3 when the baseline cannot be measured as it was, exit 5 for set-up.
 */
export async function check(
  config: string,
  flags: CheckFlags,
  teller: Teller,
  world: World,
): Promise<CheckResult> {
  const plan = await planCheck(config, flags, world);
  const { onPair } = pairTeller();
  const command = `bench check ${plan.candidate.loaded.configPath}`;
  return withPairs<CheckResult>(
    plan,
    {
      flags,
      command,
      commits: false,
      goneExit: ExitCode.incomparable,
      slowerShare: flags.slowerShare,
      ruleFor: (session) => withMargin(session),
      before: async (session) => {
        if (flags.slowerShare !== null) requireNoise(session);
        announceCost(session);
        return null;
      },
      onPair,
      finish: (ended) => finish(ended, flags, command),
    },
    teller,
    world,
  );
}

async function planCheck(config: string, flags: CheckFlags, world: World): Promise<PairPlan> {
  const candidate = await planRun(config, flags, world);
  const baseline = await baselineOf(candidate, flags, world);
  const isSame = isSameText(baseline, candidate);
  try {
    return pairPlan('check', { baseline, candidate, isSame }, flags);
  } catch (error) {
    if (!(error instanceof BenchError) || flags.launches !== undefined) throw error;
    throw new BenchError(error.message, { exitCode: ExitCode.incomparable, hint: error.hint });
  }
}

async function baselineOf(candidate: Plan, flags: CheckFlags, world: World): Promise<Plan> {
  if (flags.baseline !== undefined) return planNamed(flags.baseline, flags, world, ExitCode.incomparable);
  const { configPath, parents, root } = candidate.loaded;
  const [parent] = parents;
  if (parent !== undefined) return planRun(join(root, parent), flags, world);
  const { place } = await openLedger(world);
  const { rows } = await readLedger(place);
  const kept = rows.findLast(
    (row) => row.config === configPath && row.status === 'keep' && row.workload === candidate.workload,
  );
  if (kept !== undefined) return planNamed(`iter-${kept.iter}`, flags, world, ExitCode.incomparable);
  throw new BenchError(`There is nothing to check ${configPath} against: it has no parent and no kept row`, {
    exitCode: ExitCode.usage,
    hint: `Name one with --baseline iter-N or --baseline FILE, or measure it first: bench run ${configPath}.`,
  });
}

/**
 * However noisy the machine, a gate does not pass more than this by itself: that would be no evidence against a
 * regression. `min_effect` or --delta may say that more is allowed.
 */
const largestMargin = 0.1;

/**
 * The gate lets pass what is not worse by more than is worth a red build, or than it can see; so do its guards, for what no
 * check could ever decide would end every one of them.
 */
function withMargin({ plan, calibrated, teller }: PairSession): PairPlan['rule'] {
  const { rule } = plan;
  const found = (metric: string): number => {
    const { mdePct } = noiseOf({ rule: { ...rule, metric: metric as MetricName } }, null, calibrated);
    return (mdePct ?? 0) / 100;
  };
  const seen = (metric: string): number => Math.min(found(metric), largestMargin);
  const least = found(rule.metric);
  if (least > Math.max(largestMargin, rule.minEffect))
    teller.note(
      `these pairs see ${percent(least)} of ${rule.metric}, and a gate lets pass ${percent(Math.max(largestMargin, rule.minEffect))} at most: it will hardly pass; more --pairs, a quieter machine, or --delta if so much may be lost`,
    );
  const wider = Object.entries(rule.tolerances).filter(([metric, share]) => seen(metric) > share);
  for (const [metric, share] of wider)
    teller.note(
      `the guard ${metric} is ${percent(seen(metric))} here, not ${percent(share)}: the gate's own margin, or what these pairs see`,
    );
  const tolerances = {
    ...rule.tolerances,
    ...Object.fromEntries(wider.map(([metric]) => [metric, seen(metric)])),
  };
  return { ...rule, tolerances, margin: Math.max(rule.minEffect, seen(rule.metric)) };
}

/** A self-test plants what the gate sees: that must be known before anything is launched. */
function requireNoise({ plan, calibrated }: PairSession): void {
  if (noiseOf(plan, null, calibrated).mdePct !== null) return;
  const { configPath } = plan.candidate.loaded;
  const hasFloor = calibrated[plan.rule.metric]?.expired === null;
  throw new BenchError('The gate cannot tell what it sees, so there is nothing to plant', {
    exitCode: ExitCode.usage,
    hint: hasFloor
      ? `${plan.rule.maxPairs} pairs decide nothing: give it more --pairs.`
      : `Measure the noise first: bench calibrate ${configPath}.`,
  });
}

/** What the planned pairs see, as it was known before them where it was, never less than what the gate lets pass; null: the noise is not known. */
function seesPct(
  plan: PairPlan,
  evidence: EndedPairs['decision']['evidence'],
  calibrated: PairSession['calibrated'],
): number | null {
  const mdePct = noiseOf(plan, null, calibrated).mdePct ?? noiseOf(plan, evidence, calibrated).mdePct;
  return mdePct === null ? null : Math.max(mdePct, 100 * plan.rule.minEffect);
}

function percent(share: number): string {
  return `${significant(100 * share, 2)} %`;
}

async function finish(pairs: EndedPairs, flags: CheckFlags, command: string): Promise<CheckResult> {
  const { session, ended, decision } = pairs;
  const { plan, arms, calibrated } = session;
  const failure = failureOf(ended.failed, plan.isSame);
  const verdict = verdictOf(ended.invalid, decision);
  const status = statusOf(failure, verdict.reason);
  const reason = failure === null ? verdict.reason : `${failure.kind}:${failure.detail}`;
  const comparison = comparisonOf({
    ...{ plan, arms, pairs: ended.pairs, decision, calibrated, recall: ended.seen.recall },
    verdict: { status, reason },
    baselineRunId: plan.baseline.stored?.row.run_id ?? null,
    values: { baseline: armValue(pairs, 'baseline'), candidate: armValue(pairs, 'candidate') },
  });
  const result = {
    runId: session.runId,
    comparison,
    status,
    reason,
    failure,
    exitCode: exitOf(status, failure, flags.isBisect),
    seesPct: seesPct(plan, decision.evidence, calibrated),
    bundle: session.bundle.shownPath,
    durationMs: arms.candidate.facts.clock.now() / 1e6,
  };
  const isCut = failure?.kind === 'interrupted';
  session.bundle.writeRun(runFile(session, command, isCut ? 'interrupted' : `check ${status}`));
  if (flags.isBisect || isCut || flags.slowerShare !== null)
    return { ...result, file: null, commit: 'not committed' };
  const file = await writeCheck(plan.candidate.loaded.root, checkFile(session, result));
  return { ...result, file, commit: await commitCheck(session, flags, file) };
}

function checkFile(session: PairSession, result: Omit<CheckResult, 'file' | 'commit'>): CheckFile {
  const { arms } = session;
  const { row, clock } = arms.candidate.facts;
  return {
    schemaVersion: 1,
    runId: result.runId,
    startedAt: clock.epochWallIso,
    config: row.config ?? '',
    status: result.status,
    reason: result.reason,
    fingerprint: row.fingerprint ?? '',
    workload: row.workload ?? '',
    candidate: { expId: arms.candidate.facts.expId, artifact: row.artifact },
    harness: row.harness ?? '',
    comparison: result.comparison,
  };
}

async function commitCheck({ arms }: PairSession, flags: CheckFlags, file: string): Promise<string> {
  const { repo } = arms.candidate.place;
  if (flags.commit !== true) return 'not committed: a check commits only with --commit';
  if (repo.kind !== 'normal') return 'not committed: no git repository';
  const subject = `bench: check ${arms.candidate.plan.loaded.configPath}`;
  const made = await commitFiles(repo, [join(repo.root, file)], { subject, body: '' });
  return made.commit?.slice(0, 12) ?? 'nothing to commit';
}

function statusOf(failure: LaunchFailure | null, reason: string): CheckResult['status'] {
  if (failure !== null) return failure.kind === 'crash' ? 'crash' : 'invalid';
  const word = reason.split(':')[0] ?? '';
  if (word === 'worse' || word === 'guard') return 'regression';
  if (word === 'invalid') return 'invalid';
  return word === 'inconclusive' ? 'inconclusive' : 'pass';
}

function exitOf(status: CheckResult['status'], failure: LaunchFailure | null, isBisect: boolean): ExitCode {
  const isStopped = failure?.kind === 'interrupted';
  if (isBisect && isStopped) return ExitCode.abort;
  if (isBisect && status !== 'pass' && status !== 'regression') return ExitCode.inconclusive;
  switch (status) {
    case 'pass':
      return ExitCode.done;
    case 'regression':
      return ExitCode.regression;
    case 'inconclusive':
      return ExitCode.inconclusive;
    default:
      return failure?.exitCode ?? ExitCode.host;
  }
}

/** The checks of an experiment, or of all, oldest first. @throws BenchError (exit 5) when one cannot be read. */
export async function checkHistory(config: string | undefined, world: World): Promise<readonly CheckFile[]> {
  const { place } = await openLedger(world);
  return (await checkFolder(place.root)).filter((one) => config === undefined || one.config === config);
}
