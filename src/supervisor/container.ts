/** The command line tool that runs containers, and what it said of itself. */
export interface ContainerRuntime {
  readonly kind: 'podman' | 'docker';
  /** Absolute path of the tool. */
  readonly path: string;
  readonly version: string;
  /** The tool's own environment; nothing of it reaches a container. */
  readonly env: Readonly<Record<string, string>>;
  /** What it starts containers with: `crun`, `runc`; null when it does not say. */
  readonly ociRuntime: string | null;
  /** Of the hierarchy it uses; a hybrid counts as `v1`. Null when it does not say. */
  readonly cgroupVersion: 'v1' | 'v2' | null;
  readonly isRootless: boolean;
  /** Whether containers are children of a service instead of the tool's own (docker; `podman --remote`). */
  readonly hasService: boolean;
}

/** A folder or file of the host inside the container. */
export interface Mount {
  /** Absolute, on the host. */
  readonly source: string;
  /** Absolute, in the container. */
  readonly target: string;
  /** `ro`, `z` ...; empty for none. */
  readonly options: string;
}

/** How an image is run instead of a program of the host. */
export interface ContainerSpec {
  readonly runtime: ContainerRuntime;
  /** Names the container; unique to the launch. */
  readonly name: string;
  /** `host/name@sha256:...`, in the local store already. */
  readonly image: string;
  /** The store's id of that image, which the running container must have. */
  readonly imageId: string;
  /** The image's own ENV. */
  readonly imageEnv: Readonly<Record<string, string>>;
  /** Names in the plan's env whose values must not stand in an argv. */
  readonly secretEnv: readonly string[];
  readonly mounts: readonly Mount[];
  /** UUIDs; empty for none. */
  readonly gpus: readonly string[];
  readonly shmBytes: number | null;
  readonly ipc: 'host' | 'private';
  /** Absolute, in the container; null: the image's own. */
  readonly workdir: string | null;
}

/** Where the container's processes are, from the view of bench's own cgroup leaf. */
export type Placement =
  /** In a cgroup below the leaf: `cgroup.kill` reaches them. */
  | { readonly how: 'parent'; readonly cgroup: string }
  /** In the leaf itself. */
  | { readonly how: 'leaf' }
  /** Where the runtime puts them: found by their pid namespace, ended by the runtime. */
  | { readonly how: 'own' };

/** A container that runs, as the runtime showed it. */
export interface ContainerSeen {
  readonly name: string;
  readonly id: string;
  /** Host pid of its PID 1. */
  readonly pid: number;
  /** The store's id of the image it runs, without `sha256:`. */
  readonly imageId: string;
  readonly placement: Placement['how'];
  /** The tool's argv, redacted. */
  readonly argv: readonly string[];
}

/**
 * Where the runtime can put a container so that the leaf holds it. Only podman without a service can be told: with
 * runc on a hybrid or v1 hierarchy a parent cgroup; on v2 no cgroup of its own, which runc refuses.
 * @param leafPath the leaf's path as the kernel names it (`/user.slice/bench-x`); null without a leaf.
 */
export function placeContainer(
  runtime: Pick<ContainerRuntime, 'kind' | 'hasService' | 'isRootless' | 'cgroupVersion' | 'ociRuntime'>,
  leafPath: string | null,
): Placement {
  if (runtime.kind === 'docker' || runtime.hasService || leafPath === null) return { how: 'own' };
  if (runtime.cgroupVersion === 'v1' && !runtime.isRootless) return { how: 'parent', cgroup: leafPath };
  if (runtime.cgroupVersion === 'v2' && runtime.ociRuntime === 'crun') return { how: 'leaf' };
  return { how: 'own' };
}
