import { durationMs, sizeBytes } from '../config/schema-parts.ts';
import { BenchError, ExitCode } from '../errors.ts';
import { parseListen } from '../proxy/address.ts';
import { type ServeFlags, serve } from '../serve.ts';
import { withProgress } from './command.ts';
import type { CommandContext } from './program.ts';

/** `bench proxy`: its URL on stdout once it listens, all else on stderr; it ends by a signal or with its engine. */
export async function proxyCommand(
  config: string,
  flags: Record<string, unknown>,
  { world }: CommandContext,
): Promise<void> {
  const asked = serveFlags(flags);
  await withProgress(world, (progress) =>
    serve(config, asked, progress, world, (url) => void world.stdout.write(`${url}\n`)),
  );
}

function serveFlags(flags: Record<string, unknown>): ServeFlags {
  const listen = parseListen(String(flags.listen));
  if (listen === null)
    throw unreadable('--listen', flags.listen, 'an address such as 127.0.0.1:8100 or [::1]:8100');
  return {
    listen,
    idleStopMs: flags.idleStop === undefined ? null : read('--idle-stop', durationMs(), flags.idleStop),
    tokenFile: flags.tokenFile === undefined ? null : String(flags.tokenFile),
    maxBodyBytes: read('--max-body', sizeBytes(), flags.maxBody),
    allowDirty: flags.allowDirty === true,
    wait: flags.wait === true,
  };
}

/** A value in the words of the experiment file. */
function read(flag: string, schema: ReturnType<typeof durationMs>, value: unknown): number {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unreadable(flag, value, parsed.error.issues[0]?.message ?? 'something else');
}

function unreadable(flag: string, value: unknown, expected: string): BenchError {
  return new BenchError(`${flag} "${String(value)}": expected ${expected}`, { exitCode: ExitCode.usage });
}
