import { Command, CommanderError, Option } from 'commander';
import { findCheckout } from '../checkout.ts';
import { ExitCode } from '../errors.ts';
import type { World } from '../world.ts';
import { budget, lazily, positiveInteger } from './options.ts';
import { addDiff } from './program-diff.ts';
import { addLedger } from './program-ledger.ts';
import { addRecall } from './program-recall.ts';
import { addVerdict } from './program-verdict.ts';

/** What a command's handler needs beside its own flags. */
export interface CommandContext {
  readonly world: World;
  exit(code: number): void;
}

/**
 * Every command with its flags and examples; the handlers are imported only when their command runs, so that
 * `--help` costs little.
 */
export function buildProgram(world: World, exit: (code: number) => void): Command {
  const context: CommandContext = { world, exit };
  const program = new Command('bench')
    .description(
      'One YAML is one experiment: start an inference engine cleanly, measure it honestly, keep what made the number.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      outputError: (text, write) => write(usageMessage(text)),
    })
    .showHelpAfterError('(add --help for the flags and examples)')
    .helpCommand(false)
    .option('-V, --version', 'print the version')
    .addHelpText(
      'after',
      `
Examples:
  bench try -- llama-server -m model.gguf   measure a server now; no file, no ledger
  bench init                                lay down a config for the engine found here
  bench run configs/mine.yaml               measure it and write a row
  bench ledger list                         what was measured so far

Exit codes: 0 done, 2 usage or config, 4 the engine crashed, 5 invalid or host failure, 130 Ctrl-C.`,
    );
  // Not commander's own `version()`: it wants the text, and so a file read, at every start.
  program.on('option:version', () => {
    world.stdout.write(`bench ${findCheckout().version}\n`);
    throw new CommanderError(ExitCode.done, 'commander.version', '');
  });
  addRun(program, context);
  addVerdict(program, context);
  addRecall(program, context);
  addTry(program, context);
  addProxy(program, context);
  addInit(program, context);
  addConfig(program, context);
  addLedger(program, context);
  addDiff(program, context);
  addMeta(program, context);
  addDoctor(program, context);
  return program;
}

/** The exit code of what commander throws: help and version are done, wrong flags are usage; null: not commander's. */
export function usageExit(error: unknown): ExitCode | null {
  if (!(error instanceof CommanderError)) return null;
  return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
}

/** What commander says of wrong flags, without the value of one it does not know: `--api-key=...` may be a secret. */
export function usageMessage(text: string): string {
  return text.replace(/(unknown option '-[^'=]*)=[^\n]*'/, "$1=...'");
}

function addRun(program: Command, context: CommandContext): void {
  program
    .command('run')
    .description('Start the engine of an experiment, measure it, and write a row to the ledger.')
    .argument('<config>', 'the experiment, a YAML file')
    .addOption(
      new Option(
        '--print <metric>',
        'print one number on stdout and nothing else (decode_tok_s, ttft_ms, e2e_ms ...)',
      ).conflicts('json'),
    )
    .option('--json', 'print the row and the summary as JSON on stdout')
    .option('--launches <n>', 'without a parent: start and measure the engine so many times', positiveInteger)
    .option('--rounds <n>', 'passes over the query set in a launch', positiveInteger)
    .option('--limit <n>', 'only the first so many queries', positiveInteger)
    .option('--commit', 'commit the row even under CI or when bench.commit is false')
    .option('--no-commit', 'write the row, commit nothing')
    .option('--allow-dirty', 'measure in spite of uncommitted changes; the row is marked and never kept')
    .option('--keep-outputs', "keep the answers' texts in the bundle")
    .option('--wait', 'wait when another measurement holds the machine')
    .option('--against <file>', 'measure in pairs against this experiment instead of the parent')
    .option('--pairs <max>', 'at most so many pairs of launches (judge.pairs)', positiveInteger)
    .addOption(budget())
    .option('--metric <name>', 'what is judged (judge.metric)')
    .option('--delta <percent>', 'smallest effect worth a keep, such as 2% (judge.min_effect)')
    .option('--multi', 'more than one knob may differ from the parent; the row says so')
    .option('--resume', 'go on with the pairs of a run that was cut off')
    .option('--provisional', 'one launch against the stored baseline: cheaper, and never a keep')
    .addHelpText(
      'after',
      `
A file with a \`parent\` is judged in fresh pairs of launches, parent and child, A B B A, until the verdict is known;
one without is launched once and becomes a baseline.

Examples:
  bench run configs/llamacpp-smollm2.yaml
  bench run configs/child.yaml                         in pairs with its parent
  bench run configs/child.yaml --pairs 6 --budget 10m
  bench run configs/b.yaml --against configs/a.yaml --multi
  bench run configs/mine.yaml --print decode_tok_s     one number, for scripts
  bench run configs/mine.yaml --limit 5 --no-commit    a quick look
  bench run configs/mine.yaml --json | jq .summary`,
    )
    .action(lazily(context, async () => (await import('./run.ts')).runCommand));
}

