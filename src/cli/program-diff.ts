import { type Command, Option } from 'commander';
import { positiveInteger } from './options.ts';
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
    .option('--rerun', 'measure both in pairs now, as they were, and write the row')
    .option('--pairs <max>', 'with --rerun: at most so many pairs of launches', positiveInteger)
    .option('--budget <duration>', 'with --rerun: no pair is begun that would end later, such as 10m')
    .option('--commit', 'with --rerun: commit the row even under CI or when bench.commit is false')
    .option('--no-commit', 'with --rerun: write the row, commit nothing')
    .option('--allow-dirty', 'with --rerun: measure in spite of uncommitted changes')
    .option('--wait', 'with --rerun: wait when another measurement holds the machine')
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
  bench diff iter-4 iter-47 --rerun --budget 10m
  bench diff HEAD~3:configs/x.yaml configs/x.yaml
  bench diff results-old/ results-new/           by config and workload
  bench diff iter-4 iter-47 --json | jq '.comparisons[0].metrics'`,
    )
    .action(async (a: string, b: string, flags: Record<string, unknown>) => {
      const { diffCommand } = await import('./diff.ts');
      await diffCommand(a, b, flags, context);
    });
}
