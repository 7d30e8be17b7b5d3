import { ownIdentity } from './cgroup.ts';
import { type ContainerSpec, type Placement, placeContainer } from './container.ts';
import { containerCommand } from './container-command.ts';
import type { ContainerTree } from './container-watch.ts';
import type { Containment } from './containment.ts';
import { differenceOf, environmentFindings, requireStartable } from './environment.ts';
import type { ProcessSeen } from './processes.ts';
import type { EngineSpec } from './spec.ts';

/** What is spawned: a program of the host, or a runtime's tool. */
export interface Command {
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Of a container: puts together what is known of it once the tool runs. */
  readonly contain?: (tree: ContainerTree, argv: readonly string[]) => Contained;
}

/** An engine that runs in a container. */
export interface Contained {
  readonly spec: ContainerSpec;
  readonly placement: Placement['how'];
  readonly tree: ContainerTree;
  /** Image's ENV and the file's: what the engine should see, but for the runtime's own. */
  readonly expectedEnv: Readonly<Record<string, string>>;
  /** The tool's argv, redacted. */
  readonly argv: readonly string[];
}

/** Names used by this process. */
const names = new Set<string>();

/** Another name for another try: a container that is being removed still has its own. */
export function nameFor(container: ContainerSpec): ContainerSpec {
  let name = container.name;
  for (let nth = 2; names.has(name); nth++) name = `${container.name}-${nth}`;
  names.add(name);
  return { ...container, name };
}

/** The command that runs the spec's image on a port. @throws BenchError (exit 2) when it cannot be started at all. */
export function containerOf(
  spec: EngineSpec,
  container: ContainerSpec | null,
  port: number,
  containment: Containment,
): Command {
  if (container === null) throw new Error('neither a program nor an image was given');
  const { argv: words, env } = spec.plan(port);
  const placement = placeContainer(container.runtime, containment.leafName);
  const command = containerCommand(container, { words, env }, placement, ownIdentity());
  requireStartable(command.argv, command.env, '/');
  return {
    ...command,
    path: container.runtime.path,
    cwd: '/',
    contain: (tree, argv) => ({
      spec: container,
      placement: placement.how,
      tree,
      expectedEnv: { ...container.imageEnv, ...env },
      argv,
    }),
  };
}

/** What runtimes add to every container's environment, or change for a GPU. */
const runtimeVariables = new Set(['PATH', 'HOME', 'HOSTNAME', 'TERM', 'container', 'NVIDIA_VISIBLE_DEVICES']);

/**
 * A finding when the engine in a container sees anything but the image's ENV, the file's env, and what every runtime
 * adds: containers.conf and docker's config.json can put in more.
 * @param root the engine's first process, as it was first seen; undefined when it was not.
 */
export function containerFindings(
  root: ProcessSeen | undefined,
  expected: Readonly<Record<string, string>>,
): string[] {
  if (root?.envSource !== 'first-seen') return environmentFindings('unreadable');
  const difference = differenceOf(new Map(Object.entries(root.env)), expected);
  if (difference === null) return [];
  const isForeign = (name: string): boolean => !runtimeVariables.has(name);
  const { missing, added, changed } = difference;
  const foreign = { missing, added: added.filter(isForeign), changed: changed.filter(isForeign) };
  return Object.values(foreign).some((names) => names.length > 0) ? environmentFindings(foreign) : [];
}
