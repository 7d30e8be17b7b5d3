import { readClaims } from '../stamps.ts';
import type { Reading } from './reading.ts';

/** Text of what `client-bench.ts` wrote -> readings: the stamps bench takes, subtracted as `bench run` subtracts them. */
export function readOwn(text: string): Reading[] {
  return [...readClaims(text).claims].flatMap(([id, { sentNs, stamps }]) => {
    const gapsMs = stamps.slice(1).map((stamp, i) => (stamp - (stamps[i] ?? Number.NaN)) / 1e6);
    const first = stamps[0];
    if (first === undefined) return [];
    const itlMs = gapsMs.length === 0 ? null : gapsMs.reduce((sum, gap) => sum + gap, 0) / gapsMs.length;
    return [{ id, ttftMs: (first - sentNs) / 1e6, itlMs, gapsMs }];
  });
}
