import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit } from './crash.ts';

/** What could be done about a tree of processes, whatever holds it. */
export interface Tree {
  /** Live pids, zombies left out. */
  livePids(): number[];
  /** Whether the first process still lives. */
  rootLives(): boolean;
  signalRoot(signal: NodeJS.Signals): void;
  signalAll(signal: NodeJS.Signals): void;
  /** Kills all of it, at once if the kernel can. */
  killAll(): void;
  /** Whether nothing listens on the engine's port any more. */
  portIsFree(): boolean;
  exit(): Exit;
}

/** How an engine was stopped. */
export interface StopReport {
  /** The rung of the ladder that ended it; `none`: nothing was left to stop. */
  readonly rung: 'none' | 'sigint' | 'sigterm' | 'kill';
  readonly tookMs: number;
  readonly exit: Exit;
  /** Pids that even the kill did not end within 10 s (stuck in the kernel); empty as it should be. */
  readonly survivors: readonly number[];
  readonly portFree: boolean;
  /** Whether no process of the tree is left on a GPU; null: there is none, or nobody can say. */
  readonly gpuFree: boolean | null;
}

/** From SIGTERM to the kill. */
const TERM_MS = 5_000;
/** From the kill to giving up on processes stuck in the kernel. */
const KILL_MS = 10_000;
const POLL_MS = 10;

/**
 * The ladder: SIGINT to the first process, `graceMs`, SIGTERM to all, 5 s, kill, then look that the tree is
 * empty and the port free. `hurry` jumps to the kill at any time.
 */
export async function climbDown(
  tree: Tree,
  graceMs: number,
  hurry: AbortSignal,
  now: () => number,
): Promise<Omit<StopReport, 'gpuFree'>> {
  const startNs = now();
  const nowMs = (): number => now() / 1e6;
  const rung = await descend(tree, graceMs, hurry, nowMs);
  const portFree = await waitFor(() => tree.portIsFree(), 1_000, nowMs);
  return { rung, tookMs: (now() - startNs) / 1e6, exit: tree.exit(), survivors: tree.livePids(), portFree };
}

async function descend(
  tree: Tree,
  graceMs: number,
  hurry: AbortSignal,
  nowMs: () => number,
): Promise<StopReport['rung']> {
  const isEmpty = (): boolean => tree.livePids().length === 0;
  const orphanedSince = { ms: Number.POSITIVE_INFINITY };
  /** Without its first process nobody is there to tell the others: a second more, then the next rung. */
  const isHopeless = (): boolean => {
    if (tree.rootLives()) return false;
    orphanedSince.ms = Math.min(orphanedSince.ms, nowMs());
    return nowMs() - orphanedSince.ms > 1_000;
  };
  if (isEmpty()) return 'none';
  if (tree.rootLives() && !hurry.aborted) {
    tree.signalRoot('SIGINT');
    if (await waitFor(isEmpty, graceMs, nowMs, () => hurry.aborted || isHopeless())) return 'sigint';
  }
  if (!hurry.aborted) {
    tree.signalAll('SIGTERM');
    if (await waitFor(isEmpty, TERM_MS, nowMs, () => hurry.aborted)) return 'sigterm';
  }
  const isKilled = (): boolean => {
    tree.killAll();
    return isEmpty();
  };
  await waitFor(isKilled, KILL_MS, nowMs);
  return 'kill';
}

/** Polls until the condition holds, for `limitMs` or until `giveUp`. @returns whether it held. */
async function waitFor(
  condition: () => boolean,
  limitMs: number,
  nowMs: () => number,
  giveUp: () => boolean = () => false,
): Promise<boolean> {
  const endMs = nowMs() + limitMs;
  while (nowMs() < endMs) {
    if (condition()) return true;
    if (giveUp()) return false;
    await sleep(POLL_MS);
  }
  return condition();
}
