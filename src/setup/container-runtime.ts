import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { BenchError, ExitCode } from '../errors.ts';
import type { ContainerRuntime } from '../supervisor/container.ts';

/** What the runtime's tool reads of an environment: where its store, its service, its credentials and its proxy are. */
const toolVariables =
  /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|LANG|XDG_(?:RUNTIME_DIR|CONFIG_HOME|DATA_HOME|CACHE_HOME)|DBUS_SESSION_BUS_ADDRESS|REGISTRY_AUTH_FILE|CONTAINERS?_\w+|DOCKER_\w+|STORAGE_\w+|SSL_CERT_(?:FILE|DIR)|(?:https?|no)_proxy|(?:HTTPS?|NO)_PROXY)$/;

/** The runtime of this machine, and all it said of itself. */
export interface FoundRuntime {
  readonly runtime: ContainerRuntime;
  /** `overlay`, `overlay2 (containerd)`: what keeps its images. */
  readonly storeKind: string | null;
  /** Where podman keeps its images; null for docker, whose store belongs to its service. */
  readonly storeFolder: string | null;
}

/**
 * podman when it is on PATH, else docker.
 * @throws BenchError (exit 5) when there is neither, or it does not answer (docker without its service).
 */
export async function findRuntime(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<FoundRuntime> {
  const toolEnv = Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => toolVariables.test(entry[0]) && entry[1] !== undefined,
    ),
  );
  const kind = (['podman', 'docker'] as const).find((name) => onPath(name, env.PATH) !== null);
  if (kind === undefined) {
    throw new BenchError('`image:` needs podman or docker, and neither is on PATH.', {
      exitCode: ExitCode.host,
      hint: 'Debian, Ubuntu: apt install podman catatonit',
    });
  }
  const path = onPath(kind, env.PATH) ?? '';
  const answer = await execa(path, ['info', '--format', '{{json .}}'], {
    env: toolEnv,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: 30_000,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  const info = answer.exitCode === 0 ? parseInfo(answer.stdout) : null;
  if (info === null || 'ServerErrors' in info) {
    throw new BenchError(`${kind} does not answer: ${lastLine(answer.stderr) || lastLine(answer.stdout)}`, {
      exitCode: ExitCode.host,
      hint:
        kind === 'docker'
          ? 'Start its service (systemctl start docker) and see that this user may talk to it.'
          : 'Try `podman info` by hand.',
    });
  }
  return kind === 'podman' ? readPodman(info, path, toolEnv) : readDocker(info, path, toolEnv);
}

/** The JSON of `info`, of which each runtime gives its own. */
type Info = {
  readonly host?: {
    readonly cgroupVersion?: string;
    readonly ociRuntime?: { readonly name?: string };
    readonly security?: { readonly rootless?: boolean };
    readonly serviceIsRemote?: boolean;
  };
  readonly store?: { readonly graphDriverName?: string; readonly graphRoot?: string };
  readonly version?: { readonly Version?: string };
  readonly ServerVersion?: string;
  readonly Driver?: string;
  readonly DriverStatus?: readonly (readonly string[])[] | null;
  readonly DefaultRuntime?: string;
  readonly CgroupVersion?: string;
  readonly SecurityOptions?: readonly string[] | null;
};

/** podman's answer -> facts. */
export function readPodman(info: Info, path: string, env: Record<string, string>): FoundRuntime {
  const { host, store, version } = info;
  const driver = store?.graphDriverName ?? null;
  return {
    runtime: {
      kind: 'podman',
      path,
      version: version?.Version ?? 'unknown',
      env,
      ociRuntime: host?.ociRuntime?.name ?? null,
      cgroupVersion: versionOf(host?.cgroupVersion),
      isRootless: host?.security?.rootless === true,
      hasService: host?.serviceIsRemote === true,
    },
    storeKind: driver,
    storeFolder: store?.graphRoot === undefined ? null : join(store.graphRoot, `${driver}-images`),
  };
}

/** docker's answer -> facts. */
export function readDocker(info: Info, path: string, env: Record<string, string>): FoundRuntime {
  const isContainerd = (info.DriverStatus ?? []).some((row) => row.join(' ').includes('containerd'));
  return {
    runtime: {
      kind: 'docker',
      path,
      version: info.ServerVersion ?? 'unknown',
      env,
      ociRuntime: info.DefaultRuntime ?? null,
      cgroupVersion: versionOf(info.CgroupVersion === undefined ? undefined : `v${info.CgroupVersion}`),
      isRootless: (info.SecurityOptions ?? []).some((option) => option.includes('rootless')),
      hasService: true,
    },
    storeKind: info.Driver === undefined ? null : `${info.Driver}${isContainerd ? ' (containerd)' : ''}`,
    storeFolder: null,
  };
}

function versionOf(text: string | undefined): 'v1' | 'v2' | null {
  return text === 'v1' || text === 'v2' ? text : null;
}

function parseInfo(text: string): Info | null {
  try {
    return JSON.parse(text) as Info;
  } catch {
    return null;
  }
}

function lastLine(text: string | undefined): string {
  return (text ?? '').trim().split('\n').at(-1) ?? '';
}

function onPath(name: string, path: string | undefined): string | null {
  for (const folder of (path ?? '').split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
