import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildProgram, usageExit, usageMessage } from './cli/program.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { World } from './world.ts';

/** argv -> command -> exit code. The only place that catches what commands throw and says it. */
export async function main(argv: readonly string[], world: World): Promise<number> {
  let exitCode: number = ExitCode.done;
  try {
    const program = buildProgram(world, (code) => {
      exitCode = code;
    });
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, wantsJson(argv), world);
  }
}

function explain(error: unknown, json: boolean, world: World): number {
  const usage = usageExit(error);
  if (usage === ExitCode.done) return usage;
  const told = tell(error, usage);
  // The parser of the command line has said it already.
  if (usage === null)
    world.stderr.write(`bench: ${told.message}\n${told.hint === '' ? '' : `${told.hint}\n`}`);
  if (json) world.stdout.write(`${JSON.stringify({ error: told })}\n`);
  return told.exitCode;
}

function tell(error: unknown, usage: ExitCode | null): { message: string; hint: string; exitCode: ExitCode } {
  if (error instanceof BenchError) {
    const { message, hint, exitCode } = error;
    return { message, hint, exitCode };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (usage !== null)
    return { message: usageMessage(message.replace(/^error: /, '')), hint: '', exitCode: usage };
  return {
    message: `this is a bug in bench, not in your experiment. Please report it with:\n${stack}`,
    hint: '',
    exitCode: ExitCode.bug,
  };
}

/** Whether JSON was asked for; behind `--` stand the words of another command. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}

const invoked = process.argv[1];
if (invoked !== undefined && realpathSync(invoked) === fileURLToPath(import.meta.url)) {
  const { stdout, stderr, env } = process;
  // A reader that leaves early (`bench ledger list | head`) is not an error.
  for (const stream of [stdout, stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  process.exitCode = await main(process.argv.slice(2), { cwd: process.cwd(), env, stdout, stderr });
}
