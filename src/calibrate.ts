import { join } from 'node:path';
import { driftOf, launchValue, sharesOf, warmUpOf } from './calibration-course.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { LaunchFailure } from './launch-failure.ts';
import { type CalibrationFile, calibrationPath, writeCalibration } from './ledger/calibration.ts';
import { commitFiles } from './ledger/commit.ts';
import { harnessCell } from './ledger/interrupted.ts';
import type { KeptLaunch } from './pair-arms.ts';
import { announceCost, pairTeller } from './pair-cost.ts';
import { counting } from './pair-loop.ts';
import { type PairFlags, pairPlan } from './pair-plan.ts';
import { type EndedPairs, type PairSession, runFile, withPairs } from './pair-session.ts';
import { planRun } from './plan.ts';
import { modelCell } from './provenance.ts';
import type { Place } from './repository.ts';
import { sampleSd } from './stats/describe.ts';
import { type MetricName, metricNames } from './stats/metric.ts';
import { quantileType7 } from './stats/quantile.ts';
import type { Teller } from './teller.ts';
import { plural } from './units.ts';
import { asPct, floorOf } from './verdict/floor.ts';
import { mdePct } from './verdict/mde.ts';
import type { World } from './world.ts';

/** What `bench calibrate` measured and wrote. */
export interface CalibrationResult {
  /** Of each metric that had values, in the order in which metrics are shown. */
  readonly files: readonly (CalibrationFile & { readonly path: string })[];
  readonly judged: MetricName;
  /** Pairs that did not count, as sentences. */
  readonly dropped: readonly string[];
  /** What the reader should know beside: pairs that the budget left out, a better calibration that was kept. */
  readonly notes: readonly string[];
  readonly bundle: string;
  readonly commit: string;
  readonly exitCode: ExitCode;
  readonly durationMs: number;
}

/** Flags of `bench calibrate`. */
export interface CalibrateFlags extends PairFlags {
  /** A B B A: two pairs each. */
  readonly quads: number;
}

/** Most pairs for which the MDE is written. */
const mostPairs = 8;

/** How run.json names what `--resume` can go on with. */
const cutOff = 'interrupted: a calibration with pairs left';

/** Fewest pairs whose variance is worth keeping. */
const fewestPairs = 3;

/**
 * Launches an experiment against itself in ABBA quadruples and keeps what that says of the noise.
 * @throws BenchError exit 2 for files and flags, exit 4 when the engine crashed, exit 5 when too few pairs count.
 */
export async function calibrate(
  config: string,
  flags: CalibrateFlags,
  teller: Teller,
  world: World,
): Promise<CalibrationResult> {
  const plan = await planRun(config, flags, world);
  const pairs = flags.quads * 2;
  if (pairs < fewestPairs)
    throw new BenchError('One quadruple is two pairs, and the noise of two says nothing', {
      exitCode: ExitCode.usage,
      hint: '--quads 2 is the least; 4 is the default.',
    });
  const arms = { baseline: plan, candidate: plan, isSame: true };
  const session = pairPlan('calibrate', arms, { ...flags, pairs });
  const { onPair } = pairTeller();
  const command = `bench calibrate ${plan.loaded.configPath}`;
  return withPairs<CalibrationResult>(
    session,
    {
      flags,
      command,
      commits: true,
      before: async (opened) => {
        announceCost(opened);
        return null;
      },
      isDecided: () => false,
      onPair,
      finish: (ended) => keep(ended, command),
    },
    teller,
    world,
  );
}

async function keep(pairs: EndedPairs, command: string): Promise<CalibrationResult> {
  const { session, ended } = pairs;
  const counted = counting(ended.pairs);
  const failure = ended.failed?.failure ?? null;
  if (failure !== null || counted.length < fewestPairs) {
    const canGoOn = failure === null ? ended.invalid === null : failure.kind === 'interrupted';
    session.bundle.writeRun(runFile(session, command, canGoOn ? cutOff : 'calibration failed'));
    throw failure === null ? tooFew(counted.length, ended) : asError(failure);
  }
  const files = metricNames.flatMap((metric) => fileOf(metric, pairs) ?? []);
  const better = files.filter((file) => isBetterThere(session, file));
  const written = [];
  for (const file of files.filter((one) => !better.includes(one)))
    written.push({ ...file, path: await writeCalibration(session.plan.candidate.loaded.root, file) });
  const left = ended.invalid === null ? session.plan.rule.maxPairs - counted.length : 0;
  session.bundle.writeRun(runFile(session, command, left > 0 ? cutOff : 'calibration'));
  const commit = await commitCalibrations(
    session.arms.candidate.place,
    written.map(({ path }) => path),
    session.plan.candidate.loaded.configPath,
  );
  return {
    files: [...written, ...better.map((file) => ({ ...file, path: calibrationPath(file) }))],
    judged: session.plan.rule.metric,
    dropped: ended.pairs.flatMap(({ result }) =>
      result.invalid === null ? [] : [`pair ${result.pair}: ${result.invalid.text}`],
    ),
    notes: [
      ...(left > 0
        ? [`The budget left ${plural(left, 'pair')} out: --resume --budget ... goes on with the rest.`]
        : []),
      ...(better.length > 0
        ? [
            `Kept as it was, since it counts and has more pairs: the calibration of ${better.map(({ metric }) => metric).join(', ')}.`,
          ]
        : []),
    ],
    bundle: session.bundle.shownPath,
    commit,
    exitCode: ExitCode.done,
    durationMs: session.arms.candidate.facts.clock.now() / 1e6,
  };
}

