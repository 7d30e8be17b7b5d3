import { type Command, InvalidArgumentError, Option } from 'commander';
import { lazily, positiveInteger } from './options.ts';
import type { CommandContext } from './program.ts';

/** The commands that ask what a model remembers. */
export function addRecall(program: Command, context: CommandContext): void {
  addItems(program, context);
  addSweep(program, context);
  addCliff(program, context);
}

function addItems(program: Command, context: CommandContext): void {
  const command = program
    .command('recall')
    .description('Ask a model to recall facts hidden in long contexts (BABILong), and write a row.')
    .argument('<config>', 'the experiment, a YAML file');
  rowOptions(
    recallOptions(command)
      .option(
        '--launches <n>',
        'start the engine so many times; the first answers are scored',
        positiveInteger,
      )
      .option('--json', 'print the row and the recall as JSON on stdout'),
  )
    .addHelpText(
      'after',
      `
Each item hides a few facts in a long text and asks for one of them. Printed for each context: accuracy with Wilson's
95 % interval, answers without any label, prompts that the engine cut (neither right nor wrong), its own count of
prompt tokens, time an item. Every item is in the bundle's recall.jsonl and, in short, in the record. The items are the
same for the same task, context and seed on every machine. \`recall:\` in the file says the same as the flags.

Examples:
  bench recall configs/llamacpp-smollm2.yaml --contexts 0k,1k,2k
  bench recall configs/mine.yaml --task qa1 --contexts 4k,8k,16k,32k -n 50
  bench recall configs/mine.yaml --contexts 4k --babilong data/babilong    the hub's own files
  bench recall configs/mine.yaml --contexts 4k --json | jq .recall.cells`,
    )
    .action(lazily(context, async () => (await import('./recall.ts')).recallCommand));
}

function addCliff(program: Command, context: CommandContext): void {
  rowOptions(
    program
      .command('cliff')
      .description('Find the longest context that works, and how what lies beyond it fails; writes a row.')
      .argument('<config>', 'the experiment, a YAML file')
      .option('--max <length>', 'the longest that is tried, in GPT-2 tokens; default: 128k')
      .option('--resolution <length>', 'how near to the first failure the answer lies; default: 1k')
      .option('--smoke <length>', 'check this length alone')
      .addOption(
        new Option(
          '--by <what>',
          'requests: one engine, as it is started; launches: one for each length, its context flag set to it',
        )
          .choices(['requests', 'launches'])
          .default('requests'),
      )
      .option('--task <name>', 'what the probes ask: qa1 to qa5; right or wrong decides nothing')
      .option('--seed <n>', 'of the probes', wholeNumber)
      .option('--haystack <folder>', 'make probes from these .txt books instead of Moby-Dick')
      .addOption(
        new Option('--thinking <level>', 'low: for models that cannot stop thinking').choices(['off', 'low']),
      )
      .option('--json', 'print the row and the ladder as JSON on stdout'),
  )
    .addHelpText(
      'after',
      `
A length works when it is answered and the engine read the whole prompt. Lengths double from 1k until one fails; then
the gap is halved. Failures: too-long (refused), cut (answered to a part of the prompt, and nobody was told), oom, died,
timeout (\`request_timeout:\` of the file), error. An engine that a probe ends is started again; what may have failed by
chance is tried once more. The row has the answer among its findings, \`cliff:32k:oom\`, the record every probe.

Examples:
  bench cliff configs/mine.yaml                        up to 128k
  bench cliff configs/mine.yaml --max 1M --resolution 16k
  bench cliff configs/vllm.yaml --by launches          the longest --max-model-len that boots and answers
  bench cliff configs/mine.yaml --smoke 50k            one check
  bench cliff configs/mine.yaml --json | jq .cliff.largest`,
    )
    .action(lazily(context, async () => (await import('./cliff.ts')).cliffCommand));
}

