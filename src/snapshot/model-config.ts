import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Json } from '../canonical.ts';
import { findHubModel } from './hub-model.ts';
import { isAbsent } from './probe.ts';

const mostBytes = 1 << 20;

/**
 * The config.json of the first model that the words of a command line name, as a folder or as a hub id that lies in
 * the hub's cache; null when none is on this machine. Never throws.
 * @param env the engine's own, which says where the hub's cache is.
 */
export function modelConfig(
  words: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: { readonly [name: string]: string } },
): Json {
  const values = words.flatMap((word) => [word, word.slice(word.indexOf('=') + 1)]);
  for (const value of values) {
    const config =
      value === '' || value.startsWith('-') ? null : read(join(resolve(cwd, value), 'config.json'));
    if (config !== null) return config;
  }
  const hub = findHubModel(words, env);
  if (hub === null || isAbsent(hub.revision)) return null;
  return read(join(hub.cache, 'snapshots', hub.revision, 'config.json'));
}

function read(path: string): Json {
  try {
    return statSync(path).size > mostBytes ? null : (JSON.parse(readFileSync(path, 'utf8')) as Json);
  } catch {
    return null;
  }
}
