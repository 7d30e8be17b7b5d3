import { pin } from '../pin.ts';
import { withProgress } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench config pin`: the digest of an image's tag, written into the file; the line it wrote on stdout. */
export async function pinCommand(
  path: string,
  flags: Record<string, unknown>,
  { world }: CommandContext,
): Promise<void> {
  const asked = { local: flags.local === true, dryRun: flags.dryRun === true };
  const result = await withProgress(world, (progress) => pin(path, asked, progress, world));
  if (flags.json === true) {
    world.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const state = result.written ? '' : result.before === result.after ? '  (as it was)' : '  (not written)';
  world.stdout.write(`${result.path}:${result.line}: image: ${result.after}${state}\n`);
}
