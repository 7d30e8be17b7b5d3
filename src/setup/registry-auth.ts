import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where `podman login` and `docker login` keep credentials, the one asked first at the front. */
function credentialFiles(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME;
  const files = [
    env.REGISTRY_AUTH_FILE,
    env.XDG_RUNTIME_DIR && join(env.XDG_RUNTIME_DIR, 'containers/auth.json'),
    env.XDG_CONFIG_HOME && join(env.XDG_CONFIG_HOME, 'containers/auth.json'),
    home && join(home, '.config/containers/auth.json'),
    env.DOCKER_CONFIG && join(env.DOCKER_CONFIG, 'config.json'),
    home && join(home, '.docker/config.json'),
  ];
  return files.filter((path): path is string => path !== undefined && path !== '');
}

/**
 * The `user:password`, in base64, for a repository; null when nobody has logged in there. Credentials of a part of
 * a registry (`host/team`) come before those of the whole. Credential helpers are not asked.
 * @param host as images name it: `docker.io`, `ghcr.io`.
 */
export function findCredentials(host: string, repository: string, env: NodeJS.ProcessEnv): string | null {
  const wanted = keysFor(host, repository);
  for (const file of credentialFiles(env)) {
    const auths = readAuths(file);
    for (const key of wanted) {
      const entry = auths[key];
      if (entry?.auth !== undefined && entry.auth !== '') return entry.auth;
    }
  }
  return null;
}

type Auths = { readonly [key: string]: { readonly auth?: string } | undefined };

function readAuths(file: string): Auths {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { auths?: Auths }).auths ?? {};
  } catch {
    return {};
  }
}

function keysFor(host: string, repository: string): string[] {
  const parts = repository.split('/');
  const narrow = parts.map((_, at) => [host, ...parts.slice(0, parts.length - at)].join('/'));
  const hub = ['https://index.docker.io/v1/', 'index.docker.io', 'registry-1.docker.io'];
  return [...narrow, host, `https://${host}`, `https://${host}/v1/`, ...(host === 'docker.io' ? hub : [])];
}

/** What a registry asks for in `WWW-Authenticate`. */
export interface Challenge {
  readonly scheme: 'bearer' | 'basic';
  readonly realm: string;
  readonly service: string | null;
  readonly scope: string | null;
}

/** `Bearer realm="...",service="...",scope="..."` -> its parts; null for what is neither that nor Basic. */
export function parseChallenge(header: string | null): Challenge | null {
  const [, name = '', rest = ''] = /^\s*(bearer|basic)\s*(.*)$/i.exec(header ?? '') ?? [];
  if (name === '') return null;
  const parts = Object.fromEntries(
    [...rest.matchAll(/([a-z_]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/gi)].map((match) => [
      (match[1] ?? '').toLowerCase(),
      match[2] ?? match[3] ?? '',
    ]),
  );
  const scheme = name.toLowerCase() === 'basic' ? 'basic' : 'bearer';
  return { scheme, realm: parts.realm ?? '', service: parts.service ?? null, scope: parts.scope ?? null };
}
