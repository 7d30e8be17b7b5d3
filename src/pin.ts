import { chmod, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { findImage, type WrittenImage } from './config/pin-image.ts';
import { BenchError, ExitCode } from './errors.ts';
import { interruptibly } from './interrupt.ts';
import { findRuntime } from './setup/container-runtime.ts';
import { inspectImage } from './setup/image.ts';
import { type ImageReference, parseReference } from './setup/image-reference.ts';
import { platformOf } from './setup/platform.ts';
import { resolveTag } from './setup/registry.ts';
import { storedManifests } from './snapshot/image-store.ts';
import type { Teller } from './teller.ts';
import type { World } from './world.ts';

/** What `bench config pin` was asked. */
export interface PinFlags {
  /** The local store instead of the registry. */
  readonly local: boolean;
  /** Say the line, write nothing. */
  readonly dryRun: boolean;
}

/** What it did. */
export interface PinResult {
  /** As the user would type it. */
  readonly path: string;
  readonly line: number;
  readonly before: string;
  /** The reference with its digest. */
  readonly after: string;
  /** Of the list of platforms the tag leads to; null when it leads to the image itself, or was not asked. */
  readonly indexDigest: string | null;
  readonly configDigest: string | null;
  readonly written: boolean;
}

/**
 * Writes into an experiment file the digest that its image's tag stands for now; nothing else in the file changes.
 * @throws BenchError exit 2 for a file without an image of its own or a tag that is not there, exit 5 when registry
 *   or store cannot be asked.
 */
export async function pin(config: string, flags: PinFlags, teller: Teller, world: World): Promise<PinResult> {
  const path = resolve(world.cwd, config);
  const image = await imageOf(path, config);
  const reference = parseReference(image.reference);
  if (reference === null) {
    throw new BenchError(`${config}:${image.line}: \`${image.reference}\` is no image reference.`, {
      exitCode: ExitCode.usage,
      hint: 'Write name and tag, such as vllm/vllm-openai:v0.11.0.',
    });
  }
  const base = { path: shown(path, world.cwd), line: image.line, before: image.reference };
  const { tag } = reference;
  if (tag === null) {
    const already = { after: image.reference, indexDigest: null, configDigest: null, written: false };
    return { ...base, ...already };
  }
  const found = await interruptibly(async ({ signal }) => {
    teller.step(`asking what ${reference.written} is`);
    if (flags.local) return lookLocally(reference, world.env, signal);
    const platform = platformOf(process.arch);
    return resolveTag({ ...reference, tag }, { env: world.env, platform, signal });
  });
  const after = `${reference.written}@${found.manifestDigest}`;
  const written = !flags.dryRun && after !== image.reference;
  if (written) await replace(path, image.with(after));
  return { ...base, after, indexDigest: found.indexDigest, configDigest: found.configDigest, written };
}

async function imageOf(path: string, shownPath: string): Promise<WrittenImage> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new BenchError(`${shownPath} cannot be read (${error.code}).`, { exitCode: ExitCode.usage });
  });
  const image = findImage(text);
  if (image === null || typeof image === 'string') {
    throw new BenchError(`${shownPath}: ${image ?? 'there is no `image:` in this file'}.`, {
      exitCode: ExitCode.usage,
      hint: image === null ? 'Where it comes from a parent, pin the parent: `bench config show` says.' : '',
    });
  }
  return image;
}

/** Of the digests the store knows under this name, that of the image itself rather than of a list of platforms. */
async function lookLocally(reference: ImageReference, env: NodeJS.ProcessEnv, signal: AbortSignal) {
  const { runtime, storeFolder } = await findRuntime(env, signal);
  const image = await inspectImage(runtime, reference.written);
  const prefixes = [`${reference.host}/${reference.repository}@`, `${reference.repository}@`].concat(
    reference.repository.startsWith('library/') ? `${reference.repository.slice('library/'.length)}@` : [],
  );
  const known = (image?.RepoDigests ?? []).filter((name) => prefixes.some((start) => name.startsWith(start)));
  const digests = known.map((name) => name.slice(name.indexOf('@') + 1));
  const stored = storeFolder === null || image === null ? [] : storedManifests(storeFolder, image.Id);
  const isImage = (digest: string): boolean => stored.some((one) => one.digest === digest && !one.isIndex);
  const manifestDigest = digests.find(isImage) ?? digests.find((one) => one === image?.Digest) ?? digests[0];
  if (manifestDigest === undefined) {
    throw new BenchError(
      image === null
        ? `The store of ${runtime.kind} has no ${reference.written}.`
        : `The store of ${runtime.kind} knows no digest of ${reference.written}: it was built here and never pushed.`,
      {
        exitCode: ExitCode.usage,
        hint:
          image === null
            ? `${runtime.kind} pull ${reference.written}, or ask the registry: leave --local out.`
            : 'Push it to a registry (one on this machine will do), then pin it.',
      },
    );
  }
  return { manifestDigest, indexDigest: null, configDigest: null };
}

/** Whole or not at all, with the file's own rights. */
async function replace(path: string, text: string): Promise<void> {
  const beside = `${path}.pin-${process.pid}`;
  try {
    const { mode } = await stat(path);
    await writeFile(beside, text, { flag: 'wx' });
    await chmod(beside, mode & 0o7777);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw new BenchError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`, {
      exitCode: ExitCode.host,
      hint: 'Nothing of it was changed.',
      cause: error,
    });
  }
}

function shown(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith('..') ? path : near;
}
