import { resolve } from 'node:path';
import { asJson, canonicalJson } from './canonical.ts';
import { type KnobDifference, knobDifferences, startsTheSame } from './config/knob-diff.ts';
import { flagNames, withLongNames } from './engine-lint.ts';
import { BenchError, ExitCode } from './errors.ts';
import { fileTexts } from './file-texts.ts';
import { type Plan, planRun, type RunFlags } from './plan.ts';
import { recallBatch } from './recall-plan.ts';
import type { MetricName } from './stats/metric.ts';
import { namesRow, planStored, storedRun } from './stored-experiment.ts';
import type { Comparison } from './verdict/comparison.ts';
import type { Rule } from './verdict/decide.ts';
import { recallChance } from './verdict/recall-rule.ts';
import type { World } from './world.ts';

/** What the command line adds to a file that is judged in pairs. */
export interface PairFlags extends RunFlags {
  /** What to measure against, instead of the parent. */
  readonly against?: string | undefined;
  readonly pairs?: number | undefined;
  readonly budgetMs?: number | undefined;
  readonly metric?: MetricName | undefined;
  /** Smallest effect that is worth a keep, %. */
  readonly deltaPct?: number | undefined;
  /** More than one knob may differ from the parent. */
  readonly isMulti: boolean;
  /** Goes on with the newest cut off run of this experiment. */
  readonly resume: boolean;
  /** One launch against the stored baseline, instead of pairs. */
  readonly isProvisional: boolean;
}

/** Two experiments to be measured in turn, and by what the second is judged. */
export interface PairPlan {
  readonly kind: Comparison['kind'] | 'calibrate';
  readonly baseline: Plan;
  readonly candidate: Plan;
  readonly rule: Rule;
  readonly budgetMs: number;
  readonly isSpeculative: boolean;
  readonly largestForeignPercent: number;
  readonly knobs: readonly KnobDifference[];
  /** Both arms are meant to be the same: noise is what is looked for. */
  readonly isSame: boolean;
}

/**
 * Reads what a child is measured against: `--against FILE` or `--against iter-N`, else its parent.
 * @throws BenchError (exit 2) for mistakes in it, for two that ask different things, for more than one knob without
 *   `--multi`.
 */
export async function planChild(candidate: Plan, flags: PairFlags, world: World): Promise<PairPlan> {
  const { root, parents } = candidate.loaded;
  const [parent] = parents;
  const baselinePath = flags.against ?? (parent === undefined ? undefined : resolve(root, parent));
  if (baselinePath === undefined) {
    throw new BenchError(`${candidate.loaded.configPath} has no parent to be judged against`, {
      exitCode: ExitCode.usage,
      hint: 'Name a file with --against, or give it a `parent:`.',
    });
  }
  const baseline = await planNamed(baselinePath, flags, world, ExitCode.usage);
  const plan = pairPlan('run', { baseline, candidate, isSame: isSameText(baseline, candidate) }, flags);
  if (plan.isSame || flags.isMulti || plan.knobs.length <= 1) return plan;
  // Only now, for asking an engine takes its time.
  const names = await flagNames(candidate.loaded, candidate.engine, world.env);
  const named = { ...plan, knobs: knobsOf(plan, names) };
  refuseManyKnobs(named);
  return named;
}

function knobsOf(
  { baseline, candidate }: Pick<PairPlan, 'baseline' | 'candidate'>,
  names: Parameters<typeof withLongNames>[1] = {},
): PairPlan['knobs'] {
  const before = withLongNames(baseline.experiment, names);
  return knobDifferences(before, withLongNames(candidate.experiment, names), {
    before: fileTexts(baseline.experiment, baseline.loaded.root),
    after: fileTexts(candidate.experiment, candidate.loaded.root),
  });
}

/**
 * An experiment by its file, by a row (`iter-4`, a run id) or by a record's path; the last two as they were measured then.
 * @param goneExit exit code when a row cannot be measured again as it was.
 */
export async function planNamed(
  name: string,
  flags: RunFlags,
  world: World,
  goneExit: ExitCode,
): Promise<Plan> {
  if (!namesRow(name) && !name.endsWith('.json')) return planRun(name, flags, world);
  return planStored(await storedRun(name, world, goneExit), flags, world, goneExit);
}

/** Whether two plans are of the same file in the same words. */
export function isSameText(one: Plan, other: Plan): boolean {
  return (
    one.loaded.configPath === other.loaded.configPath &&
    canonicalJson(one.loaded.texts) === canonicalJson(other.loaded.texts)
  );
}

