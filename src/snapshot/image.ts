import { asJson, type Json } from '../canonical.ts';
import type { FoundRuntime } from '../setup/container-runtime.ts';
import type { Inspection, LocalImage } from '../setup/image.ts';
import type { ContainerSeen } from '../supervisor/container.ts';
import type { ProcessSeen } from '../supervisor/processes.ts';
import { storedManifests } from './image-store.ts';
import type { Fact } from './probe.ts';

/** The image an engine runs in, as the store has it. */
export interface ImageFacts {
  /** As the file names it. */
  readonly reference: string;
  /** What the container is started from. */
  readonly name: string;
  /** Of the list of platforms. */
  readonly indexDigest: Fact<string>;
  /** Of the one image. */
  readonly manifestDigest: Fact<string>;
  /** Of its configuration: the same in every store and registry. */
  readonly configDigest: Fact<string>;
  readonly platform: string | null;
  /** Every name it has, sorted. */
  readonly repoDigests: readonly string[];
  /** The store's own id: what it is the digest of hangs on the store. */
  readonly id: string;
  readonly storeKind: string | null;
  /** diff ids: digests of the unpacked layers, the same in every store. */
  readonly layers: readonly string[];
  readonly created: string | null;
  readonly labels: { readonly [name: string]: string };
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly user: string;
  readonly workingDir: string;
  /** Its ENV. */
  readonly env: Readonly<Record<string, string>>;
  readonly runtime: {
    readonly name: string;
    readonly version: string;
    readonly ociRuntime: string | null;
    readonly cgroupVersion: string | null;
    readonly isRootless: boolean;
  };
}

/** Where a variable of the engine's environment comes from. */
export type EnvOrigin = 'file' | 'image' | 'runtime';

/** An image as `image inspect`, the store's files and `info` show it; what none of them says is an absent fact. */
export function imageFacts(reference: string, image: LocalImage, found: FoundRuntime): ImageFacts {
  const { inspected } = image;
  const { kind, version, ociRuntime, cgroupVersion, isRootless } = found.runtime;
  return {
    reference,
    name: image.name,
    ...digestsOf(image, found),
    platform: platformOf(inspected),
    repoDigests: [...(inspected.RepoDigests ?? [])].sort(),
    id: image.id,
    storeKind: found.storeKind,
    layers: inspected.RootFS?.Layers ?? [],
    created: inspected.Created ?? null,
    labels: inspected.Config?.Labels ?? {},
    entrypoint: inspected.Config?.Entrypoint ?? [],
    cmd: inspected.Config?.Cmd ?? [],
    user: inspected.Config?.User ?? '',
    workingDir: inspected.Config?.WorkingDir ?? '',
    env: image.env,
    runtime: { name: kind, version, ociRuntime, cgroupVersion, isRootless },
  };
}

/** `img:` and the first 12 hex of the digest the file names: how the ledger calls what ran. */
export function imageArtifact({ name }: Pick<ImageFacts, 'name'>): string {
  return `img:${name.slice(name.indexOf('@sha256:') + '@sha256:'.length).slice(0, 12)}`;
}

/**
 * The snapshot's section on the image: what it is, the container that ran it, and for each variable of the engine's
 * first process whether the file, the image or the runtime gave it.
 * @param root the engine's first process; undefined when it was never seen.
 */
export function describeImage(
  facts: ImageFacts,
  container: ContainerSeen | null,
  root: ProcessSeen | undefined,
  fileEnv: Readonly<Record<string, string>>,
): Json {
  const origins: Json =
    root === undefined || root.envSource !== 'first-seen'
      ? { absent: 'the environment of its first process was not seen' }
      : envOrigins(root.env, facts.env, fileEnv);
  return { ...(asJson(facts) as object), container: asJson(container), envOrigins: origins };
}

/** For each variable: `file` when the file gives this value, `image` when its ENV does, else `runtime`. */
export function envOrigins(
  env: Readonly<Record<string, string>>,
  imageEnv: Readonly<Record<string, string>>,
  fileEnv: Readonly<Record<string, string>>,
): Record<string, EnvOrigin> {
  const originOf = (name: string, value: string): EnvOrigin => {
    if (Object.hasOwn(fileEnv, name) && fileEnv[name] === value) return 'file';
    return Object.hasOwn(imageEnv, name) && imageEnv[name] === value ? 'image' : 'runtime';
  };
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, originOf(name, value)]));
}

type Digests = Pick<ImageFacts, 'indexDigest' | 'manifestDigest' | 'configDigest'>;

/** podman's id is the configuration's digest; so is classic docker's, while containerd's store has the manifest's. */
function digestsOf({ inspected, id }: LocalImage, found: FoundRuntime): Digests {
  const bare = id.replace(/^sha256:/, '');
  if (found.runtime.kind === 'podman') return digestsInStore(bare, found.storeFolder);
  const { mediaType = '', digest } = inspected.Descriptor ?? {};
  if (digest !== undefined) {
    const isIndex = /image\.index|manifest\.list/.test(mediaType);
    const other = { absent: "docker's containerd store does not say" };
    return {
      indexDigest: isIndex ? digest : { absent: 'the store has the image without a list of platforms' },
      manifestDigest: isIndex ? other : digest,
      configDigest: other,
    };
  }
  const unknown = { absent: 'docker does not say of which kind the digests of its store are (repoDigests)' };
  const isClassic = found.storeKind !== null && !found.storeKind.includes('containerd');
  return {
    indexDigest: unknown,
    manifestDigest: unknown,
    configDigest: isClassic ? `sha256:${bare}` : { absent: "docker's containerd store does not say" },
  };
}

function digestsInStore(id: string, folder: string | null): Digests {
  const stored = folder === null ? [] : storedManifests(folder, id);
  const unread = { absent: 'the files of the store could not be read' };
  const manifest = stored.find(({ isIndex }) => !isIndex)?.digest;
  const index = stored.find(({ isIndex }) => isIndex)?.digest;
  return {
    indexDigest:
      index ??
      (stored.length === 0 ? unread : { absent: 'the store has the image without a list of platforms' }),
    manifestDigest: manifest ?? unread,
    configDigest: `sha256:${id}`,
  };
}

function platformOf({ Os, Architecture }: Inspection): string | null {
  return Os === undefined || Architecture === undefined ? null : `${Os}/${Architecture}`;
}
