import { withoutContextFlags } from './cliff-context-flag.ts';
import { launchCliff } from './cliff-launches.ts';
import { type CliffPlan, type CliffWords, cliffWorkload, lengthName, planCliff } from './cliff-plan.ts';
import type { RecallOverrides } from './config/settings.ts';
import { contextLimit } from './engine-lint.ts';
import { BenchError, ExitCode } from './errors.ts';
import { type Plan, planRun, type RunFlags } from './plan.ts';
import type { RecallPlan } from './recall-plan.ts';
import { type RunResult, runPlan } from './run.ts';
import type { Readied } from './set-up.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';

/** What the command line adds to a file of which the longest context is looked for. */
export interface CliffFlags extends RunFlags {
  /** Members of `recall:`, in the file's own names. */
  readonly members: RecallOverrides;
  readonly words: CliffWords;
}

/**
 * What `bench cliff` does: probes of growing length until one fails, then the gap halved; a row that judges nothing and a
 * record that has every probe.
 * @throws BenchError (exit 2) for mistakes in file or flags; else as `runPlan`.
 */
export async function runCliff(
  config: string,
  flags: CliffFlags,
  teller: Teller,
  world: World,
): Promise<RunResult> {
  const cliff = planCliff(flags.words);
  const { from, max } = cliff.bounds;
  const contexts = [...new Set([lengthName(from), lengthName(max)])];
  const members = { ...flags.members, contexts, n: 1 };
  const planned = await planRun(config, { ...flags, launches: 1, onlyRecall: members }, world);
  const recall = requireProbes(planned, cliff);
  // One that starts what its parent starts has a cliff all the same.
  const plan = { ...planned, sameAsParent: null, workload: cliffWorkload(cliff, planned.workload) };
  const times = { metric: null, value: null, ttft_ms_p50: null, e2e_ms_p50: null, tok_s_mean: null };
  return runPlan(
    plan,
    flags,
    teller,
    world,
    { judge: async () => ({ reason: 'unjudged', cells: times }) },
    {
      check: (readied) => tellLimit(plan, cliff, readied, teller),
      launchAll: (story, launching) => launchCliff(story, launching, cliff, recall),
    },
  );
}

/** @throws BenchError (exit 2) when there are no items of every length, or the engine has no flag to launch by. */
function requireProbes({ recall, experiment, engine, loaded }: Plan, { by }: CliffPlan): RecallPlan {
  if (recall === null) throw new Error('a cliff has contexts');
  if (experiment.recall?.babilong !== undefined) {
    throw new BenchError(
      `${loaded.configPath}: the files of \`recall.babilong\` hold a few lengths, and a search needs any`,
      {
        exitCode: ExitCode.usage,
        hint: 'Use a file without it: probes are made from Moby-Dick, or from the books of `haystack`.',
      },
    );
  }
  if (by === 'launches' && engine.contextFlags.length === 0) {
    throw new BenchError(
      `--by launches: bench knows no flag of engine ${engine.name} that sets its context`,
      {
        exitCode: ExitCode.usage,
        hint: 'Leave it out: then the engine is launched once and asked longer and longer prompts.',
      },
    );
  }
  return recall;
}

/** What is known of the answer before anything starts. */
function tellLimit(plan: Plan, { by, bounds }: CliffPlan, { experiment }: Readied, teller: Teller): void {
  const { engine, loaded } = plan;
  const args = by === 'launches' ? withoutContextFlags(experiment.args, engine) : experiment.args;
  const limit = contextLimit(engine, { ...experiment, args }, loaded.root);
  const max = lengthName(bounds.max);
  if (limit === null) {
    teller.note(`How long a context ${loaded.configPath} serves is not known before it starts.`);
  } else if (bounds.max * 1000 > limit.tokens) {
    teller.note(`The engine serves ${limit.tokens} tokens (${limit.from} says so); ${max} lies beyond.`);
  }
}
