import { type Bundle, openBundle } from './bundle.ts';
import { type Calibrated, calibrationsOf, findCalibrations } from './calibrated.ts';
import { asJson, canonicalJson } from './canonical.ts';
import { findCheckout } from './checkout.ts';
import { expId } from './config/identity.ts';
import { complexity } from './config/knobs.ts';
import { ExitCode } from './errors.ts';
import { fileTexts } from './file-texts.ts';
import { changedInputs } from './inputs-again.ts';
import { type Interrupt, interruptibly } from './interrupt.ts';
import { announceCommits } from './keep-run.ts';
import { finishLeftCommit } from './ledger/index-lock.ts';
import { harnessCell } from './ledger/interrupted.ts';
import { readLedger } from './ledger/read.ts';
import type { Row } from './ledger/row.ts';
import { newRunId } from './ledger/run-id.ts';
import { startClock } from './measure/clock.ts';
import { measureOverhead } from './overhead.ts';
import { type Arm, type ArmLauncher, armLauncher, type KeptLaunch } from './pair-arms.ts';
import {
  type ArmName,
  counting,
  type MeasuredPair,
  type PairsEnded,
  type PairsLeft,
  runPairs,
} from './pair-loop.ts';
import { asksRecall, type PairPlan, ruleName } from './pair-plan.ts';
import { noRecall, type PairRecall, pairRecall } from './pair-recall.ts';
import { type LeftPairs, takeLeftPairs } from './pair-resume.ts';
import type { Plan, RunFlags } from './plan.ts';
import { requireContexts } from './recall-limit.ts';
import { redactingErrors } from './redacted-errors.ts';
import { openPlace, type Place } from './repository.ts';
import { describeRun } from './run-facts.ts';
import { type Readied, readyBoth } from './set-up.ts';
import { redactor } from './snapshot/redact.ts';
import { requireArtifact } from './stored-experiment.ts';
import type { Teller } from './teller.ts';
import { type Decision, decide } from './verdict/decide.ts';
import type { World } from './world.ts';

/** Two arms on a machine that is ours, before and while they are measured. */
export interface PairSession {
  readonly plan: PairPlan;
  readonly arms: { readonly baseline: Arm; readonly candidate: Arm };
  readonly bundle: Bundle;
  readonly runId: string;
  readonly interrupt: Interrupt;
  readonly teller: Teller;
  readonly world: World;
  readonly calibrated: Calibrated;
  /** Of the ledger, as it was before. */
  readonly rows: readonly Row[];
  /** Of the plan as it was read, before noise and defaults were known. */
  readonly rule: string;
  /** Names the calibrations that are used. */
  readonly noise: string;
  /** The run that was cut off and is gone on with; null: none. */
  readonly resumedFrom: string | null;
  /** Pairs of a run that was cut off, which count already. */
  readonly reused: number;
}

/** A session whose pairs are over. */
export interface EndedPairs {
  readonly session: PairSession;
  readonly ended: PairsEnded<KeptLaunch>;
  readonly decision: Decision;
  readonly launcher: ArmLauncher;
}

/** How one command uses the pairs. */
export interface PairUse<Result> {
  readonly flags: RunFlags & { readonly resume: boolean };
  /** How the lock and a cut off run call it: `bench calibrate configs/x.yaml`. */
  readonly command: string;
  /** Whether commits are announced: not by commands that make none. */
  readonly commits: boolean;
  /** Stops before the first launch with a result of its own; null: go on. */
  before?(session: PairSession): Promise<Result | null>;
  /** Whether the pairs are enough; default: the verdict says so. */
  isDecided?(decision: Decision): boolean;
  /** The rule, once the noise is known; default: that of the plan. */
  ruleFor?(session: PairSession): PairPlan['rule'];
  /** Of a gate's own test: the candidate's answers last longer by this share; null: no such test. */
  readonly slowerShare?: number | null;
  /** Exit code when a row's experiment cannot be run as it was; default: usage. */
  readonly goneExit?: ExitCode;
  onPair(session: PairSession, pair: ToldPair): void;
  finish(ended: EndedPairs): Promise<Result>;
}

/** A pair that has just been measured, where it leaves the verdict, and what is left. */
export interface ToldPair {
  readonly pair: MeasuredPair<KeptLaunch>;
  readonly decision: Decision;
  readonly left: PairsLeft;
}

/**
 * Places, lock, set-up of both arms, pair after pair, and what a command makes of them.
 * @throws BenchError before anything was launched: exit 2 for files, flags and dirt, exit 5 for set-up and a held lock.
 */
