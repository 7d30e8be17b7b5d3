import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildProgram, usageExit } from './cli/program.ts';
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
    return explain(error, argv.includes('--json'), world);
  }
}

function explain(error: unknown, json: boolean, world: World): number {
  const usage = usageExit(error);
  if (usage !== null) return usage;
  if (error instanceof BenchError) {
    world.stderr.write(`bench: ${error.message}\n${error.hint === '' ? '' : `${error.hint}\n`}`);
    if (json)
      world.stdout.write(
        `${JSON.stringify({ error: { message: error.message, hint: error.hint, exitCode: error.exitCode } })}\n`,
      );
    return error.exitCode;
  }
  const stack = error instanceof Error ? error.stack : String(error);
  world.stderr.write(
    `bench: this is a bug in bench, not in your experiment. Please report it with:\n${stack}\n`,
  );
  return ExitCode.bug;
}

const invoked = process.argv[1];
if (invoked !== undefined && realpathSync(invoked) === fileURLToPath(import.meta.url)) {
  const { stdout, stderr, env } = process;
  // A reader that leaves early (`bench ledger list | head`) is not an error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await main(process.argv.slice(2), { cwd: process.cwd(), env, stdout, stderr });
}
