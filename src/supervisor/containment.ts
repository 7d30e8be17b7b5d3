import {
  inside,
  killLeaf,
  type Leaf,
  makeLeaf,
  placeLeaf,
  removeLeaf,
  removeTwins,
  twinsOf,
} from './cgroup.ts';
import type { ContainerSpec } from './container.ts';
import { type Guard, startGuard } from './guard.ts';
import { type ReadTree, treeByWalk, treeOfLeaf } from './tree.ts';

/** What keeps the engine's tree together and ends it, with or without bench. */
export interface Containment {
  readonly kind: 'cgroup2' | 'pgroup';
  readonly findings: readonly string[];
  readonly guard: Guard;
  /** The leaf's path as the kernel names it; null for a process group. */
  readonly leafName: string | null;
  /** Runs a synchronous spawn so that the child is born contained. */
  inside<T>(spawn: () => T): T;
  /** To be called at once after the spawn. */
  adopt(rootPid: number, outputs: readonly string[]): ReadTree;
  /** Kills the whole tree. */
  kill(tree: ReadTree, rootPid: number): void;
  /** Lets the guard go and removes the cgroup; only once the tree is empty. */
  release(): void;
}

/**
 * Guard first, then a place for the engine: a cgroup v2 leaf where one can be made, else the process group.
 * @param name unique to the launch.
 * @param container what the guard ends as well, which no cgroup of bench may hold.
 */
export function contain(
  name: string,
  wanted: 'auto' | 'pgroup',
  container: ContainerSpec | null = null,
): Containment {
  const findings: string[] = [];
  const leaf = wanted === 'pgroup' ? 'it was asked for' : placeLeaf(name);
  // Before the leaf is made: bench may die at any line, and the leaf must not stay.
  const onLost = (): void => {
    findings.push('guard-lost: the guard that ends the engine with bench was killed and started again');
  };
  const guard = startGuard({
    leaf: typeof leaf === 'string' ? null : leaf.path,
    twins: typeof leaf === 'string' || container === null ? [] : twinsOf(leaf),
    container,
    onLost,
  });
  const problem = typeof leaf === 'string' ? leaf : makeLeaf(leaf);
  if (typeof leaf !== 'string' && problem === null) return inLeaf(leaf, guard, findings);
  findings.push(`pgroup: the engine's tree is held by its process group, not by a cgroup: ${problem}`);
  return inGroup(guard, findings);
}

function inLeaf(leaf: Leaf, guard: Guard, findings: readonly string[]): Containment {
  return {
    kind: 'cgroup2',
    findings,
    guard,
    leafName: leaf.name,
    inside: (spawn) => inside(leaf, spawn),
    adopt: () => treeOfLeaf(leaf.path),
    kill: () => killLeaf(leaf.path),
    release() {
      removeTwins(leaf);
      if (removeLeaf(leaf.path)) guard.release();
      else guard.release('finish');
    },
  };
}

function inGroup(guard: Guard, findings: readonly string[]): Containment {
  return {
    kind: 'pgroup',
    findings,
    guard,
    leafName: null,
    inside: (spawn) => spawn(),
    adopt(rootPid, outputs) {
      guard.tell(`group ${rootPid}`);
      for (const output of outputs) guard.tell(`output ${output}`);
      return treeByWalk({ rootPid, outputs });
    },
    kill(tree, rootPid) {
      signal(-rootPid, 'SIGKILL');
      for (const stat of tree()) signal(stat.pid, 'SIGKILL');
    },
    release: () => guard.release(),
  };
}

/** Sends a signal to a process or (negative) group; one that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}
