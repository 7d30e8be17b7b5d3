import { resolve } from 'node:path';
import type { RecallOverrides } from '../config/settings.ts';
import { runRecall } from '../recall.ts';
import type { World } from '../world.ts';
import { withProgress } from './command.ts';
import type { CommandContext } from './program.ts';
import { runFlags, tellRun } from './run.ts';

/** `bench recall`: the items of a recall task at each context, and a row. */
export async function recallCommand(
  config: string,
  flags: Record<string, unknown>,
  context: CommandContext,
): Promise<void> {
  const { world } = context;
  const asked = { ...runFlags(flags), members: recallMembers(flags, world) };
  const result = await withProgress(world, (progress) => runRecall(config, asked, progress, world));
  tellRun(result, flags, context);
}

/** The flags that stand over members of `recall:`. */
export function recallMembers(flags: Record<string, unknown>, world: World): RecallOverrides {
  const folder = (value: unknown): unknown =>
    value === undefined ? undefined : resolve(world.cwd, String(value));
  const given = {
    task: flags.task,
    contexts: flags.contexts,
    n: flags.items,
    seed: flags.seed,
    babilong: folder(flags.babilong),
    haystack: folder(flags.haystack),
    scorer: flags.scorer,
    thinking: flags.thinking,
    max_tokens: flags.maxTokens,
  };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as RecallOverrides;
}
