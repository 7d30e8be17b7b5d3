import { type DiffResult, diffRuns } from './diff.ts';
import { openArchive } from './diff-archive.ts';
import { resolveSide } from './diff-refs.ts';
import { BenchError, ExitCode } from './errors.ts';
import { isSameText, type PairFlags, pairPlan, planNamed } from './pair-plan.ts';
import { runPairPlan } from './pair-run.ts';
import { isMetricName, type MetricName } from './stats/metric.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';

/**
 * Measures two runs against each other now, in pairs, and compares the first with the row that this gave the second: its
 * numbers are those of the pairs.
 * @throws BenchError (exit 2) when a name stands for nothing that can be launched, or the two ask different things.
 */
export async function rerun(
  a: string,
  b: string,
  flags: PairFlags,
  teller: Teller,
  world: World,
): Promise<DiffResult> {
  const archive = await openArchive(world);
  const one = await resolveSide(archive, a, null);
  const other = await resolveSide(archive, b, one);
  const stored = other.row?.metric ?? one.row?.metric ?? null;
  const metric: MetricName | undefined =
    flags.metric ?? (stored !== null && isMetricName(stored) ? stored : undefined);
  const asked = { ...flags, metric };
  const [baseline, candidate] = [
    await planNamed(launchable(a, one), asked, world, ExitCode.usage),
    await planNamed(launchable(b, other), asked, world, ExitCode.usage),
  ];
  const isSame = isSameText(baseline, candidate);
  const run = await runPairPlan(
    pairPlan('diff', { baseline, candidate, isSame }, asked),
    asked,
    teller,
    world,
  );
  const from = run.baseline?.run_id ?? null;
  if (from === null || run.comparison === null)
    throw new BenchError(`iter-${run.row.iter} ended ${run.row.reason}: there is nothing to compare`, {
      exitCode: run.exitCode === ExitCode.done ? ExitCode.usage : run.exitCode,
      hint: `bench show iter-${run.row.iter} tells the whole.`,
    });
  return diffRuns(from, run.row.run_id, metric ?? null, world);
}

/** The name by which an experiment can be launched as it was: a row's, a file's. */
function launchable(name: string, side: Awaited<ReturnType<typeof resolveSide>>): string {
  if (side.row !== null) return side.row.run_id;
  if (!name.includes(':')) return name;
  throw new BenchError(`${name} has no row, and --rerun starts files as they are`, {
    exitCode: ExitCode.usage,
    hint: 'Check that revision out into a file of its own, or measure it there first.',
  });
}
