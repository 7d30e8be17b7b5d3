import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { sha256Hex } from '../canonical.ts';
import { BenchError, ExitCode } from '../errors.ts';
import { type ImageReference, isLoopback } from './image-reference.ts';
import type { Platform } from './platform.ts';
import { type Challenge, findCredentials, parseChallenge } from './registry-auth.ts';

/** What a tag stands for at its registry, now. */
export interface Resolved {
  /** Of the one image for this platform: what `image:` names. */
  readonly manifestDigest: string;
  /** Of the list of platforms the tag leads to; null when it leads to the image itself. */
  readonly indexDigest: string | null;
  /** Of the image's configuration; null when the manifest names none. */
  readonly configDigest: string | null;
}

const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** A request, sent to last byte. */
const limitMs = 30_000;
/** Manifests are a few kB; registries themselves refuse larger ones than this. */
const largestBytes = 4 << 20;

/**
 * Asks a registry what a tag stands for (OCI distribution API v2, with the token that it may want): the digest of
 * the bytes it serves, checked against the bytes, and of a list of platforms the image for one of them.
 * @param env where proxies and the credentials of `podman login` and `docker login` are found.
 * @throws BenchError exit 2 when there is no such tag or no image for the platform, exit 5 when the registry cannot
 *   be reached, refuses, or serves bytes that do not have their digest; the signal's reason when aborted.
 */
export async function resolveTag(
  reference: ImageReference & { readonly tag: string },
  options: { readonly env: NodeJS.ProcessEnv; readonly platform: Platform; readonly signal: AbortSignal },
): Promise<Resolved> {
  const session = openSession(reference, options);
  try {
    const head = await session.ask('HEAD', reference.tag);
    const top = await session.manifest(reference.tag, head.headers.get('docker-content-digest'));
    if (!top.isIndex) {
      return { manifestDigest: top.digest, indexDigest: null, configDigest: top.configDigest };
    }
    const digest = pick(top.body, options.platform);
    if (digest === null) throw noPlatform(reference, top.body, options.platform);
    const image = await session.manifest(digest, digest);
    return { manifestDigest: digest, indexDigest: top.digest, configDigest: image.configDigest };
  } finally {
    await session.close();
  }
}

interface Manifest {
  readonly digest: string;
  readonly isIndex: boolean;
  readonly configDigest: string | null;
  readonly body: ManifestBody;
}

interface ManifestBody {
  readonly mediaType?: string;
  readonly config?: { readonly digest?: string };
  readonly manifests?: readonly {
    readonly digest?: string;
    readonly platform?: { readonly os?: string; readonly architecture?: string; readonly variant?: string };
  }[];
}

interface Session {
  ask(method: 'HEAD' | 'GET', tagOrDigest: string): Promise<Response>;
  /** @param expected what the registry said the digest is; null when it did not. */
  manifest(tagOrDigest: string, expected: string | null): Promise<Manifest>;
  close(): Promise<void>;
}

