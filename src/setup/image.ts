import { execa } from 'execa';
import type { Json } from '../canonical.ts';
import { BenchError, ExitCode } from '../errors.ts';
import type { ContainerRuntime } from '../supervisor/container.ts';
import { canonicalName, type ImageReference, isLoopback } from './image-reference.ts';
import { platformOf } from './platform.ts';
import { runStep } from './run-step.ts';

/** An image that is in the local store. */
export interface LocalImage {
  /** What the container is started from: `host/name@sha256:...`. */
  readonly name: string;
  /** The store's id. */
  readonly id: string;
  /** Its ENV. */
  readonly env: Readonly<Record<string, string>>;
  /** What `image inspect` says. */
  readonly inspected: Inspection;
  /** Whether it had to be pulled. */
  readonly pulled: boolean;
}

/** The parts of `image inspect` that podman and docker give alike, and each one's own. */
export type Inspection = { readonly [key: string]: Json } & {
  readonly Id: string;
  /** podman: the manifest's digest. */
  readonly Digest?: string;
  readonly RepoDigests?: readonly string[] | null;
  readonly Architecture?: string;
  readonly Os?: string;
  readonly Created?: string;
  readonly Config?: {
    readonly Env?: readonly string[] | null;
    readonly Labels?: { readonly [name: string]: string } | null;
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly User?: string;
    readonly WorkingDir?: string;
  } | null;
  readonly RootFS?: { readonly Layers?: readonly string[] | null } | null;
  /** docker with containerd's store: what the id is the digest of. */
  readonly Descriptor?: { readonly mediaType?: string; readonly digest?: string } | null;
};

/**
 * Sees that an image is in the local store, by its digest, and pulls it when it is not: before the engine starts,
 * so that its start is no download.
 * @throws BenchError (exit 5) when it cannot be had, (exit 2) when it is for another kind of machine; the signal's
 *   reason when aborted.
 */
export async function ensureImage(
  runtime: ContainerRuntime,
  reference: ImageReference & { readonly digest: string },
  options: { readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<LocalImage> {
  const name = canonicalName(reference, reference.digest);
  const there = await inspectImage(runtime, name);
  if (there === null) await pull(runtime, reference, name, options);
  const inspected = there ?? (await inspectImage(runtime, name));
  if (inspected === null) {
    throw new BenchError(`${runtime.kind} pulled ${name} and does not know it.`, {
      exitCode: ExitCode.host,
      hint: `Try \`${runtime.kind} image inspect ${name}\` by hand.`,
    });
  }
  requireDigest(inspected, reference.digest, name);
  requirePlatform(inspected, name);
  return { name, id: inspected.Id, env: envOf(inspected), inspected, pulled: there === null };
}

/** What the local store says of an image; null when it does not have it. */
export async function inspectImage(
  runtime: Pick<ContainerRuntime, 'path' | 'env'>,
  name: string,
): Promise<Inspection | null> {
  const { exitCode, stdout } = await execa(runtime.path, ['image', 'inspect', name], {
    env: runtime.env,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: 30_000,
  });
  if (exitCode !== 0) return null;
  const [image] = JSON.parse(stdout ?? '[]') as Inspection[];
  return image ?? null;
}

/** `NAME=value` lines -> a map; a name without `=` has the empty value. */
function envOf(image: Inspection): Record<string, string> {
  return Object.fromEntries(
    (image.Config?.Env ?? []).map((entry): [string, string] => {
      const at = entry.indexOf('=');
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

async function pull(
  runtime: ContainerRuntime,
  reference: ImageReference,
  name: string,
  { say, signal }: { readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  // docker takes a registry on this machine for plain HTTP by itself.
  const plain = runtime.kind === 'podman' && isLoopback(reference.host) ? ['--tls-verify=false'] : [];
  const end = await runStep([runtime.path, 'pull', ...plain, name], {
    cwd: '/',
    env: runtime.env,
    signal,
    onLine: say,
  });
  if (end.exitCode === 0) return;
  const said = end.lines.slice(-4).map((line) => `\n  | ${line}`);
  throw new BenchError(`The image ${name} could not be pulled by ${runtime.kind}:${said.join('')}`, {
    exitCode: ExitCode.host,
    hint: pullHint(end.lines.join('\n'), runtime.kind, reference),
  });
}

function pullHint(text: string, kind: ContainerRuntime['kind'], { host, written }: ImageReference): string {
  if (/unauthorized|authentication required|denied|forbidden/i.test(text)) {
    return `${host} wants to know who asks, or has no such image: ${kind} login ${host}`;
  }
  if (/manifest unknown|not found|name unknown/i.test(text)) {
    return `${host} has it no more, or never had: \`bench config pin FILE\` asks what ${written} is now.`;
  }
  if (/no space left/i.test(text)) return `Make room where ${kind} keeps its images (${kind} system df).`;
  return `Is there a network, and does ${host} answer? Nothing was started.`;
}

/** A store that finds another image by this digest would be broken; it costs nothing to see that it is not. */
function requireDigest(image: Inspection, digest: string, name: string): void {
  const own = [image.Digest, image.Id, image.Descriptor?.digest, ...(image.RepoDigests ?? [])];
  if (own.some((known) => known === digest || known?.endsWith(`@${digest}`) === true)) return;
  throw new BenchError(`The local store gives another image for ${name}: ${own.filter(Boolean).join(', ')}`, {
    exitCode: ExitCode.host,
    hint: 'Remove it from the store and run again.',
  });
}

function requirePlatform({ Architecture, Os }: Inspection, name: string): void {
  const here = platformOf(process.arch);
  const isRight = (Architecture ?? here.architecture) === here.architecture && (Os ?? 'linux') === 'linux';
  if (isRight) return;
  throw new BenchError(
    `The image ${name} is for ${Os}/${Architecture}; this machine is linux/${here.architecture}.`,
    {
      exitCode: ExitCode.usage,
      hint: 'The digest names the image of one platform: pin the tag again here, in a file of its own.',
    },
  );
}