function addTry(program: Command, context: CommandContext): void {
  program
    .command('try')
    .description('Measure a running server, or one that bench starts, at once: no YAML, no git, no ledger.')
    .usage('<url> [options]\n       bench try [options] -- <command> [args...]')
    .argument(
      '<target...>',
      'the base URL of an OpenAI-compatible API, or -- and the command that starts one',
    )
    .option('--model <id>', "the model to ask; default: the server's only one")
    .option('--requests <n>', 'requests to measure', positiveInteger, 10)
    .option('--max-tokens <n>', 'tokens to ask for in each', positiveInteger, 64)
    .option('--port-flag <flag>', 'how the command is told its port', '--port')
    .option('--host-flag <flag>', 'how the command is told its address', '--host')
    .option(
      '--env <names...>',
      'variables of this shell to pass on, beside those that engines are known to read',
    )
    .option('--save <file>', 'write the YAML that would make this an experiment')
    .option('--json', 'print the summary as JSON on stdout')
    .option('--wait', 'wait when another measurement holds the machine')
    .addHelpText(
      'after',
      `
The command gets the variables that engines are known to read, as the shown experiment lists them. The value
of --api-key and the like, or of a variable such as HF_TOKEN, is neither shown nor saved: its variable stands there.

Examples:
  bench try http://127.0.0.1:8090/v1
  bench try -- llama-server -m model.gguf -ngl 99
  bench try --save configs/mine.yaml -- llama-server -m model.gguf`,
    )
    .action(lazily(context, async () => (await import('./try.ts')).tryCommand));
}

function addProxy(program: Command, context: CommandContext): void {
  program
    .command('proxy')
    .description(
      'Start the engine of an experiment behind a reverse proxy that any client can measure through.',
    )
    .argument('<config>', 'the experiment, a YAML file')
    .option('--listen <address:port>', 'where clients reach it; port 0 takes any free one', '127.0.0.1:8100')
    .option(
      '--idle-stop <duration>',
      'stop the engine after so long without an open request (60m); the next wakes it',
    )
    .option('--token-file <file>', 'holds the Bearer token that clients must bring; needed beyond loopback')
    .option('--max-body <size>', 'largest request body', '64m')
    .option('--allow-dirty', 'serve in spite of uncommitted changes')
    .option('--wait', 'wait when a measurement holds the machine')
    .addHelpText(
      'after',
      `
Its URL is printed on stdout once it listens. /v1/* is the engine, 503 until it is ready; /meta is what makes the
numbers: 503 with progress, then the frozen snapshot (ETag: its sha256); /healthz and /metrics tell of the proxy. Every
answer carries x-bench-launch. It holds the machine as a run does, writes no row, and ends with Ctrl-C.

Examples:
  bench proxy configs/llamacpp-smollm2.yaml
  bench proxy configs/mine.yaml --listen 127.0.0.1:8100 --idle-stop 60m
  bench proxy configs/mine.yaml --listen 0.0.0.0:8100 --token-file ~/.bench-token`,
    )
    .action(async (config: string, flags: Record<string, unknown>) => {
      const { proxyCommand } = await import('./proxy.ts');
      await proxyCommand(config, flags, context);
    });
}

function addInit(program: Command, context: CommandContext): void {
  program
    .command('init')
    .description(
      'Lay down a commented config for the engine found here, queries.csv, .gitignore and .gitattributes.',
    )
    .option('--engine <name>', 'the engine to write for, instead of the one found')
    .option('--model <path>', 'the model file, instead of the one found')
    .option('--json', 'print what was written as JSON on stdout')
    .addHelpText(
      'after',
      '\nNothing that exists is overwritten.\n\nExamples:\n  bench init\n  bench init --engine llamacpp --model ~/models/qwen.gguf',
    )
    .action(lazily(context, async () => (await import('./init.ts')).initCommand));
}

