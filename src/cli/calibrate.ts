import { calibrate } from '../calibrate.ts';
import { calibrationText } from '../report/calibration-text.ts';
import { reportOptions, withProgress } from './command.ts';
import type { CommandContext } from './program.ts';
import { pairFlags } from './run.ts';

/** `bench calibrate`: the floor of every metric, as a screen or as JSON. */
export async function calibrateCommand(
  config: string,
  flags: Record<string, unknown>,
  context: CommandContext,
): Promise<void> {
  const { world } = context;
  const asked = { ...pairFlags(flags), quads: Number(flags.quads) };
  const result = await withProgress(world, (progress) => calibrate(config, asked, progress, world));
  context.exit(result.exitCode);
  world.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ schemaVersion: 1, ...result }, null, 2)}\n`
      : calibrationText(result, reportOptions(world.stdout, world.env)),
  );
}
