import { fixRootLedger, readRootLedger } from '../ledger-story.ts';
import { ledgerTable } from '../report/ledger-table.ts';
import { reportOptions } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench ledger list`: the rows as a table or as JSON. */
export async function listCommand(flags: Record<string, unknown>, { world }: CommandContext): Promise<void> {
  const { rows } = await readRootLedger(world);
  const wanted = flags.status === undefined ? null : String(flags.status);
  const matching = rows.filter((row) => wanted === null || (row.status ?? 'none') === wanted);
  const shown = typeof flags.last === 'number' ? matching.slice(-flags.last) : matching;
  world.stdout.write(
    flags.json === true
      ? `${JSON.stringify(shown, null, 2)}\n`
      : ledgerTable(shown, reportOptions(world.stdout, world.env)),
  );
}

/** `bench ledger fix`: what was mended, in words or as JSON. */
export async function fixCommand(flags: Record<string, unknown>, { world }: CommandContext): Promise<void> {
  const { fix, commit } = await fixRootLedger(world);
  if (flags.json === true) {
    world.stdout.write(`${JSON.stringify({ ...fix, commit }, null, 2)}\n`);
    return;
  }
  const lines = [
    ...fix.entered.map((row) => `entered iter-${row.iter} (${row.run_id}): ${row.reason}`),
    ...fix.renumbered.map((change) => `renumbered ${JSON.stringify(change)}`),
    ...fix.doubles.map((double) => `dropped a double of ${JSON.stringify(double)}`),
    ...fix.problems.map((problem) => `left alone: ${problem}`),
    fix.changed ? `ledger: ${commit}` : 'Nothing to mend.',
  ];
  world.stdout.write(`${lines.join('\n')}\n`);
}