function addSweep(program: Command, context: CommandContext): void {
  const command = program
    .command('sweep')
    .description('Recall and times of several configurations side by side, at several contexts; a row each.')
    .argument('[configs...]', 'experiments, YAML files')
    .option('--engines <names>', 'instead: the files of these engines in configs/, such as vllm,sglang', list)
    .option('--model <name>', 'with --engines: only files that name such a model');
  recallOptions(command)
    .option(
      '--knob <flag=values>',
      "each config with each value: '--kv-cache-dtype=auto,fp8', 'env.NAME=0,1'",
    )
    .option('--launches <n>', 'launches a cell; times are judged from 2 on', positiveInteger)
    .addOption(
      new Option('--order <how>', 'of the cells: shuffled, so that no arm always comes first')
        .choices(['random', 'listed'])
        .default('random'),
    )
    .option('--resume', 'go on with the newest sweep of these files that was not finished')
    .addOption(new Option('--json', 'print what came of it as JSON on stdout').conflicts('markdown'))
    .option('--markdown', 'print the tables as Markdown')
    .option('--html <file>', 'write the heat maps there, too')
    .option('--commit', 'commit the rows even under CI or when bench.commit is false')
    .option('--no-commit', 'write the rows, commit nothing')
    .option('--allow-dirty', 'measure in spite of uncommitted changes; the rows are marked')
    .option('--wait', 'wait when another measurement holds the machine')
    .addHelpText(
      'after',
      `
One cell is one configuration at one context: a launch and a row of its own, whatever it comes to. All are asked the same
items. At the end: what differs by more than chance (recall: exact McNemar on the same items, Holm over all; times:
from launch to launch), and an alarm where the ledger has two of them the other way round. Tables and heat maps are in
.bench_runs/sweeps/<id>/. --knob writes a child file for each value, so that its rows name a YAML.

Examples:
  bench sweep configs/a.yaml configs/b.yaml --contexts 4k,8k,16k
  bench sweep --engines vllm,sglang,trtllm --contexts 4k,8k,16k -n 100
  bench sweep configs/a.yaml --contexts 4k,16k --knob '--kv-cache-dtype=auto,fp8' --launches 3
  bench sweep configs/a.yaml configs/b.yaml --contexts 4k,8k,16k --resume`,
    )
    .action(lazily(context, async () => (await import('./sweep.ts')).sweepCommand));
}

/** What becomes of the row of a command that asks what a model remembers. */
function rowOptions(command: Command): Command {
  return command
    .option('--commit', 'commit the row even under CI or when bench.commit is false')
    .option('--no-commit', 'write the row, commit nothing')
    .option('--allow-dirty', 'measure in spite of uncommitted changes; the row is marked')
    .option('--keep-outputs', "keep the answers' texts in the bundle, thoughts too")
    .option('--wait', 'wait when another measurement holds the machine');
}

/** What items there are and how they are asked: members of `recall:`. */
export function recallOptions(command: Command): Command {
  return command
    .option('--task <name>', 'qa1 (one fact), qa2 and qa3 (chains), qa4 and qa5 (relations)')
    .option('--contexts <lengths>', 'in GPT-2 tokens, such as 0k,4k,16k', list)
    .option('-n, --items <n>', 'items a context', positiveInteger)
    .option('--seed <n>', 'of the items that are made here', wholeNumber)
    .option('--babilong <folder>', 'read items from BABILong files (JSON or parquet) instead of making them')
    .option('--haystack <folder>', 'make items from these .txt books instead of Moby-Dick')
    .addOption(
      new Option('--scorer <rule>', "strict: BABILong's; lax: OpenCompass's; substring: lm-eval's").choices([
        'strict',
        'lax',
        'substring',
      ]),
    )
    .addOption(
      new Option('--thinking <level>', 'low: for models that cannot stop thinking; not official').choices([
        'off',
        'low',
      ]),
    )
    .option('--max-tokens <n>', 'output limit; default: 20, with thinking 2048', positiveInteger);
}

function list(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0 up.');
  return Number(text);
}
