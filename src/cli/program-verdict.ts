import type { Command } from 'commander';
import { lazily, positiveInteger } from './options.ts';
import type { CommandContext } from './program.ts';

/** The commands that measure noise and compare in pairs. */
export function addVerdict(program: Command, context: CommandContext): void {
  addCalibrate(program, context);
}

function addCalibrate(program: Command, context: CommandContext): void {
  program
    .command('calibrate')
    .description('Measure the noise: an experiment in pairs with itself. Later verdicts need fewer pairs.')
    .argument('<config>', 'the experiment, a YAML file')
    .option('--quads <n>', 'quadruples of launches, A B B A', positiveInteger, 4)
    .option('--budget <duration>', 'no pair is begun that would end later, such as 10m (judge.budget)')
    .option('--rounds <n>', 'passes over the query set in a launch', positiveInteger)
    .option('--limit <n>', 'only the first so many queries', positiveInteger)
    .option('--metric <name>', 'whose floor is told first (judge.metric)')
    .option('--resume', 'go on with the pairs of a calibration that was cut off')
    .option('--commit', 'commit the files even under CI or when bench.commit is false')
    .option('--no-commit', 'write the files, commit nothing')
    .option('--allow-dirty', 'measure in spite of uncommitted changes')
    .option('--wait', 'wait when another measurement holds the machine')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      `
Writes results/calibration/<fingerprint>-<engine>-<model>-<metric>.json for each metric. It counts for runs on the same
machine with the same engine, model, workload and rounds, for 7 days, until later pairs spread more than it allows.

Examples:
  bench calibrate configs/llamacpp-smollm2.yaml
  bench calibrate configs/mine.yaml --quads 8 --budget 1h`,
    )
    .action(lazily(context, async () => (await import('./calibrate.ts')).calibrateCommand));
}
