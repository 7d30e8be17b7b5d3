import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessSeen } from './processes.ts';

/** The driver needs a moment to take a dead process's memory back. */
const patienceMs = 5_000;
const pollMs = 200;

/**
 * Whether no process of a stopped tree is left on a GPU; waits up to 5 s for it. Null: there is no GPU, or nobody can
 * say.
 * @param users pids that use a GPU now; null when nobody can say.
 */
export async function gpuIsFree(
  users: (() => Promise<readonly number[] | null>) | null | undefined,
  tree: readonly ProcessSeen[],
): Promise<boolean | null> {
  if (users === null || users === undefined) return null;
  const own = new Set(tree.map(({ pid }) => pid));
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const pids = await users();
    if (pids === null) return null;
    if (!pids.some((pid) => own.has(pid))) return true;
    if (waitedMs >= patienceMs) return false;
    await sleep(pollMs);
  }
}
