import { diffRuns } from '../diff.ts';
import { BenchError, ExitCode } from '../errors.ts';
import { diffJson } from '../report/diff-json.ts';
import { diffMarkdown } from '../report/diff-markdown.ts';
import { diffText } from '../report/diff-text.ts';
import { isMetricName, type MetricName, metricNames } from '../stats/metric.ts';
import { reportOptions } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench diff`: two runs side by side, as text, JSON or markdown. */
export async function diffCommand(
  a: string,
  b: string,
  flags: Record<string, unknown>,
  { world }: CommandContext,
): Promise<void> {
  const result = await diffRuns(a, b, metricFlag(flags.metric), world);
  const options = { ...reportOptions(world.stdout, world.env), all: flags.all === true };
  if (flags.json === true) world.stdout.write(diffJson(result));
  else world.stdout.write(flags.markdown === true ? diffMarkdown(result) : diffText(result, options));
}

function metricFlag(value: unknown): MetricName | null {
  if (value === undefined) return null;
  const name = String(value);
  if (isMetricName(name)) return name;
  throw new BenchError(`There is no metric ${JSON.stringify(name)}.`, {
    exitCode: ExitCode.usage,
    hint: `Metrics are ${metricNames.join(', ')}.`,
  });
}
