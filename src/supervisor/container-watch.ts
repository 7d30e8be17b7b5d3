import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError, ExitCode } from '../errors.ts';
import type { ContainerSpec } from './container.ts';
import { askTool } from './container-tool.ts';
import { isLive, listPids, type ProcessStat, readProc, readProcLink, readStat, splitNul } from './procfs.ts';
import type { ReadTree } from './tree.ts';

/** What the runtime says of a container that runs. */
export interface Inspected {
  readonly id: string;
  /** Host pid of its PID 1. */
  readonly pid: number;
  /** Without `sha256:`. */
  readonly imageId: string;
}

const POLL_MS = 150;

/** What podman and docker put in as PID 1 with `--init`: it hands signals on and buries the dead. */
const inits = new Set(['catatonit', 'podman-init', 'docker-init', 'tini', 'init']);

/**
 * Asks the runtime until the container runs.
 * @throws the signal's reason when it aborts (the tool ended, time is up, the user left).
 */
export async function waitForContainer(spec: ContainerSpec, signal: AbortSignal): Promise<Inspected> {
  for (;;) {
    signal.throwIfAborted();
    const { exitCode, stdout } = await askTool(spec.runtime, ['container', 'inspect', spec.name]);
    const seen = exitCode === 0 ? readInspected(stdout) : null;
    if (seen !== null) return seen;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** The JSON of `container inspect` -> what is needed of it; null while the container does not run. */
export function readInspected(text: string): Inspected | null {
  try {
    const [container] = JSON.parse(text) as [
      { Id?: string; Image?: string; State?: { Pid?: number; Status?: string } } | undefined,
    ];
    const pid = container?.State?.Pid ?? 0;
    if (container?.Id === undefined || container.Image === undefined || pid === 0) return null;
    if (container.State?.Status !== 'running') return null;
    return { id: container.Id, pid, imageId: bareId(container.Image) };
  } catch {
    return null;
  }
}

/** An id of the store without the `sha256:` that docker writes and podman does not. */
export function bareId(id: string): string {
  return id.replace(/^sha256:/, '');
}

/** @throws BenchError (exit 5) when the container does not run the image that was looked up by its digest. */
export function requireImage(spec: Pick<ContainerSpec, 'name' | 'image' | 'imageId'>, seen: Inspected): void {
  if (seen.imageId === bareId(spec.imageId)) return;
  throw new BenchError(
    `The container ${spec.name} runs the image ${seen.imageId.slice(0, 12)}, not ${spec.image} (${bareId(spec.imageId).slice(0, 12)}).`,
    { exitCode: ExitCode.host, hint: 'Was the image removed or replaced meanwhile? Run again.' },
  );
}

/** The trees of an engine that runs in a container. */
export interface ContainerTree {
  /** The runtime's own processes too: all that must be gone after a stop. */
  readonly all: ReadTree;
  /** The container's processes only. */
  readonly members: ReadTree;
  /** Tells it the container's PID 1: what the leaf does not hold is then found by its pid namespace. */
  found(pid: number): void;
}

/** @param readLeaf the tree without the runtime's help: the leaf, or the walk from the tool. */
export function treeOfContainer(readLeaf: ReadTree): ContainerTree {
  const own = namespaceOf('self');
  let inContainer: string | null = null;
  const all = (): ProcessStat[] => {
    const tree = readLeaf();
    if (inContainer === null) return tree;
    const known = new Set(tree.map((stat) => stat.pid));
    const others = listPids().filter((pid) => !known.has(pid) && namespaceOf(pid) === inContainer);
    return [...tree, ...others.map(readStat).filter(isLive)];
  };
  return {
    all,
    members: () =>
      all().filter((stat) => {
        const namespace = namespaceOf(stat.pid);
        return namespace !== null && namespace !== own;
      }),
    found(pid) {
      const held = readLeaf().some((stat) => stat.pid === pid);
      if (!held) inContainer = namespaceOf(pid);
    },
  };
}

/** The engine's own first process: PID 1 itself, or the oldest child of the init that stands there. Null: not yet there. */
export function mainProcess(pid: number, members: readonly ProcessStat[]): number | null {
  const [argv0 = ''] = splitNul(readProc(pid, 'cmdline') ?? Buffer.alloc(0));
  if (argv0 === '') return null;
  if (!inits.has(basename(argv0))) return pid;
  const children = members.filter((stat) => stat.ppid === pid);
  return children.sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)[0]?.pid ?? null;
}

function namespaceOf(pid: number | 'self'): string | null {
  return readProcLink(pid, 'ns/pid');
}