export async function withPairs<Result>(
  plan: PairPlan,
  use: PairUse<Result>,
  teller: Teller,
  world: World,
): Promise<Result> {
  const redact = redactor([plan.baseline, plan.candidate].flatMap(({ loaded }) => loaded.secrets));
  return redactingErrors(redact, async () => {
    const baseline = await openPlace(plan.baseline, use.flags, world);
    const candidate = await openPlace(plan.candidate, use.flags, world);
    // A pair is as clean as its dirtier arm.
    const dirt = [...candidate.dirt, ...baseline.dirt];
    const places = { baseline, candidate: { ...candidate, dirt } };
    const { rows } = await readLedger(places.candidate.ledger);
    const announcement = use.commits ? await announceCommits(places.candidate) : null;
    const hints = [...plan.baseline.hints, ...plan.candidate.hints];
    for (const line of new Set([...hints, ...(announcement === null ? [] : [announcement])]))
      teller.note(line);
    return interruptibly((interrupt) => measure({ plan, use, places, rows, interrupt, teller, world }));
  });
}

type BothReadied = { readonly [Name in ArmName]: Readied };

interface Opened<Result> {
  readonly plan: PairPlan;
  readonly use: PairUse<Result>;
  readonly places: { readonly baseline: Place; readonly candidate: Place };
  readonly rows: readonly Row[];
  readonly interrupt: Interrupt;
  readonly teller: Teller;
  readonly world: World;
}

async function measure<Result>(opened: Opened<Result>): Promise<Result> {
  const { plan, use, places, interrupt, teller, world } = opened;
  const runId = newRunId();
  const { baseline, candidate } = plan;
  const readied = await readyBoth({
    baseline,
    candidate,
    runId,
    wait: use.flags.wait,
    interrupt,
    teller,
    world,
    command: use.command,
  });
  try {
    const { repo, whyNot } = places.candidate;
    if (use.commits && repo.kind === 'normal' && whyNot === null) await finishLeftCommit(repo);
    return await redactingErrors(redactBoth(readied), () => compareArms(opened, readied, runId));
  } finally {
    readied.candidate.lock.release();
  }
}

async function compareArms<Result>(
  opened: Opened<Result>,
  readied: BothReadied,
  runId: string,
): Promise<Result> {
  const { plan, use, interrupt, teller, world, rows } = opened;
  for (const name of ['baseline', 'candidate'] as const)
    requireArtifact(plan[name], readied[name], use.goneExit ?? ExitCode.usage);
  if (asksRecall(plan))
    for (const arm of ['baseline', 'candidate'] as const)
      requireContexts({ ...plan[arm], recall: plan.candidate.recall }, readied[arm]);
  const calibrated = await findCalibrations(plan, readied, rows);
  const arms = await describeArms(opened, readied, runId);
  const left = use.flags.resume
    ? await takeLeftPairs({ plan, arms, rows, noise: noiseName(calibrated), teller })
    : null;
  const bundle = openBundle(plan.candidate.loaded.root, runId, redactBoth(readied));
  const session = {
    plan,
    arms,
    bundle,
    runId,
    interrupt,
    teller,
    world,
    calibrated,
    rows,
    rule: ruleName(plan),
    noise: noiseName(calibrated),
    resumedFrom: left?.runId ?? null,
    reused: counting(left?.pairs ?? []).length,
  };
  const weighed = { ...session, plan: { ...plan, rule: withDeviations(plan, readied) } };
  const ruled = { ...weighed, plan: { ...plan, rule: use.ruleFor?.(weighed) ?? weighed.plan.rule } };
  const early = await beforeLaunch(ruled, use);
  return early ?? launchPairs(ruled, use, left);
}

/** A run that is refused here leaves nothing. */
async function beforeLaunch<Result>(session: PairSession, use: PairUse<Result>): Promise<Result | null> {
  try {
    return (await use.before?.(session)) ?? null;
  } catch (error) {
    session.bundle.discard();
    throw error;
  }
}

/** What is known of both arms before the first launch; they share a clock and bench's own error. */
async function describeArms<Result>(
  { plan, places, interrupt, teller }: Opened<Result>,
  readied: BothReadied,
  runId: string,
): Promise<PairSession['arms']> {
  teller.step("measuring bench's own overhead");
  const overhead = await measureOverhead(findCheckout().root, interrupt.signal);
  const clock = startClock();
  const armOf = (name: ArmName, own: string): Arm => {
    const arm = { plan: plan[name], place: places[name], readied: readied[name] };
    const id = expId(arm.plan.loaded, arm.place.trackedFiles);
    return { name, ...arm, facts: describeRun({ ...arm, runId: own, clock, overhead, expId: id }) };
  };
  return { baseline: armOf('baseline', newRunId()), candidate: armOf('candidate', runId) };
}

