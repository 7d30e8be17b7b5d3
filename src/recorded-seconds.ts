import { existsSync, readFileSync } from 'node:fs';
import type { RunRecord } from './ledger/record.ts';

/** Seconds that a launch of a recorded run took from start to stop, on average; null where the record does not tell. */
export function recordedSeconds(path: string): number | null {
  if (!existsSync(path)) return null;
  const { startedAt, endedAt, launches, comparison } = JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
  // The record of a run in pairs tells of the candidate's launches alone.
  const count = comparison ? 2 * comparison.pairs.length : launches.length;
  if (endedAt === null || count === 0) return null;
  return (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 / count;
}
