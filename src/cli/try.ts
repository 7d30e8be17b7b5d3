import { BenchError, ExitCode } from '../errors.ts';
import { tryText } from '../report/try-text.ts';
import { validity } from '../stats/validity.ts';
import { tryTarget } from '../try.ts';
import type { TryTarget } from '../try-yaml.ts';
import { reportOptions, withProgress } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench try`: the numbers, what was seen, and the experiment that would measure it again. */
export async function tryCommand(
  words: readonly string[],
  flags: Record<string, unknown>,
  context: CommandContext,
): Promise<void> {
  const { world } = context;
  const saveTo = typeof flags.save === 'string' ? flags.save : null;
  const result = await withProgress(world, (progress) =>
    tryTarget(
      {
        target: targetOf(words),
        model: flags.model as string | undefined,
        maxTokens: flags.maxTokens as number,
        requests: flags.requests as number,
        extraEnv: (flags.env as string[] | undefined) ?? [],
        portFlag: String(flags.portFlag),
        hostFlag: String(flags.hostFlag),
        saveTo,
        wait: flags.wait === true,
      },
      progress,
      world,
    ),
  );
  const { target, engine, engineVersion, model, summary, yaml } = result;
  const shown = {
    target,
    engine: [engine, engineVersion].filter((part) => part !== null).join(' '),
    model,
    summary,
    yaml,
    savedTo: saveTo,
  };
  world.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ schemaVersion: 1, ...shown }, null, 2)}\n`
      : tryText(shown, reportOptions(world.stdout, world.env)),
  );
  if (validity(summary) !== null) context.exit(ExitCode.host);
}

/** `host:port`, or an address alone, with or without a path: a URL whose scheme was forgotten. */
const bareAddress = /^(?:[\w.-]+:\d{1,5}|localhost|\d+(?:\.\d+){3}|\[[\da-f:]+\](?::\d{1,5})?)(?:\/.*)?$/i;

function targetOf(words: readonly string[]): TryTarget {
  const [first = ''] = words;
  if (words.length === 1 && bareAddress.test(first)) {
    throw new BenchError(`"${first}" is no URL; did you mean http://${first.replace(/^[^/]+$/, '$&/v1')}?`, {
      exitCode: ExitCode.usage,
      hint: 'A server is named by its whole URL, with http:// or https://.',
    });
  }
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(first) && !/^https?:/.test(first)) {
    throw new BenchError('Only URLs that begin with http:// or https:// can be tried', {
      exitCode: ExitCode.usage,
      hint: 'bench try http://127.0.0.1:8090/v1, or bench try -- llama-server -m model.gguf',
    });
  }
  if (!/^https?:\/\//.test(first)) return { kind: 'command', words };
  if (words.length !== 1 || !URL.canParse(first)) {
    throw new BenchError('What begins with http:// or https:// must be one whole URL, alone', {
      exitCode: ExitCode.usage,
      hint: 'bench try http://127.0.0.1:8090/v1, or bench try -- llama-server -m model.gguf',
    });
  }
  const { username, password, search, hash } = new URL(first);
  if (`${username}${password}${search}${hash}` !== '') {
    throw new BenchError(
      'The URL holds a user name, a password or a query, and bench would send none of them',
      {
        exitCode: ExitCode.usage,
        hint: 'Put a key into an experiment: engine: openai, base_url: and api_key: { secret: $NAME }.',
      },
    );
  }
  return { kind: 'url', baseUrl: first };
}
