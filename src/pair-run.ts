import type { Experiment } from './config/experiment.ts';
import { startsTheSame } from './config/knob-diff.ts';
import { withLongNames } from './engine-lint.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { Arm } from './pair-arms.ts';
import { announceCost, pairTeller } from './pair-cost.ts';
import { noopOf, type PairFlags, type PairPlan, planChild } from './pair-plan.ts';
import { type PairedRunResult, writeNoop, writePairs } from './pair-rows.ts';
import { type PairSession, withPairs } from './pair-session.ts';
import { loadParent, planRun } from './plan.ts';
import { runProvisional } from './provisional.ts';
import { type RunResult, runPlan } from './run.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';

/**
 * What `bench run` does: pairs where the file has a parent that runs by itself, or one is named by `--against`; else one
 * launch or several, unjudged where it has a parent.
 */
export async function runExperiment(
  config: string,
  flags: PairFlags,
  teller: Teller,
  world: World,
): Promise<RunResult | PairedRunResult> {
  const plan = await planRun(config, flags, world);
  const { parents } = plan.loaded;
  if (flags.isProvisional) return runProvisional(plan, flags, teller, world);
  if (flags.against !== undefined || (parents.length > 0 && (await loadParent(plan.loaded, world)) !== null))
    return runPairPlan(await planChild(plan, flags, world), flags, teller, world);
  if (parents.length > 0)
    teller.note(
      `${parents[0]} does not run by itself, so there is no baseline to judge against; --against names one.`,
    );
  refusePairFlags(plan.loaded.configPath, flags);
  return runPlan(plan, flags, teller, world, null);
}

function named({ readied }: Arm): Experiment {
  return withLongNames(readied.experiment, readied.flagNames);
}

/** A flag that does nothing must not look as if it had been heeded. */
function refusePairFlags(config: string, flags: PairFlags): void {
  const given = [
    ...(flags.pairs === undefined ? [] : ['--pairs']),
    ...(flags.budgetMs === undefined ? [] : ['--budget']),
    ...(flags.deltaPct === undefined ? [] : ['--delta']),
    ...(flags.isMulti ? ['--multi'] : []),
    ...(flags.resume ? ['--resume'] : []),
  ];
  if (given.length === 0) return;
  throw new BenchError(`${config} is measured without pairs, so ${given.join(', ')} would do nothing`, {
    exitCode: ExitCode.usage,
    hint: 'They are for a file with a parent that runs by itself, or with --against FILE.',
  });
}

/**
 * Two arms in fresh pairs of launches, ABBA, until the verdict is known; then the rows.
 * @throws BenchError before anything was launched (exit 2, exit 5); after that every ending is a row.
 */
export function runPairPlan(
  plan: PairPlan,
  flags: PairFlags,
  teller: Teller,
  world: World,
): Promise<PairedRunResult> {
  const { onPair } = pairTeller();
  const command = `bench ${plan.kind} ${plan.candidate.loaded.configPath}`;
  return withPairs<PairedRunResult>(
    plan,
    {
      flags,
      command,
      commits: true,
      async before(session) {
        const same = sameStart(session);
        if (same !== null) return writeNoop(session, same);
        announceCost(session);
        return null;
      },
      onPair,
      finish: (ended) => writePairs(ended, command),
    },
    teller,
    world,
  );
}

/** The baseline that a candidate starts just as, by its text or once its variables are filled; null: it differs. */
function sameStart({ plan, arms }: PairSession): string | null {
  if (plan.isSame) return null;
  const isSame = startsTheSame(named(arms.baseline), named(arms.candidate));
  return noopOf(plan) ?? (isSame ? plan.baseline.loaded.configPath : null);
}
