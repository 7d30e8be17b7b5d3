import { showRun } from '../ledger-story.ts';
import { showJson } from '../report/json.ts';
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
    const superseded_by = shown.correction?.run_id ?? null;
    world.stdout.write(showJson({ ...shown, commit: shown.row.commit, superseded_by }));
    return;
  }
  const places = {
    record: shown.record ?? 'none: rows that a person marked or that were mended have none',
    bundle: shown.bundle ?? 'not on this machine',
  };
  world.stdout.write(rowText({ ...shown, ...places }, reportOptions(world.stdout, world.env)));
}
