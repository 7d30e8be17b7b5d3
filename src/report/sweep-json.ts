import type { SweepResult } from '../verdict/sweep.ts';

/** `bench sweep --json`: for programs, so its names stay. Shares are 0..1, `*Pct` in % and positive where b is better. Ends with a newline. */
export function sweepJson(result: SweepResult): string {
  return `${JSON.stringify({ schemaVersion: 1, ...result }, null, 2)}\n`;
}
