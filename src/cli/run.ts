import { BenchError, ExitCode } from '../errors.ts';
import type { RunFlags } from '../plan.ts';
import { runJson } from '../report/json.ts';
import { runText } from '../report/run-text.ts';
import { type RunResult, run } from '../run.ts';
import { isMetricName, metricNames } from '../stats/metric.ts';
import { reportOptions, withProgress } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench run`: one number, JSON, or a screen on stdout; the screen goes to stderr beside one number. */
export async function runCommand(
  config: string,
  flags: Record<string, unknown>,
  context: CommandContext,
): Promise<void> {
  const { world } = context;
  const print = flags.print === undefined ? null : String(flags.print);
  if (print !== null && !isMetricName(print)) {
    throw new BenchError(`--print does not know "${print}"`, {
      exitCode: ExitCode.usage,
      hint: `It knows ${metricNames.join(', ')}.`,
    });
  }
  const result = await withProgress(world, (progress) => run(config, runFlags(flags), progress, world));
  context.exit(result.exitCode);
  const bug = result.failure?.bug ?? null;
  // One JSON document on stdout: that of the bug.
  if (bug !== null && flags.json === true) throw bug;
  if (flags.json === true) world.stdout.write(asJson(result));
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

function runFlags(flags: Record<string, unknown>): RunFlags {
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

function asJson(result: RunResult): string {
  return runJson({
    row: result.row,
    summary: result.summary,
    record: result.recordPath,
    bundle: result.bundlePath,
    commit: result.commit.oid,
  });
}

function screen(result: RunResult, options: ReturnType<typeof reportOptions>): string {
  const { failure } = result;
  return runText(
    {
      row: result.row,
      summary: result.summary,
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
