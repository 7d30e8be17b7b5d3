import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Experiment } from './config/experiment.ts';
import { BenchError, ExitCode } from './errors.ts';
import { type FoundRuntime, findRuntime } from './setup/container-runtime.ts';
import { ensureImage } from './setup/image.ts';
import { type ImageReference, parseReference } from './setup/image-reference.ts';
import { type ImageFacts, imageFacts } from './snapshot/image.ts';
import type { ContainerSpec, Mount } from './supervisor/container.ts';
import { sweepContainers } from './supervisor/container-sweep.ts';
import type { Teller } from './teller.ts';

/** An image that is in the local store, and how it will be run; only the container's name is missing. */
export interface ReadyContainer {
  readonly spec: Omit<ContainerSpec, 'name'>;
  readonly facts: ImageFacts;
}

/**
 * Finds the runtime, ends what dead benches left in it, has the image by its digest, and checks what the container
 * is to be given. Null when the experiment names no image.
 * @param input.gpus UUIDs the engine may use.
 * @throws BenchError exit 2 for mounts or GPUs that are not there, exit 5 when runtime or image cannot be had.
 */
export async function readyContainer(input: {
  /** With all its variables filled. */
  readonly experiment: Experiment;
  readonly root: string;
  readonly gpus: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly teller: Teller;
  readonly signal: AbortSignal;
}): Promise<ReadyContainer | null> {
  const { root, teller, signal } = input;
  const { image, container, cwd, secretEnv } = input.experiment;
  if (image === undefined) return null;
  const reference = pinned(image);
  const mounts = (container?.mounts ?? []).map((text) => mountOf(text, root));
  requireGpus(container?.gpus ?? 'all', input.gpus);
  const found = await findRuntime(input.env, signal);
  for (const name of await sweepContainers(found.runtime)) teller.note(`removed the container ${name}`);
  teller.step(`having the image ${image.replace(/@sha256:(.{12}).*$/, '@$1')}`);
  const local = await ensureImage(found.runtime, reference, { say: (line) => teller.detail(line), signal });
  return {
    spec: {
      runtime: found.runtime,
      image: local.name,
      imageId: local.id,
      imageEnv: local.env,
      secretEnv,
      mounts,
      gpus: input.gpus,
      shmBytes: container?.shmBytes ?? null,
      ipc: container?.ipc ?? 'private',
      workdir: cwd === '.' ? null : cwd,
    },
    facts: imageFacts(image, local, found satisfies FoundRuntime),
  };
}

/** A word that names a place in the container -> the same place on the host; as it is where no mount leads there. */
export function onHost(word: string, mounts: readonly Mount[]): string {
  const mount = mounts.find(({ target }) => new RegExp(`(?:^|=)${escaped(target)}(?:/|$)`).test(word));
  return mount === undefined ? word : word.replace(mount.target, () => mount.source);
}

function pinned(image: string): ImageReference & { readonly digest: string } {
  const reference = parseReference(image);
  const digest = reference?.digest ?? null;
  if (reference !== null && digest !== null) return { ...reference, digest };
  throw new BenchError(`\`image: ${image}\` is no image with its digest.`, {
    exitCode: ExitCode.usage,
    hint: '`bench config pin FILE` writes the digest behind name and tag.',
  });
}

/** `HOST:/CONTAINER[:OPTIONS]`; the host's side is relative to the root, never a volume of the runtime's own. */
function mountOf(text: string, root: string): Mount {
  const [host = '', target = '', options = ''] = text.split(':');
  const source = resolve(root, host);
  if (existsSync(source)) return { source, target, options };
  throw new BenchError(`There is no ${source} to mount (\`${text}\`).`, {
    exitCode: ExitCode.usage,
    hint: 'Paths of mounts are relative to the root of the repository.',
  });
}

function requireGpus(asked: 'all' | 'none' | readonly string[], given: readonly string[]): void {
  if (typeof asked === 'string') return;
  const missing = asked.filter((wanted) => !given.some((uuid) => uuid.startsWith(wanted)));
  if (missing.length === 0) return;
  throw new BenchError(`This host has no GPU ${missing.join(', ')}.`, {
    exitCode: ExitCode.usage,
    hint: 'nvidia-smi -L lists the UUIDs; `container.gpus` takes them or their beginnings.',
  });
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
