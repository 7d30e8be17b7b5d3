import type { PairFlags } from '../pair-plan.ts';
import type { PairedRunResult } from '../pair-rows.ts';
import { runExperiment } from '../pair-run.ts';
import type { RunFlags } from '../plan.ts';
import { runJson } from '../report/json.ts';
import { runText } from '../report/run-text.ts';
import type { RunResult } from '../run.ts';
import { reportOptions, withProgress } from './command.ts';
import { durationFlag, metricFlag, percentFlag } from './flag-values.ts';
import type { CommandContext } from './program.ts';

/** `bench run`: one number, JSON, or a screen on stdout; the screen goes to stderr beside one number. */
export async function runCommand(
  config: string,
  flags: Record<string, unknown>,
  context: CommandContext,
): Promise<void> {
  const { world } = context;
  metricFlag('--print', flags.print);
  const asked = pairFlags(flags);
  const result = await withProgress(world, (progress) => runExperiment(config, asked, progress, world));
  tellRun(result, flags, context);
}

/** A run as a number, as JSON or as a screen. */
export function tellRun(
  result: RunResult | PairedRunResult,
  flags: Record<string, unknown>,
  context: CommandContext,
): void {
  const { world } = context;
  const print = metricFlag('--print', flags.print) ?? null;
  context.exit(result.exitCode);
  const bug = result.failure?.bug ?? null;
  // One JSON document on stdout: that of the bug.
  if (bug !== null && flags.json === true) throw bug;
  if (flags.json === true) world.stdout.write(asJson(result, flags.repeated as object | undefined));
  else if (print === null) world.stdout.write(screen(result, reportOptions(world.stdout, world.env)));
  else {
    const value = result.row.value === null ? null : (result.summary?.metrics[print]?.value ?? null);
    if (value !== null) world.stdout.write(`${value}\n`);
    else world.stderr.write(screen(result, reportOptions(world.stderr, world.env)));
  }
  if (result.refusal !== null) {
    const { message, hint } = result.refusal;
    world.stderr.write(`bench: the row is written but in no commit: ${message}\n${hint}\n`);
  }
  if (bug !== null) throw bug;
}

/** Of every command that measures: what goes into a row, and what is done with it. */
export function runFlags(flags: Record<string, unknown>): RunFlags {
  return {
    launches: flags.launches as number | undefined,
    rounds: flags.rounds as number | undefined,
    limit: flags.limit as number | undefined,
    commit: flags.commit === undefined ? null : flags.commit === true,
    allowDirty: flags.allowDirty === true,
    keepOutputs: flags.keepOutputs === true,
    wait: flags.wait === true,
  };
}

/** Of every command that measures in pairs. */
export function pairFlags(flags: Record<string, unknown>): PairFlags {
  return {
    ...runFlags(flags),
    against: flags.against as string | undefined,
    pairs: flags.pairs as number | undefined,
    budgetMs: durationFlag('--budget', flags.budget),
    metric: metricFlag('--metric', flags.metric),
    deltaPct: percentFlag('--delta', flags.delta),
    isMulti: flags.multi === true,
    resume: flags.resume === true,
    isProvisional: flags.provisional === true,
  };
}

function asJson(result: RunResult | PairedRunResult, repeated?: object): string {
  return runJson({
    ...(repeated === undefined ? {} : { repeated }),
    row: result.row,
    summary: result.summary,
    recall: result.recall,
    ...(result.cliff === null ? {} : { cliff: result.cliff }),
    comparison: 'comparison' in result ? result.comparison : null,
    baseline: 'baseline' in result ? result.baseline : null,
    record: result.recordPath,
    bundle: result.bundlePath,
    commit: result.commit.oid,
  });
}

function screen(result: RunResult | PairedRunResult, options: ReturnType<typeof reportOptions>): string {
  const { failure } = result;
  return runText(
    {
      row: result.row,
      summary: result.summary,
      recall: result.recall,
      cliff: result.cliff,
      comparison: 'comparison' in result ? result.comparison : null,
      findings: result.findings,
      crash:
        failure === null ? null : { message: failure.message, hint: failure.hint, lines: [...failure.lines] },
      clientErrorMs: result.facts.overhead?.ttftP99Ms ?? null,
      durationMs: result.durationMs,
      ledger: 'bench_results.tsv',
      record: result.recordPath,
      bundle: result.bundlePath,
      commit: result.commit.text,
      notes: result.notes,
    },
    options,
  );
}
