import { makeLeaf, placeLeaf, removeLeaf } from '../../src/supervisor/cgroup.ts';

/** How many random moments: `BENCH_KILL_TRIALS`, 200 when unset. */
export const trialCount = Number(process.env.BENCH_KILL_TRIALS ?? 200);

/** Trials in one test. */
export const groupSize = 10;

/** Names the random numbers: `BENCH_KILL_SEED` repeats a session's moments (not what the machine made of them). */
export const seed = process.env.BENCH_KILL_SEED ?? String(Date.now());

/** Why nothing can be shown here; null when a cgroup v2 leaf can be made, the ground of the promise. */
export const whyNot = probe();

function probe(): string | null {
  if (process.platform !== 'linux') return 'engines are started on Linux only';
  const leaf = placeLeaf(`kill-probe-${process.pid}`);
  if (typeof leaf === 'string') return leaf;
  const problem = makeLeaf(leaf);
  if (problem === null) removeLeaf(leaf.path);
  return problem;
}

/** A line on the screen: vitest hides nothing of stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
