import type { RecallOverrides } from './config/settings.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { NewRow } from './ledger/row.ts';
import { type Plan, planRun, type RunFlags } from './plan.ts';
import { type RunResult, runPlan } from './run.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';

/** What the command line adds to a file of which only recall is measured. */
export interface RecallFlags extends RunFlags {
  /** Members of `recall:`, in the file's own names. */
  readonly members: RecallOverrides;
}

/**
 * What `bench recall` does: a launch, or several, each asked the items of each context, and a row that judges nothing.
 * @throws BenchError (exit 2) for mistakes in file or flags, and when neither says which contexts; else as `runPlan`.
 */
export async function runRecall(
  config: string,
  flags: RecallFlags,
  teller: Teller,
  world: World,
): Promise<RunResult> {
  const plan = await planRun(
    config,
    { ...flags, launches: flags.launches ?? 1, onlyRecall: flags.members },
    world,
  );
  return runPlan(requireRecall(plan), flags, teller, world, {
    judge: async () => ({ reason: 'unjudged', cells: cellsOf(plan) }),
  });
}

/** @throws BenchError (exit 2) when the plan measures no recall. */
function requireRecall(plan: Plan): Plan {
  if (plan.recall !== null) return plan;
  throw new BenchError(`${plan.loaded.configPath} does not say at which contexts to measure recall`, {
    exitCode: ExitCode.usage,
    hint: 'Name them: --contexts 4k,8k,16k. Or give the file `recall: { task: qa1, contexts: [4k, 8k, 16k] }`.',
  });
}

/** Times over several context lengths are a mixture that says nothing; those of one length are its prefill and decode. */
function cellsOf({ recall }: Plan): Partial<NewRow> {
  if (recall?.contexts.length === 1) return {};
  return { metric: null, value: null, ttft_ms_p50: null, e2e_ms_p50: null, tok_s_mean: null };
}
