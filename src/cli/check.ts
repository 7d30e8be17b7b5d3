import { appendFileSync } from 'node:fs';
import { type CheckFlags, type CheckResult, check, checkHistory } from '../check.ts';
import { BenchError, ExitCode } from '../errors.ts';
import { type CheckReport, checkMarkdown, checkText, gateText, historyText } from '../report/check-text.ts';
import { selfTest } from '../self-test.ts';
import type { World } from '../world.ts';
import { reportOptions, withProgress } from './command.ts';
import type { CommandContext } from './program.ts';
import { pairFlags } from './run.ts';

/** `bench check`: a gate for CI; its exit code is the answer. */
export async function checkCommand(
  config: string | undefined,
  flags: Record<string, unknown>,
  context: CommandContext,
): Promise<void> {
  const { world } = context;
  if (flags.history === true) return showHistory(config, flags, world);
  if (config === undefined)
    throw new BenchError('bench check needs an experiment', {
      exitCode: ExitCode.usage,
      hint: 'bench check configs/nightly.yaml',
    });
  const asked = checkFlags(flags);
  if (flags.selfTest === true) return testItself(config, asked, flags, context);
  try {
    const result = await withProgress(world, (progress) => check(config, asked, progress, world));
    context.exit(result.exitCode);
    tellCi(result, config, world);
    show(result, flags, world);
  } catch (error) {
    // `git bisect run` goes on at any code below 128: what is no answer must end it.
    if (asked.isBisect && error instanceof BenchError)
      throw new BenchError(error.message, { exitCode: ExitCode.abort, hint: error.hint, cause: error });
    throw error;
  }
}

async function testItself(
  config: string,
  asked: CheckFlags,
  flags: Record<string, unknown>,
  { world, exit }: CommandContext,
): Promise<void> {
  const result = await withProgress(world, (progress) => selfTest(config, asked, progress, world));
  exit(result.exitCode);
  if (flags.json === true) {
    world.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...result }, null, 2)}\n`);
    return;
  }
  const { equal, slowed, plantedPct, seesPct, holds } = result;
  const told = (name: string, one: CheckResult): string =>
    `${name}: ${one.status} (exit ${one.exitCode}), ${one.failure?.message ?? one.comparison.sentence}`;
  world.stdout.write(
    `${[
      told('against itself', equal),
      ...(slowed === null ? [] : [told(`made slower by ${plantedPct.toFixed(1)} %`, slowed)]),
      holds
        ? gateText(seesPct, equal.comparison.maxPairs)
        : slowed === null
          ? 'Nothing is known of this gate yet: the first half gave no answer.'
          : 'This gate cannot be trusted: the first must pass and the second must fail. Give it more pairs, or a larger --delta.',
    ].join('\n')}\n`,
  );
}

async function showHistory(
  config: string | undefined,
  flags: Record<string, unknown>,
  world: World,
): Promise<void> {
  const checks = await checkHistory(config, world);
  world.stdout.write(
    flags.json === true
      ? `${JSON.stringify(checks, null, 2)}\n`
      : historyText(checks, reportOptions(world.stdout, world.env)),
  );
}

function show(result: CheckResult, flags: Record<string, unknown>, world: World): void {
  const { failure: _, ...rest } = result;
  if (flags.json === true) world.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...rest }, null, 2)}\n`);
  else if (flags.markdown === true)
    world.stdout.write(checkMarkdown(reportOf(result), result.comparison.baseline.config));
  else world.stdout.write(checkText(reportOf(result), reportOptions(world.stdout, world.env)));
}

function reportOf(result: CheckResult): CheckReport {
  return { ...result, message: result.failure?.message ?? null };
}

/** GitHub's step summary, and one annotation; on stderr, for stdout may be JSON. */
function tellCi(result: CheckResult, config: string, { env, stderr }: World): void {
  if (env.GITHUB_STEP_SUMMARY)
    appendFileSync(env.GITHUB_STEP_SUMMARY, checkMarkdown(reportOf(result), config));
  if (env.GITHUB_ACTIONS !== 'true' || result.status === 'pass') return;
  const kind = result.status === 'regression' || result.status === 'crash' ? 'error' : 'warning';
  const text = result.comparison.sentence.replaceAll('%', '%25').replaceAll('\n', '%0A');
  stderr.write(`::${kind} title=bench check ${config}::${result.status}: ${text}\n`);
}

function checkFlags(flags: Record<string, unknown>): CheckFlags {
  return {
    ...pairFlags(flags),
    baseline: flags.baseline as string | undefined,
    isBisect: flags.bisect === true,
    slowerShare: null,
  };
}
