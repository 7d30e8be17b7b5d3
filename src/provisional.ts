import { findCalibrations } from './calibrated.ts';
import { asJson, canonicalJson } from './canonical.ts';
import { expId } from './config/identity.ts';
import { BenchError, ExitCode } from './errors.ts';
import { readLedger } from './ledger/read.ts';
import type { NewRow, Row } from './ledger/row.ts';
import { type PairFlags, type PairPlan, planChild } from './pair-plan.ts';
import type { Plan } from './plan.ts';
import { openPlace } from './repository.ts';
import { type Provisional, type RunResult, runPlan } from './run.ts';
import type { Readied } from './set-up.ts';
import { metrics } from './stats/metric.ts';
import type { Teller } from './teller.ts';
import { asPct } from './verdict/floor.ts';
import type { World } from './world.ts';

/**
 * One launch against the stored launches of the baseline: `provisional` when it is better by more than the calibrated
 * floor, else `unjudged`; never a keep.
 * @throws BenchError as `run` does; exit 2 when the ledger has no row of the baseline.
 */
export async function runProvisional(
  candidate: Plan,
  flags: PairFlags,
  teller: Teller,
  world: World,
): Promise<RunResult> {
  const plan = await planChild(candidate, flags, world);
  const baselinePlace = await openPlace(plan.baseline, { ...flags, allowDirty: true }, world);
  const id = expId(plan.baseline.loaded, baselinePlace.trackedFiles);
  const { rows } = await readLedger(baselinePlace.ledger);
  if (!rows.some((row) => row.exp_id === id && row.value !== null)) {
    const name = plan.baseline.loaded.configPath;
    throw new BenchError(`The ledger has no measured row of ${name} (exp_id ${id}) to compare with`, {
      exitCode: ExitCode.usage,
      hint: `Measure it: bench run ${name}. Or leave --provisional away: pairs measure both.`,
    });
  }
  const provisional: Provisional = {
    judge: (readied, value) => judge({ plan, id, rows, readied, value }),
  };
  return runPlan(plan.candidate, flags, teller, world, provisional);
}

async function judge(input: {
  readonly plan: PairPlan;
  readonly id: string;
  readonly rows: readonly Row[];
  readonly readied: Readied;
  readonly value: number | null;
}): Promise<{ reason: string; cells: Partial<NewRow> }> {
  const { plan, id, rows, readied, value } = input;
  const replaced = new Set(rows.map((row) => row.supersedes));
  const { metric } = plan.rule;
  const stored = rows.findLast(
    (row) =>
      row.exp_id === id &&
      row.fingerprint === readied.inputs.fingerprint.id &&
      row.metric === metric &&
      row.value !== null &&
      (row.artifact === readied.inputs.artifact || !haveSameProgram(plan)) &&
      row.reason?.startsWith('dirty:') !== true &&
      !replaced.has(row.run_id),
  );
  if (stored?.value == null || value === null) return { reason: 'unjudged', cells: {} };
  const sign = metrics[metric].better === 'higher' ? 1 : -1;
  const deltaPct = asPct(sign * Math.log(value / stored.value));
  const calibrated = await findCalibrations(plan, { baseline: readied, candidate: readied }, rows);
  const found = calibrated[metric] ?? null;
  const floorPct = found === null || found.expired !== null ? null : found.file.floorPct;
  const isBeyond = floorPct !== null && deltaPct > floorPct;
  return {
    reason: isBeyond ? 'provisional' : 'unjudged',
    cells: { parent: stored.run_id, delta_pct: deltaPct },
  };
}

/** Whether both files start the same program: then a row of another build of it is no baseline. */
function haveSameProgram({ baseline, candidate }: PairPlan): boolean {
  const programOf = ({ experiment: { cmd, venv, image } }: Plan): string =>
    canonicalJson(asJson({ cmd, venv, image }));
  return programOf(baseline) === programOf(candidate);
}