function addConfig(program: Command, context: CommandContext): void {
  const config = program.command('config').description('Look at and check experiment files.');
  config
    .command('show')
    .description('The experiment as bench understands it: resolved, redacted, with the origin of each value.')
    .argument('<config>', 'the experiment')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  bench config show configs/mine.yaml\n  bench config show configs/mine.yaml --json | jq .env',
    )
    .action(lazily(context, async () => (await import('./config.ts')).showConfigCommand));
  config
    .command('lint')
    .description(
      'Check experiment files; every mistake is a line with file:line:column. Exits 2 when there is one.',
    )
    .argument('<config...>', 'the experiments')
    .option('--json', 'as JSON on stdout')
    .addHelpText('after', '\nExamples:\n  bench config lint configs/*.yaml')
    .action(lazily(context, async () => (await import('./config.ts')).lintConfigCommand));
  config
    .command('pin')
    .description("Write into an experiment file the digest that its image's tag stands for now.")
    .argument('<config>', 'the experiment; nothing but the value of its `image:` changes')
    .option('--local', 'ask the local store of podman or docker instead of the registry')
    .option('--dry-run', 'print the line, write nothing')
    .option('--json', 'print what was found as JSON on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  bench config pin configs/vllm-container.yaml\n  bench config pin configs/mine.yaml --dry-run',
    )
    .action(async (path: string, flags: Record<string, unknown>) => {
      const { pinCommand } = await import('./pin.ts');
      await pinCommand(path, flags, context);
    });
  config
    .command('schema')
    .description('The JSON Schema of an experiment file, for editors.')
    .addHelpText('after', '\nExamples:\n  bench config schema > .vscode/bench.schema.json')
    .action(async () => {
      const { schemaCommand } = await import('./config.ts');
      schemaCommand(context);
    });
}

function addMeta(program: Command, context: CommandContext): void {
  const meta = program
    .command('meta')
    .description('What made a number: the snapshot of a run, a file or a `bench proxy`.')
    .usage('[what] [options]\n       bench meta diff <a> <b> [options]')
    .argument('[what]', 'iter-N, a run id, a path, or a URL; default: the newest of the ledger')
    .option('--launch <n>', 'of a run with several launches, this one; default: the last', positiveInteger)
    .option('--token-file <file>', 'holds the Bearer token that the proxy asks for')
    .option('--json', 'the document, byte for byte')
    .addHelpText(
      'after',
      `
A path is that of a snapshot.json, a bundle or a record. In a clone without bundles the record's part is shown. A proxy
whose snapshot is not frozen yet says how far it is, and bench exits 5.

Examples:
  bench meta                                     of the newest row
  bench meta iter-4 --launch 2
  bench meta http://127.0.0.1:8100
  bench meta iter-4 --json | jq .host.cpu
  bench meta iter-4 --json | sha256sum           the snapshot's own hash
  bench meta diff iter-3 iter-4                  what changed between two runs`,
    )
    .action(async (name: string | undefined, flags: Record<string, unknown>) => {
      const { metaCommand } = await import('./meta.ts');
      await metaCommand(name, flags, context);
    });
  meta
    .command('diff')
    .description('What differs between two snapshots, in words, the likeliest to move a number first.')
    .usage('<a> <b> [options]')
    .argument('<a>', 'iter-N, iter-N:LAUNCH, a run id, a path, or a URL')
    .argument('<b>', 'the same')
    .option('--all', 'also what differs between any two starts: pids, times, ports, temperatures')
    .option('--token-file <file>', 'holds the Bearer token that the proxy asks for')
    .option('--exit-code', 'exit 1 when something differs, as git diff does')
    .option('--json', 'the differences as JSON on stdout')
    .addHelpText(
      'after',
      `
Drivers and libraries come first, kernels and governors later, fields without evidence last. Processes are compared by
the part they play, never by pid; of secrets it is only said that they changed.

Examples:
  bench meta diff iter-3 iter-4
  bench meta diff iter-4:1 iter-4:2              two launches of one run
  bench meta diff iter-4 http://127.0.0.1:8100   a row and what runs now
  bench meta diff a/snapshot.json b/snapshot.json --exit-code`,
    )
    .action(async (a: string, b: string, _flags: object, command: Command) => {
      const { metaDiffCommand } = await import('./meta.ts');
      // The parser gives flags that `bench meta` has too to `bench meta`.
      await metaDiffCommand(a, b, command.optsWithGlobals(), context);
    });
}

function addDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('What this machine has and lacks for honest numbers, and the commands that mend it.')
    .option('--all', 'say of what is good, too, what it means')
    .option('--json', 'as JSON on stdout')
    .addHelpText(
      'after',
      `
It looks and changes nothing. Exits 0; 5 when something makes measuring impossible here (severity bad).

Examples:
  bench doctor
  bench doctor --json | jq -r '.checks[] | select(.severity == "warn") | .command'`,
    )
    .action(async (flags: Record<string, unknown>) => {
      const { doctorCommand } = await import('./doctor.ts');
      await doctorCommand(flags, context);
    });
}
