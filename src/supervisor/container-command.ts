import { BenchError, ExitCode } from '../errors.ts';
import type { ContainerSpec, Placement } from './container.ts';

/** Labels of a container: whose it is, so that a later bench can tell whether that one still lives. */
export const ownerLabel = 'bench.owner';

/** What the runtime's tool is started with. */
export interface ContainerCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The command that runs an image: in the foreground, on the host's network, with the image's ENV and the given
 * environment and nothing of the host, and nothing of the runtime's that costs time beside the engine (health
 * checks, a second log, a limit of processes).
 * A secret is given by name only: the tool takes its value from its own environment, which other users cannot read
 * as they can an argv.
 * @param words what comes after the image: they replace its CMD and are arguments of its ENTRYPOINT.
 * @param owner of the label.
 * @throws BenchError (exit 2) for a secret whose name the tool itself goes by.
 */
export function containerCommand(
  spec: ContainerSpec,
  given: { readonly words: readonly string[]; readonly env: Readonly<Record<string, string>> },
  placement: Placement,
  owner: string,
): ContainerCommand {
  const { runtime } = spec;
  const isPodman = runtime.kind === 'podman';
  const hasCgroup = placement.how !== 'leaf';
  return {
    argv: [
      runtime.path,
      ...(placement.how === 'parent' ? ['--cgroup-manager=cgroupfs'] : []),
      ...['run', '--rm', '--name', spec.name, '--label', `${ownerLabel}=${owner}`],
      ...['--network=host', '--pull=never', '--init', '--log-driver=none', '--no-healthcheck'],
      ...(isPodman ? ['--http-proxy=false', ...(hasCgroup ? ['--pids-limit=-1'] : [])] : []),
      ...(placement.how === 'parent' ? [`--cgroup-parent=${placement.cgroup}`] : []),
      ...(hasCgroup ? [] : ['--cgroups=disabled']),
      ...(spec.workdir === null ? [] : ['--workdir', spec.workdir]),
      ...spec.mounts.flatMap((mount) => ['-v', mountWord(mount)]),
      ...gpuWords(spec),
      ...memoryWords(spec),
      ...Object.entries(given.env).flatMap(([name, value]) => [
        '-e',
        spec.secretEnv.includes(name) ? name : `${name}=${value}`,
      ]),
      spec.image,
      ...given.words,
    ],
    env: { ...runtime.env, ...secretsFor(spec, given.env) },
  };
}

function secretsFor(
  { runtime, secretEnv }: ContainerSpec,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const secrets = Object.entries(env).filter(([name]) => secretEnv.includes(name));
  for (const [name] of secrets) {
    if (!Object.hasOwn(runtime.env, name) && !/^(?:LD_|DOCKER_|CONTAINER)/.test(name)) continue;
    throw new BenchError(
      `The secret ${name} cannot be handed to a container: ${runtime.kind} goes by that variable itself.`,
      { exitCode: ExitCode.usage, hint: 'Give it as plain text under `env:`, or under another name.' },
    );
  }
  return Object.fromEntries(secrets);
}

function mountWord({ source, target, options }: ContainerSpec['mounts'][number]): string {
  return [source, target, ...(options === '' ? [] : [options])].join(':');
}

/** By UUID: an index means another card in every container. podman finds them by CDI, docker by its NVIDIA runtime. */
function gpuWords({ runtime, gpus }: ContainerSpec): string[] {
  if (gpus.length === 0) return [];
  if (runtime.kind === 'podman') return gpus.flatMap((uuid) => ['--device', `nvidia.com/gpu=${uuid}`]);
  // The tool reads the value as CSV: the quotes keep the list one field.
  return ['--gpus', `"device=${gpus.join(',')}"`];
}

/** With the host's IPC the container uses the host's /dev/shm, and podman refuses a size beside it. */
function memoryWords({ ipc, shmBytes }: ContainerSpec): string[] {
  if (ipc === 'host') return ['--ipc=host'];
  return shmBytes === null ? [] : [`--shm-size=${shmBytes}b`];
}
