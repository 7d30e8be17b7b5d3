import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { BenchError, ExitCode } from '../errors.ts';
import { sweepHtml } from '../report/sweep-html.ts';
import { sweepJson } from '../report/sweep-json.ts';
import { sweepMarkdown } from '../report/sweep-markdown.ts';
import { sweepText } from '../report/sweep-text.ts';
import { type SweptResult, sweep } from '../sweep.ts';
import { findConfigs } from '../sweep-configs.ts';
import { parseKnob } from '../sweep-knobs.ts';
import type { SweepFlags } from '../sweep-plan.ts';
import type { Teller } from '../teller.ts';
import type { World } from '../world.ts';
import { reportOptions, withProgress } from './command.ts';
import type { CommandContext } from './program.ts';
import { recallMembers } from './recall.ts';
import { runFlags } from './run.ts';

/** `bench sweep`: configs, or engines, at every context; a table, files, and what differs. */
export async function sweepCommand(
  configs: readonly string[],
  flags: Record<string, unknown>,
  context: CommandContext,
): Promise<void> {
  const { world } = context;
  const asked = sweepFlags(flags, world);
  requireFolder(flags.html, world);
  const swept = await withProgress(world, async (progress) => {
    const named = await namedConfigs(configs, flags, progress, world);
    return sweep(named, asked, progress, world);
  });
  context.exit(swept.exitCode);
  const files = writeReports(swept, flags.html, world);
  tell(swept, files, flags, world);
}

/** Not after hours of measuring. @throws BenchError (exit 2) when the file of --html could not be written. */
function requireFolder(html: unknown, world: World): void {
  if (html === undefined) return;
  const path = resolve(world.cwd, String(html));
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  if (!isFolder && existsSync(dirname(path))) return;
  const why = isFolder ? 'that is a folder' : `there is no folder ${dirname(path)}`;
  throw new BenchError(`--html ${String(html)}: ${why}`, {
    exitCode: ExitCode.usage,
    hint: 'Make it, or name a file in another one; the page is kept in .bench_runs/sweeps/ in any case.',
  });
}

function sweepFlags(flags: Record<string, unknown>, world: World): SweepFlags {
  return {
    ...runFlags(flags),
    members: recallMembers(flags, world),
    knob: flags.knob === undefined ? null : parseKnob(String(flags.knob)),
    order: flags.order === 'listed' ? 'listed' : 'random',
    resume: flags.resume === true,
  };
}

/** @throws BenchError (exit 2) when neither configs nor engines are named, or both. */
async function namedConfigs(
  configs: readonly string[],
  flags: Record<string, unknown>,
  teller: Teller,
  world: World,
): Promise<readonly string[]> {
  const engines = flags.engines as readonly string[] | undefined;
  if ((engines === undefined) === (configs.length === 0)) {
    throw new BenchError(
      engines === undefined ? 'There is nothing to sweep' : 'Both configs and --engines are named',
      {
        exitCode: ExitCode.usage,
        hint: 'bench sweep configs/a.yaml configs/b.yaml, or bench sweep --engines vllm,sglang',
      },
    );
  }
  if (engines === undefined) return configs;
  const { root, choices } = await findConfigs(engines, (flags.model as string | undefined) ?? null, world);
  for (const { engine, config, why } of choices) teller.note(`${engine}: ${config}, ${why}`);
  return choices.map(({ config }) => resolve(root, config));
}

/** Answers the paths, as a person in the working directory types them. */
function writeReports({ result, folder }: SweptResult, html: unknown, world: World): string[] {
  mkdirSync(folder, { recursive: true });
  const page = sweepHtml(result);
  const files = [
    [join(folder, 'result.json'), sweepJson(result)],
    [join(folder, 'result.md'), sweepMarkdown(result)],
    [join(folder, 'result.html'), page],
    ...(html === undefined ? [] : [[resolve(world.cwd, String(html)), page]]),
  ] as [string, string][];
  for (const [path, text] of files) writeFileSync(path, text);
  return files.map(([path]) => relative(world.cwd, path));
}

function tell(
  { result, left }: SweptResult,
  files: readonly string[],
  flags: Record<string, unknown>,
  world: World,
): void {
  if (flags.json === true) world.stdout.write(sweepJson(result));
  else if (flags.markdown === true) world.stdout.write(sweepMarkdown(result));
  else world.stdout.write(sweepText(result, files, reportOptions(world.stdout, world.env)));
  if (left > 0)
    world.stderr.write(`bench: ${left} cells are left; the same command with --resume goes on with them\n`);
}
