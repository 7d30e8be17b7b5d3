import { runCliff } from '../cliff.ts';
import type { CliffWords } from '../cliff-plan.ts';
import { withProgress } from './command.ts';
import type { CommandContext } from './program.ts';
import { recallMembers } from './recall.ts';
import { runFlags, tellRun } from './run.ts';

/** `bench cliff`: the longest context that works, and a row. */
export async function cliffCommand(
  config: string,
  flags: Record<string, unknown>,
  context: CommandContext,
): Promise<void> {
  const { world } = context;
  const words: CliffWords = {
    max: flags.max as string | undefined,
    resolution: flags.resolution as string | undefined,
    smoke: flags.smoke as string | undefined,
    by: flags.by as CliffWords['by'],
  };
  const asked = { ...runFlags(flags), members: recallMembers(flags, world), words };
  const result = await withProgress(world, (progress) => runCliff(config, asked, progress, world));
  tellRun(result, flags, context);
}
