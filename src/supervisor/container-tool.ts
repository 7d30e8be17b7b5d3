import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { ContainerRuntime } from './container.ts';

/** Of an answer of the tool. */
export interface ToolAnswer {
  /** Null when it could not be started or did not answer in time. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A busy store makes podman slow; beyond this it hangs. */
const limitMs = 20_000;

/** How long the removal of a container may take: docker waits for the kernel to end its processes. */
const removalMs = 15_000;

/** Asks the runtime's tool something short. Never throws. */
export async function askTool(
  runtime: Pick<ContainerRuntime, 'path' | 'env'>,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<ToolAnswer> {
  const result = await execa(runtime.path, args, {
    env: runtime.env,
    extendEnv: false,
    cwd: '/',
    stdin: 'ignore',
    reject: false,
    timeout: limitMs,
    killSignal: 'SIGKILL',
    // A session of its own: a terminal's Ctrl-C does not end the removal.
    detached: true,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  return { exitCode: result.exitCode ?? null, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

/**
 * Ends a container and forgets it. podman's first try can fail where its processes were killed under it: the state
 * it has noted is put right by that very try.
 * @returns whether it is gone.
 */
export async function removeContainer(
  runtime: Pick<ContainerRuntime, 'kind' | 'path' | 'env'>,
  name: string,
): Promise<boolean> {
  const grace = runtime.kind === 'podman' ? ['-t', '0'] : [];
  for (let spentMs = 0; spentMs < removalMs; spentMs += 200) {
    const seen = await askTool(runtime, ['container', 'inspect', '--format', '{{.Id}}', name]);
    if (seen.exitCode !== 0 && seen.exitCode !== null) return true;
    await askTool(runtime, ['rm', '-f', ...grace, name]);
    if (spentMs > 0) await sleep(200);
  }
  return false;
}
