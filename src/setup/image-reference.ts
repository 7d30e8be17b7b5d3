/** An image as a file names it, taken apart. */
export interface ImageReference {
  /** `registry-1.docker.io`, `127.0.0.1:5000`: where its API answers. */
  readonly apiHost: string;
  /** `docker.io`, `127.0.0.1:5000`: what it is called by. */
  readonly host: string;
  /** `vllm/vllm-openai`, with `library/` where Docker Hub leaves it out. */
  readonly repository: string;
  /** Null when it names a digest only; `latest` when it names neither. */
  readonly tag: string | null;
  /** `sha256:<64 hex>`; null when it is not pinned. */
  readonly digest: string | null;
  /** What stands before `@`: name and tag as they were written. */
  readonly written: string;
}

/** Takes a reference apart by the rules of docker. Null: no reference at all. */
export function parseReference(text: string): ImageReference | null {
  const match = /^([^\s@]+?)(?:@(sha256:[0-9a-f]{64}))?$/.exec(text);
  if (match === null) return null;
  const [, written = '', digest = null] = match;
  const tagged = /^(.+?):(\w[\w.-]{0,127})$/.exec(written);
  // `localhost:5000/x`: what follows that colon is a port.
  const isTag = tagged !== null && !(tagged[2] ?? '').includes('/');
  const name = isTag ? (tagged[1] ?? '') : written;
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost';
  const host = isHost ? first : 'docker.io';
  const path = isHost ? name.slice(slash + 1) : name;
  if (!/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/.test(path)) return null;
  const isHub = host === 'docker.io' || host === 'index.docker.io';
  return {
    host: isHub ? 'docker.io' : host,
    apiHost: isHub ? 'registry-1.docker.io' : host,
    repository: isHub && !path.includes('/') ? `library/${path}` : path,
    tag: isTag ? (tagged[2] ?? null) : digest === null ? 'latest' : null,
    digest,
    written,
  };
}

/** The one spelling every runtime takes: no short name, no tag beside a digest (podman refuses both). */
export function canonicalName(reference: ImageReference, digest: string): string {
  return `${reference.host}/${reference.repository}@${digest}`;
}

/** Whether a registry is on this machine: those speak plain HTTP, as docker has it. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127(?:\.\d+){3}$/.test(name);
}
