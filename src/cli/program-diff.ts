import { type Command, Option } from 'commander';
import type { CommandContext } from './program.ts';

/** Adds `bench diff` with its flags and examples. */
export function addDiff(program: Command, context: CommandContext): void {
  program
    .command('diff')
    .description('Two runs side by side: may they be compared, what differs, and what that was worth.')
    .usage('<a> <b> [options]')
    .argument('<a>', 'iter-N, a run id, a record, a folder of records, an experiment file, REV:path of one')
    .argument('<b>', 'the same; also `latest`, `best`, `baseline`')
    .option('--metric <name>', 'tell of the queries by this metric; default: the judged one')
    .option('--all', 'every query, step and difference')
    .addOption(new Option('--markdown', 'for a comment of a pull request').conflicts('json'))
    .option('--json', 'all of it as JSON on stdout')
    .addHelpText(
      'after',
      `
Where one was judged in pairs against the other, the numbers are those of the
pairs. Otherwise they are stored numbers of two runs, marked UNPAIRED, without
a verdict. Exits 0 when it could show them, whatever they are.

Examples:
  bench diff iter-4 iter-47
  bench diff baseline latest --markdown
  bench diff HEAD~3:configs/x.yaml configs/x.yaml
  bench diff results-old/ results-new/           by config and workload
  bench diff iter-4 iter-47 --json | jq '.comparisons[0].metrics'`,
    )
    .action(async (a: string, b: string, flags: Record<string, unknown>) => {
      const { diffCommand } = await import('./diff.ts');
      await diffCommand(a, b, flags, context);
    });
}
