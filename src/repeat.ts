import { calibrationOf, findCalibrations } from './calibrated.ts';
import { BenchError, ExitCode } from './errors.ts';
import { readLedger } from './ledger/read.ts';
import type { Row } from './ledger/row.ts';
import { openLedger } from './ledger-story.ts';
import { timingVersion } from './measure/clock.ts';
import { type PairFlags, pairPlan } from './pair-plan.ts';
import type { PairedRunResult } from './pair-rows.ts';
import { runPairPlan } from './pair-run.ts';
import type { Plan } from './plan.ts';
import { lookAtMachine } from './provenance.ts';
import { type Provisional, type RunResult, runPlan } from './run.ts';
import { fingerprint } from './snapshot/fingerprint.ts';
import { isMetricName, type MetricName, metrics, metricVersion } from './stats/metric.ts';
import { planStored, type StoredRun, storedRun } from './stored-experiment.ts';
import type { Teller } from './teller.ts';
import { asPct } from './verdict/floor.ts';
import { type Reproduced, reproduces } from './verdict/reproduce.ts';
import type { World } from './world.ts';

/** What `bench repeat` found: the old row, today's, and whether it came out again. */
export interface RepeatResult {
  readonly before: Row;
  readonly run: RunResult | PairedRunResult;
  readonly outcome: Reproduced['outcome'];
  readonly metric: MetricName;
  /** The number of then and of today: a value, or, where pairs were measured, an effect in %. */
  readonly numbers: {
    readonly kind: 'value' | 'effect';
    readonly before: number;
    readonly today: number | null;
  };
  /** Today's difference in %, and what noise makes; null: not known. */
  readonly differencePct: number | null;
  readonly noisePct: number | null;
}

/**
 * Measures a row again as it was, today: in pairs where it was judged in pairs, else in as many launches.
 * @throws BenchError (exit 2) when it has no number, or cannot be measured as it was, or this is not the same machine.
 */
export async function repeat(
  name: string,
  flags: PairFlags,
  teller: Teller,
  world: World,
): Promise<RepeatResult> {
  const stored = await storedRun(name, world, ExitCode.usage);
  const { row } = stored;
  if (row.value === null || row.metric === null || !isMetricName(row.metric))
    throw incomparable(row, 'it has no number');
  const asThen = { ...flags, metric: row.metric };
  const plan = await planStored(stored, asThen, world, ExitCode.usage);
  await requireMachine(row, plan, world);
  return row.pairs !== null && row.parent !== null
    ? repeatPairs({ stored, plan, flags: asThen, teller, world })
    : repeatLaunches({ stored, plan, flags: asThen, teller, world });
}

interface Repeating {
  readonly stored: StoredRun;
  readonly plan: Plan;
  readonly flags: PairFlags & { readonly metric: MetricName };
  readonly teller: Teller;
  readonly world: World;
}

async function repeatPairs({ stored, plan, flags, teller, world }: Repeating): Promise<RepeatResult> {
  const { row } = stored;
  const parent = await storedRun(row.parent ?? '', world, ExitCode.usage);
  const baseline = await planStored(parent, flags, world, ExitCode.usage);
  const arms = pairPlan('repeat', { baseline, candidate: plan, isSame: false }, flags);
  const run = await runPairPlan(arms, flags, teller, world);
  const [today] = run.comparison?.evidence ?? [];
  const then = row.delta_pct ?? 0;
  const effect = today === undefined || today.metric !== flags.metric ? null : today.effectPct;
  return {
    before: row,
    run,
    metric: flags.metric,
    outcome: effect === null ? 'unknown' : compareEffects(row, then, today),
    numbers: { kind: 'effect', before: then, today: effect },
    differencePct: effect === null ? null : effect - then,
    noisePct: run.comparison?.floorPct ?? null,
  };
}

