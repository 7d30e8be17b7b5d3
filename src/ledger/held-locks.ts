import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockDirectories } from './lock-directory.ts';
import { type LockHolder, liveHolder } from './lock-file.ts';

/** Every measurement lock that somebody alive holds now. Changes nothing. */
export function heldLocks(
  env: NodeJS.ProcessEnv,
): readonly { readonly path: string; readonly holder: LockHolder }[] {
  return lockDirectories(env)
    .filter((directory) => existsSync(directory))
    .flatMap((directory) =>
      readdirSync(directory)
        .filter((name) => name.endsWith('.lock'))
        .map((name) => join(directory, name)),
    )
    .flatMap((path) => {
      const holder = liveHolder(path);
      return holder === null ? [] : [{ path, holder }];
    });
}