/** Puts two plans side by side. @throws BenchError (exit 2) when they cannot be compared. */
export function pairPlan(
  kind: PairPlan['kind'],
  arms: { readonly baseline: Plan; readonly candidate: Plan; readonly isSame: boolean },
  flags: Pick<PairFlags, 'pairs' | 'budgetMs' | 'metric' | 'deltaPct' | 'launches'>,
): PairPlan {
  refuseIncomparable(arms.baseline, arms.candidate);
  if (flags.launches !== undefined) {
    throw new BenchError('--launches is for a file without a parent', {
      exitCode: ExitCode.usage,
      hint: 'How many launches a child gets is what the pairs decide; --pairs N limits them.',
    });
  }
  const isSpeculative = arms.baseline.isSpeculative || arms.candidate.isSpeculative;
  const metric = flags.metric ?? arms.candidate.experiment.judge.metric;
  const warmup = Math.max(arms.baseline.experiment.warmup, arms.candidate.experiment.warmup);
  const shared = { isSpeculative, metric, warmup };
  const [baseline, candidate] = [armOf(arms.baseline, shared), armOf(arms.candidate, shared)];
  const { judge, guard } = candidate.experiment;
  return {
    kind,
    baseline,
    candidate,
    isSame: arms.isSame,
    rule: {
      metric,
      minEffect: (flags.deltaPct ?? judge.minEffectPct) / 100,
      // Counted once the engines are there and have told their defaults.
      addedDeviations: 0,
      maxPairs: flags.pairs ?? judge.pairs,
      tolerances: {
        ttft_ms: guard.ttftPct / 100,
        tpot_ms: guard.tpotPct / 100,
        e2e_ms: guard.e2ePct / 100,
      },
      allowedErrors: guard.errors,
      outputs: guard.outputs,
      ...(asksRecall({ kind, isSame: arms.isSame }) ? recallRule(candidate) : {}),
    },
    budgetMs: flags.budgetMs ?? judge.budgetMs,
    isSpeculative,
    largestForeignPercent: judge.foreignLoadPct,
    knobs: knobsOf({ baseline, candidate }),
  };
}

/** Calibrating, repeating and looking again ask for times alone, and equal arms have nothing to lose. */
export function asksRecall({ kind, isSame }: Pick<PairPlan, 'kind' | 'isSame'>): boolean {
  return (kind === 'run' || kind === 'check') && !isSame;
}

/** Of the candidate's file, whose items both arms are asked. */
function recallRule({ experiment, recall }: Plan): Pick<Rule, 'recall'> {
  const guard = experiment.guard.recall;
  if (guard === undefined || recall === null) return {};
  const { marginPt, n, unmeasurable } = guard;
  return {
    recall: { marginPt, n, batch: recallBatch, chance: recallChance(recall.task), unmeasurable },
  };
}

/**
 * By what a run judges, as one text: pairs that were seen under another rule must not be judged by this one. How many pairs
 * and how much time there may be is no part of it.
 */
export function ruleName({ rule, largestForeignPercent }: PairPlan): string {
  const { maxPairs: _, addedDeviations: __, margin: ___, ...judged } = rule;
  return canonicalJson(asJson({ ...judged, largestForeignPercent }));
}

/** The parent of a paired plan that it starts just as; null when something differs, or both are meant to be the same. */
export function noopOf({ baseline, candidate, isSame }: PairPlan): string | null {
  const isNoop = !isSame && startsTheSame(baseline.experiment, candidate.experiment);
  return isNoop ? baseline.loaded.configPath : null;
}

/** What both arms have in common, whatever their files say: an engine that is warmed longer is a faster one. */
function armOf(
  plan: Plan,
  { isSpeculative, metric, warmup }: { isSpeculative: boolean; metric: MetricName; warmup: number },
): Plan {
  const { experiment } = plan;
  const judge = { ...experiment.judge, metric };
  return { ...plan, isSpeculative, experiment: { ...experiment, judge, warmup } };
}

function refuseIncomparable(baseline: Plan, candidate: Plan): void {
  const [one, other] = [baseline.loaded.configPath, candidate.loaded.configPath];
  const isRemote = [baseline, candidate].some((plan) => plan.experiment.engine === 'openai');
  const why = isRemote
    ? 'bench cannot launch pairs of a server that runs elsewhere (engine: openai)'
    : baseline.loaded.root !== candidate.loaded.root
      ? `${one} and ${other} are in different repositories`
      : baseline.workload !== candidate.workload
        ? `${one} and ${other} ask different things: workload ${baseline.workload} and ${candidate.workload}`
        : null;
  if (why === null) return;
  throw new BenchError(why, {
    exitCode: ExitCode.usage,
    hint: isRemote
      ? 'Its rows can be looked at side by side with `bench diff`.'
      : 'A pair needs the same queries, limit, rounds, sampling and output limit in both files.',
  });
}

function refuseManyKnobs({ knobs, baseline, candidate }: PairPlan): void {
  if (knobs.length <= 1) return;
  const named = knobs.map(({ name }) => name).join(', ');
  throw new BenchError(
    `${candidate.loaded.configPath} differs from ${baseline.loaded.configPath} in ${knobs.length} knobs: ${named}`,
    {
      exitCode: ExitCode.usage,
      hint: 'Change one knob at a time, name those that belong together in `groups:`, or run it with --multi; the row will say so.',
    },
  );
}
