import { diffRuns } from '../diff.ts';
import { diffJson } from '../report/diff-json.ts';
import { diffMarkdown } from '../report/diff-markdown.ts';
import { diffText } from '../report/diff-text.ts';
import { rerun } from '../rerun.ts';
import { reportOptions, withProgress } from './command.ts';
import { metricFlag } from './flag-values.ts';
import type { CommandContext } from './program.ts';
import { pairFlags } from './run.ts';

/** `bench diff`: two runs side by side, as text, JSON or markdown; with --rerun measured in pairs now. */
export async function diffCommand(
  a: string,
  b: string,
  flags: Record<string, unknown>,
  { world }: CommandContext,
): Promise<void> {
  const metric = metricFlag('--metric', flags.metric) ?? null;
  const result =
    flags.rerun === true
      ? await withProgress(world, (progress) => rerun(a, b, pairFlags(flags), progress, world))
      : await diffRuns(a, b, metric, world);
  const options = { ...reportOptions(world.stdout, world.env), all: flags.all === true };
  if (flags.json === true) world.stdout.write(diffJson(result));
  else world.stdout.write(flags.markdown === true ? diffMarkdown(result) : diffText(result, options));
}
