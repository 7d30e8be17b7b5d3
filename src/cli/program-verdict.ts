import { type Command, Option } from 'commander';
import { budget, lazily, positiveInteger } from './options.ts';
import type { CommandContext } from './program.ts';

/** The commands that measure noise and compare in pairs. */
export function addVerdict(program: Command, context: CommandContext): void {
  addCalibrate(program, context);
  addCheck(program, context);
  addRepeat(program, context);
}

function addCalibrate(program: Command, context: CommandContext): void {
  program
    .command('calibrate')
    .description('Measure the noise: an experiment in pairs with itself. Later verdicts need fewer pairs.')
    .argument('<config>', 'the experiment, a YAML file')
    .option('--quads <n>', 'quadruples of launches, A B B A', positiveInteger, 4)
    .addOption(budget())
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

function addCheck(program: Command, context: CommandContext): void {
  program
    .command('check')
    .description('A gate for CI: did an experiment become worse? Both arms are launched anew, in pairs.')
    .argument('[config]', 'the experiment to check; not needed for --history')
    .option(
      '--baseline <name>',
      'iter-N, a run id, a record or a file; default: the parent, else its newest kept row',
    )
    .option('--pairs <max>', 'at most so many pairs of launches (judge.pairs)', positiveInteger)
    .addOption(budget())
    .option('--metric <name>', 'what is judged (judge.metric)')
    .option(
      '--delta <percent>',
      'a regression below it passes (judge.min_effect); never below what the gate sees',
    )
    .option('--rounds <n>', 'passes over the query set in a launch', positiveInteger)
    .option('--limit <n>', 'only the first so many queries', positiveInteger)
    .option('--resume', 'go on with the pairs of a check that was cut off')
    .addOption(
      new Option('--bisect', 'exit codes for `git bisect run`; leaves no file in the work tree').conflicts([
        'selfTest',
        'history',
        'commit',
      ]),
    )
    .addOption(
      new Option(
        '--self-test',
        'against itself it must pass, slower by twice what it sees it must fail',
      ).conflicts(['history', 'baseline', 'commit']),
    )
    .option('--history', 'the checks so far, the baseline among them')
    .option('--commit', 'commit results/check/<run id>.json; never done without')
    .option('--allow-dirty', 'measure in spite of uncommitted changes')
    .option('--wait', 'wait when another measurement holds the machine')
    .addOption(new Option('--markdown', 'as for the comment of a pull request').conflicts('json'))
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      `
Exit codes: 0 not worse, 1 worse or a guard failed, 2 usage or config, 3 the two cannot be compared or what made the
baseline is gone, 4 the engine crashed, 5 invalid or host failure, 125 not enough evidence. With --bisect: 0 good, 1 bad,
125 skip, 128 stop. Under GitHub Actions it writes the step summary and an annotation.

Examples:
  bench check configs/nightly.yaml --baseline iter-12
  bench check configs/nightly.yaml --self-test
  bench check --history
  git bisect run bench check configs/nightly.yaml --baseline /tmp/good.json --bisect`,
    )
    .action(lazily(context, async () => (await import('./check.ts')).checkCommand));
}

function addRepeat(program: Command, context: CommandContext): void {
  program
    .command('repeat')
    .description('Measure a row again today, as it was then, and say whether it comes out again.')
    .argument('<iter>', 'iter-N, or a run id or the beginning of one')
    .option(
      '--launches <n>',
      'of a row without pairs: so many launches; default: as many as then',
      positiveInteger,
    )
    .option('--pairs <max>', 'of a row with pairs: at most so many (judge.pairs)', positiveInteger)
    .addOption(budget())
    .option('--resume', 'go on with the pairs of a repeat that was cut off')
    .option('--commit', 'commit the row even under CI or when bench.commit is false')
    .option('--no-commit', 'write the row, commit nothing')
    .option('--allow-dirty', 'measure in spite of uncommitted changes; the row is marked and never kept')
    .option('--wait', 'wait when another measurement holds the machine')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      `
What was run is taken from the row's record; its venv, image or binary and the files it names must be what they were, and
the machine too. If not, the row is incomparable: bench says why, exits 2, and starts nothing.

Examples:
  bench repeat iter-4
  bench repeat iter-4 --launches 5`,
    )
    .action(lazily(context, async () => (await import('./repeat.ts')).repeatCommand));
}
