import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../src/setup/image-reference.ts';
import { type Resolved, resolveTag } from '../../src/setup/registry.ts';
import { parseChallenge } from '../../src/setup/registry-auth.ts';
import { type MockRegistry, mockRegistry } from './mock-registry.ts';

const oci = 'application/vnd.oci.image.manifest.v1+json';
const index = 'application/vnd.oci.image.index.v1+json';
const list = 'application/vnd.docker.distribution.manifest.list.v2+json';
const config = { config: { digest: `sha256:${'c'.repeat(64)}` }, layers: [] };
const amd64 = { architecture: 'amd64', variant: null };

function resolveAt(
  registry: Pick<MockRegistry, 'host'>,
  tag: string,
  options: { env?: NodeJS.ProcessEnv; platform?: typeof amd64; signal?: AbortSignal } = {},
): Promise<Resolved> {
  const reference = parseReference(`${registry.host}/team/x:${tag}`);
  if (reference?.tag == null) throw new Error('no reference');
  const { env = {}, platform = amd64, signal = new AbortController().signal } = options;
  return resolveTag({ ...reference, tag: reference.tag }, { env, platform, signal });
}

describe('a tag at a registry that wants a token', () => {
  it('is the digest of its bytes', async () => {
    const registry = await mockRegistry();
    const digest = registry.put('v1', oci, config);
    expect(await resolveAt(registry, 'v1')).toEqual({
      manifestDigest: digest,
      indexDigest: null,
      configDigest: config.config.digest,
    });
    expect(registry.asked).toEqual([
      'HEAD /v2/team/x/manifests/v1',
      'GET /token?kept=1&service=mock&scope=repository%3Ateam%2Fx%3Apull',
      'HEAD /v2/team/x/manifests/v1',
      'GET /v2/team/x/manifests/v1',
    ]);
    expect(registry.logins).toEqual([undefined]);
  });

  it.each([index, list])('of a list (%s) is the image of the platform', async (mediaType) => {
    const registry = await mockRegistry();
    const mine = registry.put(null, oci, config);
    const other = registry.put(null, oci, { ...config, layers: [1] });
    const platform = (architecture: string, more = {}) => ({
      platform: { os: 'linux', architecture, ...more },
    });
    const manifests = [
      { digest: other, platform: { os: 'windows', architecture: 'amd64' } },
      { digest: other, ...platform('unknown') },
      { digest: other, ...platform('arm', { variant: 'v6' }) },
      { digest: mine, ...platform('arm', { variant: 'v7' }) },
      { digest: mine, ...platform('amd64') },
    ];
    const top = registry.put('multi', mediaType, { manifests });
    const expected = { manifestDigest: mine, indexDigest: top, configDigest: config.config.digest };
    expect(await resolveAt(registry, 'multi')).toEqual(expected);
    const arm = { architecture: 'arm', variant: 'v7' } as unknown as typeof amd64;
    expect(await resolveAt(registry, 'multi', { platform: arm })).toEqual(expected);
    const s390x = { architecture: 's390x', variant: null };
    await expect(resolveAt(registry, 'multi', { platform: s390x })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /no image for linux\/s390x; it has windows\/amd64, linux\/unknown, linux\/arm/,
      ),
    });
  });

  it('is asked with the login that podman or docker keeps, the narrower first', async () => {
    const registry = await mockRegistry();
    registry.put('v1', oci, config);
    const login = Buffer.from('me:pass').toString('base64');
    registry.login = login;
    const home = mkdtempSync(join(tmpdir(), 'bench-auth-'));
    mkdirSync(join(home, '.docker'));
    const auths = { [registry.host]: { auth: 'bm8=' }, [`${registry.host}/team`]: { auth: login } };
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ auths }));
    await resolveAt(registry, 'v1', { env: { HOME: home } });
    expect(registry.logins).toEqual([`Basic ${login}`]);
    await expect(resolveAt(registry, 'v1')).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/unauthorized, or no such image/),
      hint: expect.stringContaining(`podman login ${registry.host}`),
    });
  });

  it('that is not there is a mistake in the file', async () => {
    const registry = await mockRegistry();
    await expect(resolveAt(registry, 'v2')).rejects.toMatchObject({
      exitCode: 2,
      message: `There is no team/x:v2 at ${registry.host}.`,
    });
  });

  it('whose bytes were changed on the way is refused', async () => {
    const registry = await mockRegistry();
    registry.put('v1', oci, config);
    registry.tamper = true;
    await expect(resolveAt(registry, 'v1')).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/with the digest sha256:\w+, but its bytes have sha256:/),
    });
  });

  it.each([
    [429, /too many requests/],
    [500, /answered 500/],
    [403, /unauthorized/],
  ])('is refused when the registry says %i', async (status, says) => {
    const registry = await mockRegistry();
    registry.put('v1', oci, config);
    registry.status = status;
    await expect(resolveAt(registry, 'v1')).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(says),
    });
  });

  it('is no manifest when it is something else', async () => {
    const registry = await mockRegistry();
    registry.put('v1', 'text/html', {});
    await expect(resolveAt(registry, 'v1')).rejects.toMatchObject({ exitCode: 5 });
  });
});

describe('a registry that cannot be asked', () => {
  it('is named with the reason', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const host = `127.0.0.1:${(server.address() as { port: number }).port}`;
    await new Promise((done) => server.close(done));
    await expect(resolveAt({ host }, 'v1')).rejects.toMatchObject({
      exitCode: 5,
      message: `The registry ${host} could not be reached: ECONNREFUSED.`,
      hint: expect.stringContaining('--local'),
    });
  });

  it('and is silent is left when the user leaves', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const control = new AbortController();
    const asking = resolveAt({ host: `127.0.0.1:${port}` }, 'v1', { signal: control.signal });
    setTimeout(() => control.abort(new Error('enough')), 50);
    await expect(asking).rejects.toThrow('enough');
    server.close();
  });
});

describe('parseReference', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    [
      'ubuntu',
      { host: 'docker.io', apiHost: 'registry-1.docker.io', repository: 'library/ubuntu', tag: 'latest' },
    ],
    ['vllm/vllm-openai:v0.9', { host: 'docker.io', repository: 'vllm/vllm-openai', tag: 'v0.9' }],
    ['nvcr.io/nvidia/x:1', { host: 'nvcr.io', apiHost: 'nvcr.io', repository: 'nvidia/x', tag: '1' }],
    ['localhost:5000/x', { host: 'localhost:5000', repository: 'x', tag: 'latest' }],
    ['localhost/x:2', { host: 'localhost', repository: 'x', tag: '2' }],
    [`a/b@${digest}`, { repository: 'a/b', tag: null, digest, written: 'a/b' }],
    [`a/b:v1@${digest}`, { repository: 'a/b', tag: 'v1', digest, written: 'a/b:v1' }],
  ])('%s', (text, parts) => {
    expect(parseReference(text)).toMatchObject(parts);
  });

  it.each(['', 'a b', 'Upper/Case', 'a@sha256:12', 'a/b:', '/x'])('%s is none', (text) => {
    expect(parseReference(text)).toBeNull();
  });
});

it('parseChallenge reads what registries ask for', () => {
  const header =
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"';
  expect(parseChallenge(header)).toEqual({
    scheme: 'bearer',
    realm: 'https://auth.docker.io/token',
    service: 'registry.docker.io',
    scope: 'repository:a/b:pull,push',
  });
  expect(parseChallenge('basic realm="x"')).toMatchObject({ scheme: 'basic' });
  expect(parseChallenge('Negotiate')).toBeNull();
  expect(parseChallenge(null)).toBeNull();
});
