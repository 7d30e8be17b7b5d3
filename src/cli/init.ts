import { initialise } from '../init.ts';
import { rootOf } from '../ledger-story.ts';
import type { CommandContext } from './program.ts';

/** `bench init`: what was written, and the command to run next. */
export async function initCommand(flags: Record<string, unknown>, { world }: CommandContext): Promise<void> {
  const root = await rootOf(world);
  const report = await initialise(
    root,
    { engine: flags.engine as string | undefined, model: flags.model as string | undefined },
    world,
  );
  if (flags.json === true) {
    world.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const found =
    report.found.kind === 'own'
      ? `Found ${report.found.binary} and ${report.found.model}.`
      : 'No llama-server with a model was found: the starter brings its own (270 MB, installed on the first run).';
  const lines = [
    found,
    ...report.written.map((path) => `  wrote ${path}`),
    ...report.kept.map((path) => `  kept  ${path}`),
    `Next: bench run ${report.config}`,
  ];
  world.stdout.write(`${lines.join('\n')}\n`);
}