/** A calibration of more pairs that still counts is not replaced by a quicker one. */
function isBetterThere({ calibrated }: PairSession, { metric, degrees }: CalibrationFile): boolean {
  const found = calibrated[metric] ?? null;
  return found !== null && found.expired === null && found.file.degrees > degrees;
}

function fileOf(metric: MetricName, { session, ended }: EndedPairs): CalibrationFile | null {
  const { plan, arms } = session;
  const { candidate } = arms;
  const counted = counting(ended.pairs);
  const effects = counted.flatMap(({ result }) => result.effects?.[metric] ?? []);
  const sd = effects.length < fewestPairs ? null : sampleSd(effects);
  const launches = counted
    .flatMap(({ launches: { baseline, candidate: other } }) => [baseline, other])
    .filter((one) => one !== null);
  const inOrder = [...launches].sort((one, other) => (one.number ?? 0) - (other.number ?? 0));
  const model = modelOf(inOrder, session);
  if (sd === null || model === null) return null;
  const degrees = effects.length - 1;
  const { rounds } = candidate.plan.experiment.workload;
  const { minEffect } = plan.rule;
  const course = { metric, launches: inOrder, isSpeculative: plan.isSpeculative };
  return {
    schemaVersion: 1,
    createdAt: new Date().toISOString(),
    fingerprint: candidate.readied.inputs.fingerprint.id,
    fingerprintFacts: candidate.readied.inputs.fingerprint.facts as CalibrationFile['fingerprintFacts'],
    engine: candidate.plan.experiment.engine,
    model,
    metric,
    rounds,
    config: candidate.plan.loaded.configPath,
    expId: candidate.facts.expId,
    artifact: candidate.facts.row.artifact,
    bench: harnessCell(candidate.place.harness),
    effects,
    variance: sd ** 2,
    degrees,
    floorPct: asPct(floorOf(sd, degrees)),
    p95AbsolutePct: asPct(
      quantileType7(
        effects.map(Math.abs).sort((one, other) => one - other),
        0.95,
      ),
    ),
    shares: sharesOf(course),
    drift: driftOf(course),
    warmUp: warmUpOf(course),
    mdePct: Object.fromEntries(
      Array.from({ length: mostPairs - 1 }, (_, at) => at + 2).map((pairs) => [
        String(pairs),
        mdePct({ pairSd: sd, pairs, isCalibrated: true, rent: 0, minEffect }),
      ]),
    ),
    launchValues: course.launches.flatMap((launch) => launchValue(course, launch) ?? []),
    launchSeconds: secondsOf(inOrder),
  };
}

function modelOf(launches: readonly KeptLaunch[], { arms }: PairSession): string | null {
  const { readied } = arms.candidate;
  const served = launches.find(({ outcome }) => outcome.model !== null);
  if (served === undefined) return null;
  const { model } = served.outcome;
  return modelCell(
    model === null ? null : readied.redact(model),
    readied.inputs,
    served.snapshot?.hubModel ?? null,
  );
}

/** Of a launch, from before its start to after its stop; the mean over launches. */
function secondsOf(launches: readonly KeptLaunch[]): number {
  const spans = launches.flatMap(({ conditions }) =>
    conditions === null ? [] : [(conditions.after.monotonicMs - conditions.before.monotonicMs) / 1000],
  );
  return spans.length === 0
    ? 0
    : Math.round((10 * spans.reduce((sum, one) => sum + one, 0)) / spans.length) / 10;
}

async function commitCalibrations(
  { repo, whyNot }: Place,
  paths: readonly string[],
  config: string,
): Promise<string> {
  if (repo.kind !== 'normal' || whyNot !== null) return `not committed: ${whyNot}`;
  const absolute = paths.map((path) => join(repo.root, path));
  const body = 'What pairs of an experiment with itself say of the noise.';
  const made = await commitFiles(repo, absolute, { subject: `bench: calibrate ${config}`, body });
  return made.commit?.slice(0, 12) ?? 'nothing to commit';
}

function tooFew(counted: number, { pairs, invalid }: EndedPairs['ended']): BenchError {
  return new BenchError(`Only ${counted} of ${pairs.length} pairs count: too few to say what the noise is`, {
    exitCode: ExitCode.host,
    hint:
      invalid === null
        ? 'Go on with more time: --resume --budget ...; nothing was kept yet.'
        : `Quiet the machine and calibrate anew (the last pair: ${invalid.text}); nothing was kept.`,
  });
}

function asError({ kind, message, hint, lines, exitCode }: LaunchFailure): BenchError {
  const more = kind === 'interrupted' ? 'The finished launches are kept: --resume goes on with them.' : hint;
  return new BenchError([message, ...lines].join('\n'), { exitCode, hint: more });
}
