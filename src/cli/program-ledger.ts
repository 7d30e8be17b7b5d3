import { Argument, type Command, Option } from 'commander';
import { metricNames } from '../stats/metric.ts';
import { lazily, positiveInteger } from './options.ts';
import type { CommandContext } from './program.ts';

/** `bench ledger ...`, `bench show` and `bench mark`: the commands that read and mend the ledger. */
export function addLedger(program: Command, context: CommandContext): void {
  const ledger = program.command('ledger').description('Read, check and mend the ledger, bench_results.tsv.');
  addList(ledger, context);
  ledger
    .command('fix')
    .description(
      'Enter runs that were killed without a word, drop doubles and renumber after a merge, link rows to rewritten commits.',
    )
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      `
A row whose commit a rebase, squash, amend or cherry-pick has replaced is linked
to the oldest commit that holds the same YAML. What was measured is never
changed. What only a person can decide is said and left alone.

Examples:
  bench ledger fix`,
    )
    .action(lazily(context, async () => (await import('./ledger.ts')).fixCommand));
  ledger
    .command('verify')
    .description(
      'Check every row: its record, its numbers, its exp_id, the rows it names, where its YAML is.',
    )
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      `
It changes nothing. A row whose commit is gone is no problem as long as its YAML
is found: in another commit, or in its record. Exits 5 when there is a problem.

Examples:
  bench ledger verify
  bench ledger verify --json | jq .problems`,
    )
    .action(lazily(context, async () => (await import('./ledger.ts')).verifyCommand));
  addBoard(ledger, context);
  addExport(ledger, context);
  addShow(program, context);
  addShow(ledger, context);
  addMark(program, context);
}

function addList(ledger: Command, context: CommandContext): void {
  const form = (flags: string, what: string, ...others: string[]): Option =>
    new Option(flags, what).conflicts(others);
  ledger
    .command('list')
    .description('The rows, newest last; those that a later row corrects say so.')
    .addOption(
      new Option('--status <status>', 'only rows of this status').choices([
        'keep',
        'discard',
        'crash',
        'none',
      ]),
    )
    .option('--reason <prefix>', 'only rows whose reason begins so: guard, invalid:load')
    .option('--engine <name>', 'only rows of this engine')
    .option('--model <id>', 'only rows of this model, with or without its @hash')
    .option('--metric <name>', 'only rows judged by this metric')
    .option('--config <file>', 'only rows of this experiment: its path or its name')
    .option('--workload <hash>', 'only rows of this workload, or of those that begin so')
    .option('--since <date>', 'only rows that started then or later (UTC): 2026-11-22, 2026-11-22T07:15')
    .option('--current', 'without rows that a later one corrects')
    .option('--last <n>', 'only the newest so many of them', positiveInteger)
    .option('--sort <column>', 'by a column of the ledger; -column: largest first; empty cells last')
    .option('--columns <names>', 'these columns of the ledger, separated by commas')
    .addOption(form('--json', 'as JSON on stdout', 'csv', 'markdown'))
    .addOption(form('--csv', 'as CSV on stdout: every column, cells uncut', 'json', 'markdown'))
    .addOption(form('--markdown', 'as a table of Markdown on stdout', 'json', 'csv'))
    .addHelpText(
      'after',
      `
The table is as wide as the terminal: long texts are cut, then columns left out.
"now iter-9" marks a row that iter-9 stands for, "for iter-3" one that stands
for iter-3. --last is taken before --sort.

Examples:
  bench ledger list --last 10
  bench ledger list --status crash --json
  bench ledger list --current --metric decode_tok_s --sort -value
  bench ledger list --columns iter,status,value,ci_lo_pct,ci_hi_pct,commit
  bench ledger list --since 2026-11-01 --csv > november.csv`,
    )
    .action(lazily(context, async () => (await import('./ledger-list.ts')).listCommand));
}

/** `bench show`, and under the ledger's other commands, where people look for it. */
function addShow(parent: Command, context: CommandContext): void {
  parent
    .command('show')
    .description('One row with its summary, read from the ledger and its record.')
    .argument('<iter>', 'iter-N, or a run id or the beginning of one')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  bench show iter-4\n  bench show 20261122T0715 --json')
    .action(lazily(context, async () => (await import('./show.ts')).showCommand));
}

function addMark(program: Command, context: CommandContext): void {
  program
    .command('mark')
    .description('Keep or discard a row by your own decision: a new row with its numbers takes its place.')
    .argument('<iter>', 'iter-N, or a run id or the beginning of one')
    .addArgument(new Argument('<status>', 'what it is to be').choices(['keep', 'discard']))
    .requiredOption('--reason <text>', 'why, for whoever reads the ledger later')
    .option('--commit', 'commit the row even under CI or when bench.commit is false')
    .option('--no-commit', 'write the row, commit nothing')
    .option('--json', 'print the row as JSON on stdout')
    .addHelpText(
      'after',
      `
Nothing is changed or measured: the old row stays, and the new one says
\`supersedes\`. Of a row that was marked before the newest mark is replaced. A
crash has no numbers and cannot be marked.

Examples:
  bench mark iter-12 discard --reason "the other job was still running"
  bench mark iter-9 keep --reason "accepted: 1 % for a smaller image"`,
    )
    .action(lazily(context, async () => (await import('./mark.ts')).markCommand));
}

const metric = (): Option =>
  new Option('--metric <name>', 'only rows judged by this metric').choices(metricNames);

function addBoard(ledger: Command, context: CommandContext): void {
  ledger
    .command('board')
    .description('The best row of each engine by platform, and the tensor-parallel sizes it was run at.')
    .addOption(metric())
    .addOption(new Option('--json', 'as JSON on stdout').conflicts('markdown'))
    .option('--markdown', 'as tables of Markdown on stdout')
    .addHelpText(
      'after',
      `
A platform is one hardware, model, workload and metric: nothing is compared
across them. Kept rows stand here; where an engine has none, the best of those
that were not judged, in brackets among the sizes. Superseded rows are left out.

Examples:
  bench ledger board
  bench ledger board --metric ttft_ms --markdown`,
    )
    .action(lazily(context, async () => (await import('./ledger.ts')).boardCommand));
}

function addExport(ledger: Command, context: CommandContext): void {
  ledger
    .command('export')
    .description("The ledger in another program's format, on stdout.")
    .addOption(
      new Option('--format <format>', 'for which program')
        .choices(['karpathy', 'benchstat', 'csv'])
        .makeOptionMandatory(),
    )
    .addOption(metric())
    .addHelpText(
      'after',
      `
karpathy   the results.tsv of autoresearch: commit, metric, memory_gb, status,
           description
benchstat  Go's benchmark format: a line for each launch, a block for each experiment
csv        every row with every column

Examples:
  bench ledger export --format karpathy --metric decode_tok_s > results.tsv
  bench ledger export --format benchstat > all.txt; benchstat -col config all.txt
  bench ledger export --format csv > ledger.csv`,
    )
    .action(lazily(context, async () => (await import('./ledger.ts')).exportCommand));
}
