import { type Command, InvalidArgumentError, Option } from 'commander';
import { lazily, positiveInteger } from './options.ts';
import type { CommandContext } from './program.ts';

/** The commands that ask what a model remembers. */
export function addRecall(program: Command, context: CommandContext): void {
  const command = program
    .command('recall')
    .description('Ask a model to recall facts hidden in long contexts (BABILong), and write a row.')
    .argument('<config>', 'the experiment, a YAML file');
  recallOptions(command)
    .option('--json', 'print the row and the recall as JSON on stdout')
    .option('--commit', 'commit the row even under CI or when bench.commit is false')
    .option('--no-commit', 'write the row, commit nothing')
    .option('--allow-dirty', 'measure in spite of uncommitted changes; the row is marked')
    .option('--keep-outputs', "keep the answers' texts in the bundle, thoughts too")
    .option('--wait', 'wait when another measurement holds the machine')
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