function redactBoth({ baseline, candidate }: BothReadied): (text: string) => string {
  return (text) => baseline.redact(candidate.redact(text));
}

async function launchPairs<Result>(
  session: PairSession,
  use: PairUse<Result>,
  left: LeftPairs | null,
): Promise<Result> {
  const { plan, arms, bundle, calibrated, interrupt, teller, world, runId } = session;
  const { clock } = arms.candidate.facts;
  bundle.writeRun(runFile(session, use.command, null));
  left?.moveInto(bundle.path);
  const recall = recallOf(plan, left);
  const launcher = armLauncher({
    ...{ arms, bundle, interrupt, teller, runId },
    maxPairs: plan.rule.maxPairs,
    used: left?.launches ?? 0,
    env: world.env,
    slowerShare: use.slowerShare ?? null,
    recall,
  });
  const isDecided = use.isDecided ?? (({ kind }: Decision) => kind !== 'going-on');
  const ended = await runPairs<KeptLaunch>({
    maxPairs: plan.rule.maxPairs,
    budgetMs: plan.budgetMs,
    isSpeculative: plan.candidate.isSpeculative,
    largestForeignPercent: plan.largestForeignPercent,
    calibrations: calibrationsOf(calibrated),
    recall: () => recall.gate(),
    reused: left?.pairs ?? [],
    reusedLaunch: left?.open ?? null,
    now: () => clock.now() / 1e6,
    launch: (arm, pair) => launcher.launch(arm, pair),
    isDecided: (seen) => isDecided(decide(plan.rule, seen)),
    onPair(pair, seen, pairsLeft) {
      use.onPair(session, { pair, decision: decide(plan.rule, seen), left: pairsLeft });
    },
  });
  const decision = decide(plan.rule, ended.seen);
  const invalid = ended.invalid ?? (await changedMeanwhile(arms, interrupt.signal));
  return use.finish({ session, ended: { ...ended, invalid }, decision, launcher });
}

/** What an earlier run asked is not asked again. */
function recallOf(plan: PairPlan, left: LeftPairs | null): PairRecall {
  const { candidate, rule } = plan;
  if (candidate.recall === null || !asksRecall(plan)) return noRecall;
  const recall = pairRecall(candidate.recall, rule.recall ?? null, rule.maxPairs);
  const launches = (left?.pairs ?? []).flatMap((pair) => [pair.launches.baseline, pair.launches.candidate]);
  for (const launch of [...launches, left?.open ?? null])
    if (launch !== null) recall.add(launch.arm, launch.outcome.recall);
  return recall;
}

/** What was hashed before the first launch must be what the last one ran. */
async function changedMeanwhile(
  arms: PairSession['arms'],
  signal: AbortSignal,
): Promise<PairsEnded['invalid']> {
  const changed = [
    await changedInputs(arms.baseline, signal),
    await changedInputs(arms.candidate, signal),
  ].filter((one) => one !== null);
  return changed.length === 0 ? null : { code: 'inputs-changed', text: changed.join(' ') };
}

/**
 * Deviations are counted once the engine has said what its defaults are. A gate counts none: it asks only whether something
 * became worse, not what that is worth.
 */
function withDeviations(
  { rule, isSame, kind, baseline, candidate }: PairPlan,
  readied: BothReadied,
): PairPlan['rule'] {
  if (isSame || kind === 'check') return { ...rule, addedDeviations: 0 };
  const count = ({ experiment, loaded }: Plan, { defaults }: Readied): number =>
    complexity(experiment, { defaults, fileTexts: fileTexts(experiment, loaded.root) });
  const addedDeviations = count(candidate, readied.candidate) - count(baseline, readied.baseline);
  return { ...rule, addedDeviations };
}

/** The calibrations by what they say, as one text: pairs that were seen are not judged by others. */
function noiseName(calibrated: Calibrated): string {
  return canonicalJson(asJson(calibrationsOf(calibrated)));
}

/** run.json of a run in pairs: what `--resume` needs to know it again. */
export function runFile(
  { arms, plan, rule, noise }: PairSession,
  command: string,
  outcome: string | null,
): object {
  const { baseline, candidate } = arms;
  return candidate.facts.runFile(outcome, {
    pairs: {
      kind: plan.kind,
      command,
      fingerprint: candidate.readied.inputs.fingerprint.id,
      harness: harnessCell(candidate.place.harness),
      rule,
      noise,
      baseline: { expId: baseline.facts.expId, artifact: baseline.readied.inputs.artifact },
      candidate: { expId: candidate.facts.expId, artifact: candidate.readied.inputs.artifact },
    },
  });
}