function openSession(
  reference: ImageReference,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Session {
  const { apiHost, host, repository } = reference;
  const dispatcher = isLoopback(apiHost) ? new Agent() : proxied(env);
  const base = `${isLoopback(apiHost) ? 'http' : 'https'}://${apiHost}/v2/${repository}/manifests/`;
  let authorization: string | null = null;
  const request = (method: 'HEAD' | 'GET', url: string, headers: Record<string, string>): Promise<Response> =>
    send(url, { method, headers, dispatcher, signal }, host);
  const ask = async (method: 'HEAD' | 'GET', name: string): Promise<Response> => {
    const accept = [...indexTypes, ...manifestTypes].join(', ');
    const attempt = () =>
      request(method, `${base}${name}`, { accept, ...(authorization === null ? {} : { authorization }) });
    const first = await attempt();
    if (first.status !== 401) return checked(first, reference);
    const challenge = parseChallenge(first.headers.get('www-authenticate'));
    authorization = await authorize(challenge, reference, env, (url, headers) =>
      request('GET', url, headers),
    );
    return checked(await attempt(), reference);
  };
  return {
    ask,
    async manifest(name, expected) {
      const response = await ask('GET', name);
      const bytes = await bodyOf(response, host);
      const digest = `sha256:${sha256Hex(bytes)}`;
      const said = expected ?? response.headers.get('docker-content-digest');
      if (said !== null && said !== digest) throw tampered(reference, said, digest);
      return readManifest(bytes, digest, response.headers.get('content-type'), reference);
    },
    close: () => dispatcher.destroy(),
  };
}

/** Proxies as every other tool reads them from the environment. */
function proxied(env: NodeJS.ProcessEnv): Dispatcher {
  const httpsProxy = env.https_proxy ?? env.HTTPS_PROXY;
  const noProxy = env.no_proxy ?? env.NO_PROXY;
  return new EnvHttpProxyAgent({ httpProxy: '', httpsProxy: httpsProxy ?? '', noProxy: noProxy ?? '' });
}

async function send(
  url: string,
  init: {
    method: 'HEAD' | 'GET';
    headers: Record<string, string>;
    dispatcher: Dispatcher;
    signal: AbortSignal;
  },
  host: string,
): Promise<Response> {
  const limit = AbortSignal.timeout(limitMs);
  try {
    return await fetch(url, { ...init, signal: AbortSignal.any([init.signal, limit]) });
  } catch (error) {
    init.signal.throwIfAborted();
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    const why = limit.aborted
      ? `no answer in ${limitMs / 1000} s`
      : (cause?.code ?? (error as Error).message);
    throw new BenchError(`The registry ${host} could not be reached: ${why}.`, {
      exitCode: ExitCode.host,
      hint: 'Is there a network (and HTTPS_PROXY, where one is needed)? --local asks the local store instead.',
      cause: error,
    });
  }
}

/** The token a registry wants, as a header; the credentials of a login where there are any. */
async function authorize(
  challenge: Challenge | null,
  reference: ImageReference,
  env: NodeJS.ProcessEnv,
  get: (url: string, headers: Record<string, string>) => Promise<Response>,
): Promise<string> {
  const login = findCredentials(reference.host, reference.repository, env);
  const basic = login === null ? null : `Basic ${login}`;
  if (challenge?.scheme === 'basic' && basic !== null) return basic;
  if (challenge?.scheme !== 'bearer' || !URL.canParse(challenge.realm)) throw refused(reference, 401);
  const url = new URL(challenge.realm);
  // A password goes over the network encrypted or not at all.
  const isSafe = url.protocol === 'https:' || isLoopback(url.host);
  if (challenge.service !== null) url.searchParams.set('service', challenge.service);
  url.searchParams.set('scope', challenge.scope ?? `repository:${reference.repository}:pull`);
  const response = await get(url.href, basic === null || !isSafe ? {} : { authorization: basic });
  if (!response.ok) throw refused(reference, response.status);
  const answer = parseJson(await bodyOf(response, reference.host)) as {
    token?: string;
    access_token?: string;
  } | null;
  const token = answer?.token ?? answer?.access_token;
  if (token === undefined) throw refused(reference, 401);
  return `Bearer ${token}`;
}

function checked(response: Response, reference: ImageReference): Response {
  if (response.ok) return response;
  const { host, repository, tag } = reference;
  if (response.status === 404) {
    throw new BenchError(`There is no ${repository}:${tag} at ${host}.`, {
      exitCode: ExitCode.usage,
      hint: 'Check the name and the tag; --local asks the local store instead.',
    });
  }
  if (response.status === 429) {
    throw new BenchError(`${host} answers no more for now (429, too many requests).`, {
      exitCode: ExitCode.host,
      hint: `Wait, or log in: podman login ${host}`,
    });
  }
  throw refused(reference, response.status);
}

function refused({ host, repository }: ImageReference, status: number): BenchError {
  const isAuth = status === 401 || status === 403;
  return new BenchError(
    isAuth
      ? `${host} does not show ${repository} to this user (${status}): unauthorized, or no such image.`
      : `${host} answered ${status} when asked for ${repository}.`,
    {
      exitCode: ExitCode.host,
      hint: isAuth
        ? `Log in (podman login ${host}; credential helpers are not asked), or check the name.`
        : 'Try again later, or --local.',
    },
  );
}

function tampered({ host, repository }: ImageReference, said: string, digest: string): BenchError {
  return new BenchError(
    `${host} served ${repository} with the digest ${said}, but its bytes have ${digest}.`,
    {
      exitCode: ExitCode.host,
      hint: 'Something between here and the registry changes what it sends. Nothing was written.',
    },
  );
}

async function bodyOf(response: Response, host: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    const bytes = part as Uint8Array;
    size += bytes.length;
    if (size > largestBytes) {
      throw new BenchError(`${host} sent a manifest larger than ${largestBytes >> 20} MiB.`, {
        exitCode: ExitCode.host,
      });
    }
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

function readManifest(
  bytes: Uint8Array,
  digest: string,
  contentType: string | null,
  { host, repository }: ImageReference,
): Manifest {
  const body = parseJson(bytes) as ManifestBody | null;
  const type = body?.mediaType ?? contentType?.split(';')[0]?.trim() ?? '';
  const isIndex = indexTypes.includes(type) || Array.isArray(body?.manifests);
  if (body === null || (!isIndex && !manifestTypes.includes(type))) {
    throw new BenchError(
      `${host} answered for ${repository} with ${type || 'something'} that is no manifest.`,
      {
        exitCode: ExitCode.host,
      },
    );
  }
  return { digest, isIndex, configDigest: body.config?.digest ?? null, body };
}

/** The image of a list for linux on this platform: the one of its variant, else one without. */
function pick({ manifests = [] }: ManifestBody, { architecture, variant }: Platform): string | null {
  const fitting = manifests.filter(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
  );
  const exact = fitting.find(({ platform }) => (platform?.variant ?? null) === variant);
  return (exact ?? fitting.find(({ platform }) => !platform?.variant) ?? fitting[0])?.digest ?? null;
}

function noPlatform(reference: ImageReference, { manifests = [] }: ManifestBody, here: Platform): BenchError {
  const there = manifests
    .map(({ platform }) => `${platform?.os}/${platform?.architecture}`)
    .filter((name) => !name.startsWith('unknown'));
  return new BenchError(
    `${reference.repository}:${reference.tag} has no image for linux/${here.architecture}; it has ${there.join(', ') || 'none'}.`,
    { exitCode: ExitCode.usage, hint: 'Take another tag, or pin on a machine of that kind.' },
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}
