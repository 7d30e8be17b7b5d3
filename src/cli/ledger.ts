import { readBoard } from '../board.ts';
import { ExitCode } from '../errors.ts';
import { type ExportFormat, exportLedger } from '../export-ledger.ts';
import { fixRootLedger } from '../ledger-story.ts';
import { boardMarkdown, boardText } from '../report/board-text.ts';
import { verifyText } from '../report/verify-text.ts';
import { verifyLedger } from '../verify.ts';
import { reportOptions, writeAll } from './command.ts';
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

/** `bench ledger board`: the best row of each engine by platform. */
export async function boardCommand(flags: Record<string, unknown>, { world }: CommandContext): Promise<void> {
  const platforms = await readBoard(metricOf(flags), world);
  if (flags.json === true) {
    world.stdout.write(`${JSON.stringify({ schemaVersion: 1, platforms }, null, 2)}\n`);
    return;
  }
  world.stdout.write(
    flags.markdown === true
      ? boardMarkdown(platforms)
      : boardText(platforms, reportOptions(world.stdout, world.env)),
  );
}

/** `bench ledger export`: the ledger in the format of another program; what it cannot hold is said on stderr. */
export async function exportCommand(
  flags: Record<string, unknown>,
  { world }: CommandContext,
): Promise<void> {
  const { texts, notes } = await exportLedger(flags.format as ExportFormat, metricOf(flags), world);
  writeAll(world.stdout, texts);
  for (const note of notes) world.stderr.write(`bench: ${note}\n`);
}

function metricOf({ metric }: Record<string, unknown>): string | null {
  return metric === undefined ? null : String(metric);
}
