import { repeat } from '../repeat.ts';
import { repeatSentence } from '../report/repeat-text.ts';
import { withProgress } from './command.ts';
import type { CommandContext } from './program.ts';
import { pairFlags, tellRun } from './run.ts';

/** `bench repeat`: today's run as `bench run` shows it, under the sentence that says whether it came out again. */
export async function repeatCommand(
  name: string,
  flags: Record<string, unknown>,
  context: CommandContext,
): Promise<void> {
  const { world } = context;
  const result = await withProgress(world, (progress) => repeat(name, pairFlags(flags), progress, world));
  const { run, before, ...said } = result;
  const sentence = repeatSentence({ ...said, name: `iter-${before.iter}` });
  if (flags.json !== true) world.stdout.write(`${sentence}\n\n`);
  tellRun(run, { ...flags, repeated: { ...said, before, sentence } }, context);
}
