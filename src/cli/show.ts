import { showRun } from '../ledger-story.ts';
import { runJson } from '../report/json.ts';
import { rowText } from '../report/row-text.ts';
import { reportOptions } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench show iter-N`: a row with its summary, from the ledger and its record. */
export async function showCommand(
  name: string,
  flags: Record<string, unknown>,
  { world }: CommandContext,
): Promise<void> {
  const shown = await showRun(name, world);
  if (flags.json === true) {
    world.stdout.write(runJson({ ...shown, commit: shown.row.commit }));
    return;
  }
  const places = {
    record: shown.record ?? 'none: rows that a person marked or that were mended have none',
    bundle: shown.bundle ?? 'not on this machine',
  };
  world.stdout.write(rowText({ ...shown, ...places }, reportOptions(world.stdout, world.env)));
}
