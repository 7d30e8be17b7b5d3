import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../canonical.ts';

/** A place where an engine keeps what it compiled or tuned, at one moment. */
export interface CacheState {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  /** sha256 over names, sizes and times of change, sorted; null for one that is not there or empty. Nothing is read. */
  readonly root: string | null;
}

/** The same place before the spawn and later. */
export interface CompileCache {
  readonly path: string;
  /** `cold`: there was nothing, so this start compiled what it uses; `warm`: nothing was added; `changed`: some was. */
  readonly start: 'cold' | 'warm' | 'changed' | 'empty';
  readonly before: Omit<CacheState, 'path'>;
  readonly now: Omit<CacheState, 'path'>;
}

/** A cache of a million files is not worth a minute of looking. */
const mostFiles = 200_000;

/** Looks at each of the places an engine names (`engine.compileCaches`); those below another are not told twice. */
export function cacheStates(roots: readonly string[]): CacheState[] {
  return [...new Set(roots)]
    .filter((path) => !roots.some((other) => path !== other && path.startsWith(`${other}/`)))
    .sort()
    .map(stateOf);
}

/**
 * What became of each since. `empty`: nothing before and nothing now, so the engine keeps nothing there.
 * @param before {@link cacheStates} before the spawn; the places are looked at again now.
 */
export function compileCaches(before: readonly CacheState[]): CompileCache[] {
  return before.map((earlier) => {
    const now = stateOf(earlier.path);
    return { path: earlier.path, start: startOf(earlier, now), before: short(earlier), now: short(now) };
  });
}

function startOf(before: CacheState, now: CacheState): CompileCache['start'] {
  if (before.root === now.root) return now.root === null ? 'empty' : 'warm';
  return before.root === null ? 'cold' : 'changed';
}

function short({ path: _, ...state }: CacheState): Omit<CacheState, 'path'> {
  return state;
}

function stateOf(path: string): CacheState {
  const lines: string[] = [];
  let bytes = 0;
  const visit = (at: string): void => {
    const stat = look(at);
    if (stat === null || lines.length >= mostFiles) return;
    if (stat.isDirectory()) for (const name of namesIn(at)) visit(join(at, name));
    else {
      bytes += Number(stat.size);
      lines.push(`${at.slice(path.length)}\0${stat.size}\0${stat.mtimeNs}`);
    }
  };
  visit(path);
  const root = lines.length === 0 ? null : sha256Hex(lines.sort().join('\n'));
  return { path, files: lines.length, bytes, root };
}

function look(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch {
    return null;
  }
}

/** What cannot be read, or goes while it is being looked at, counts as nothing there. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
