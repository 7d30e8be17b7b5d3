import { ExitCode } from '../errors.ts';
import { fixRootLedger } from '../ledger-story.ts';
import { verifyText } from '../report/verify-text.ts';
import { verifyLedger } from '../verify.ts';
import { reportOptions } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench ledger fix`: what was mended, in words or as JSON. */
export async function fixCommand(flags: Record<string, unknown>, { world }: CommandContext): Promise<void> {
  const { fix, commit } = await fixRootLedger(world);
  if (flags.json === true) {
    world.stdout.write(`${JSON.stringify({ ...fix, commit }, null, 2)}\n`);
    return;
  }
  const lines = [
    ...fix.entered.map((row) => `entered iter-${row.iter} (${row.run_id}): ${row.reason}`),
    ...fix.renumbered.map(({ runId, from, to }) => `renumbered iter-${from} to iter-${to} (${runId})`),
    ...fix.relinked.map(
      ({ iter, from, to, path }) =>
        `linked iter-${iter} to ${to.slice(0, 12)}, which has ${path} as ${from.slice(0, 12)} had it`,
    ),
    ...fix.doubles.map((runId) => `dropped a double of ${runId}`),
    ...fix.problems.map((problem) => `left alone: ${problem}`),
    fix.changed ? `ledger: ${commit}` : 'Nothing to mend.',
  ];
  world.stdout.write(`${lines.join('\n')}\n`);
}

/** `bench ledger verify`: every row checked; exit 5 when one has a problem. */
export async function verifyCommand(
  flags: Record<string, unknown>,
  { world, exit }: CommandContext,
): Promise<void> {
  const check = await verifyLedger(world);
  world.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ schemaVersion: 1, ...check }, null, 2)}\n`
      : verifyText(check, reportOptions(world.stdout, world.env)),
  );
  if (check.problems.length > 0) exit(ExitCode.host);
}
