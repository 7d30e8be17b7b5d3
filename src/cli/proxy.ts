import { sizeBytes } from '../config/schema-parts.ts';
import { parseListen } from '../proxy/address.ts';
import { type ServeFlags, serve } from '../serve.ts';
import { withProgress } from './command.ts';
import { durationFlag, readFlag, unreadable } from './flag-values.ts';
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
    idleStopMs: durationFlag('--idle-stop', flags.idleStop) ?? null,
    tokenFile: flags.tokenFile === undefined ? null : String(flags.tokenFile),
    maxBodyBytes: readFlag('--max-body', sizeBytes(), flags.maxBody),
    allowDirty: flags.allowDirty === true,
    wait: flags.wait === true,
  };
}