/**
 * Reproduced when the effect of then lies in today's interval and that says the same: an effect on the same side of zero, or, where
 * the interval of then held zero, one that holds it too. Not when both intervals leave the other's effect out. Unknown
 * otherwise: an interval that rules nothing out is no reproduction.
 */
function compareEffects(
  row: Row,
  before: number,
  today: { effectPct: number; lowerPct: number | null; upperPct: number | null } | undefined,
): Reproduced['outcome'] {
  if (today === undefined || today.lowerPct === null || today.upperPct === null) return 'unknown';
  const now = { lower: today.lowerPct, upper: today.upperPct };
  const then = { lower: row.ci_lo_pct ?? before, upper: row.ci_hi_pct ?? before };
  const isInside = before >= now.lower && before <= now.upper;
  if (!isInside && !(today.effectPct >= then.lower && today.effectPct <= then.upper)) return 'not reproduced';
  return sideOf(now) === sideOf(then) ? 'reproduced' : 'unknown';
}

/** On which side of zero an interval lies; 0: it holds zero. */
function sideOf({ lower, upper }: { readonly lower: number; readonly upper: number }): -1 | 0 | 1 {
  if (lower > 0) return 1;
  return upper < 0 ? -1 : 0;
}

async function repeatLaunches({ stored, plan, flags, teller, world }: Repeating): Promise<RepeatResult> {
  const { row, record } = stored;
  const { metric } = flags;
  const then = record.summary?.metrics[metric]?.launchValues ?? [row.value ?? 0];
  const launches = flags.launches ?? then.length;
  const again: Plan = { ...plan, sameAsParent: null, experiment: { ...plan.experiment, launches } };
  const { place } = await openLedger(world);
  const { rows } = await readLedger(place);
  const seen: { calibration: Parameters<typeof reproduces>[3] } = { calibration: null };
  const compared: Provisional = {
    async judge(readied) {
      const arms = { baseline: plan, candidate: plan, rule: { ...noRule, metric } };
      const found = await findCalibrations(arms, { baseline: readied, candidate: readied }, rows);
      seen.calibration = calibrationOf(found[metric] ?? null);
      return { reason: 'repeat', cells: {} };
    },
  };
  const run = await runPlan(again, flags, teller, world, compared);
  const today = run.row.value === null ? [] : (run.summary?.metrics[metric]?.launchValues ?? []);
  const sign = metrics[metric].better === 'higher' ? 1 : -1;
  const verdict = today.length === 0 ? null : reproduces(then, today, sign, seen.calibration);
  return {
    before: row,
    run,
    metric,
    outcome: verdict?.outcome ?? 'unknown',
    numbers: { kind: 'value', before: row.value ?? 0, today: run.row.value },
    differencePct: verdict === null ? null : asPct(verdict.effect),
    noisePct: verdict?.noise == null ? null : asPct(verdict.noise),
  };
}

const noRule = {
  minEffect: 0,
  addedDeviations: 0,
  maxPairs: 0,
  tolerances: {},
  allowedErrors: 0,
  outputs: 'report',
} as const;

/** Numbers of two machines, or of two ways of asking, are not the same number. */
async function requireMachine(row: Row, plan: Plan, world: World): Promise<void> {
  const { host, gpu } = await lookAtMachine(world.env);
  const versions = {
    workloadHash: plan.workload,
    metricVersion: String(metricVersion),
    timingVersion: String(timingVersion),
  };
  const now = fingerprint(host, gpu, versions);
  if (row.fingerprint === null || row.fingerprint === now) return;
  throw incomparable(
    row,
    `its fingerprint is ${row.fingerprint}, and here it is ${now}: another machine, policy or workload`,
  );
}

function incomparable(row: Row, because: string): BenchError {
  return new BenchError(`iter-${row.iter} is incomparable, because ${because}`, {
    exitCode: ExitCode.usage,
    hint: `\`bench diff iter-${row.iter} latest\` says what differs. Nothing was started.`,
  });
}
