import { type ContentHash, hashFileSync } from './hash-file.ts';

/** Files to hash and a counter of the next one, shared by all who take from the list. */
export interface Share {
  readonly paths: readonly string[];
  /** One Int32, the index of the next path to take. */
  readonly next: SharedArrayBuffer;
}

/** One file of the list, hashed or not. */
export type Hashed =
  | { readonly index: number; readonly startedMs: number; readonly hash: ContentHash }
  | { readonly index: number; readonly error: string };

/** Hashes files of the list until none is left to take. */
export function hashShare({ paths, next }: Share): Hashed[] {
  const counter = new Int32Array(next);
  const done: Hashed[] = [];
  for (;;) {
    const index = Atomics.add(counter, 0, 1);
    const path = paths[index];
    if (path === undefined) return done;
    const startedMs = Date.now();
    try {
      done.push({ index, startedMs, hash: hashFileSync(path) });
    } catch (error) {
      done.push({ index, error: (error as Error).message });
    }
  }
}
