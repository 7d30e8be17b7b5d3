import { markRow } from '../mark.ts';
import { markText } from '../report/mark-text.ts';
import { reportOptions } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench mark`: a row that says what a person decided about another one. */
export async function markCommand(
  name: string,
  status: string,
  flags: Record<string, unknown>,
  { world, exit }: CommandContext,
): Promise<void> {
  const { row, supersedes, commit, notes, refusal } = await markRow(
    {
      name,
      status: status === 'keep' ? 'keep' : 'discard',
      text: String(flags.reason),
      commit: flags.commit === undefined ? null : flags.commit === true,
    },
    world,
  );
  world.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ schemaVersion: 1, row, supersedes: supersedes.run_id, commit: commit.oid }, null, 2)}\n`
      : markText({ row, supersedes, commit: commit.text, notes }, reportOptions(world.stdout, world.env)),
  );
  if (refusal === null) return;
  world.stderr.write(`bench: the row is written but in no commit: ${refusal.message}\n${refusal.hint}\n`);
  exit(refusal.exitCode);
}
