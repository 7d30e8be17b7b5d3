import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/canonical.ts';
import { readDocker, readPodman } from '../../src/setup/container-runtime.ts';
import type { LocalImage } from '../../src/setup/image.ts';
import { describeImage, envOrigins, imageArtifact, imageFacts } from '../../src/snapshot/image.ts';

const digest = `sha256:${'1'.repeat(64)}`;
const image = (more: object = {}): LocalImage => ({
  name: `docker.io/a/b@${digest}`,
  id: 'f'.repeat(64),
  env: { A: 'image' },
  inspected: { Id: 'f'.repeat(64), RepoDigests: ['z@2', 'a@1'], Os: 'linux', Architecture: 'amd64', ...more },
  pulled: false,
});
const podmanAt = (graphRoot: string) =>
  readPodman(
    {
      host: { cgroupVersion: 'v2', ociRuntime: { name: 'crun' }, security: { rootless: true } },
      store: { graphDriverName: 'overlay', graphRoot },
      version: { Version: '5.0.0' },
    },
    '/usr/bin/podman',
    {},
  );

describe('the digests of an image', () => {
  it('are told apart by the bytes that the store of podman keeps', () => {
    const graph = mkdtempSync(join(tmpdir(), 'bench-graph-'));
    const folder = join(graph, 'overlay-images', 'f'.repeat(64));
    mkdirSync(folder, { recursive: true });
    const keep = (body: object, name?: string): string => {
      const text = JSON.stringify(body);
      const own = `sha256:${sha256Hex(text)}`;
      writeFileSync(join(folder, `=${Buffer.from(name ?? `manifest-${own}`).toString('base64')}`), text);
      return own;
    };
    const manifestDigest = keep({ config: {}, layers: [] });
    const indexDigest = keep({ manifests: [] });
    keep({ lies: true }, `manifest-sha256:${'0'.repeat(64)}`);
    keep({ config: {} }, 'signature-1');
    const facts = imageFacts('a/b', image(), podmanAt(graph));
    expect(facts).toMatchObject({ manifestDigest, indexDigest, configDigest: `sha256:${'f'.repeat(64)}` });
    expect(facts).toMatchObject({
      repoDigests: ['a@1', 'z@2'],
      platform: 'linux/amd64',
      storeKind: 'overlay',
    });
    expect(facts.runtime).toEqual({
      ...{ name: 'podman', version: '5.0.0', ociRuntime: 'crun', cgroupVersion: 'v2', isRootless: true },
    });
  });

  it('are absent with the reason where nothing says them', () => {
    const absent = { absent: expect.any(String) };
    const facts = imageFacts('a/b', image(), podmanAt('/nowhere'));
    expect(facts).toMatchObject({ manifestDigest: absent, indexDigest: absent });
  });

  it('by docker hang on its store', () => {
    const absent = { absent: expect.any(String) };
    const classic = readDocker({ ServerVersion: '28', Driver: 'overlay2', CgroupVersion: '2' }, '/d', {});
    expect(classic.runtime).toMatchObject({ cgroupVersion: 'v2', hasService: true });
    expect(imageFacts('a', image(), classic)).toMatchObject({
      ...{ indexDigest: absent, manifestDigest: absent, configDigest: `sha256:${'f'.repeat(64)}` },
    });
    const containerd = readDocker(
      { Driver: 'overlayfs', DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']] },
      '/d',
      {},
    );
    expect(containerd.storeKind).toBe('overlayfs (containerd)');
    const index = { Descriptor: { mediaType: 'application/vnd.oci.image.index.v1+json', digest } };
    expect(imageFacts('a', image(index), containerd)).toMatchObject({
      ...{ indexDigest: digest, manifestDigest: absent, configDigest: absent },
    });
    const manifest = { Descriptor: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest } };
    expect(imageFacts('a', image(manifest), containerd)).toMatchObject({ manifestDigest: digest });
    expect(imageFacts('a', image(), containerd)).toMatchObject({ configDigest: absent });
  });
});

it('the ledger calls it by the digest the file names', () => {
  expect(imageArtifact({ name: `docker.io/a/b@${digest}` })).toBe('img:111111111111');
});

it('each variable has an origin: the file before the image, the runtime for the rest', () => {
  const env = { A: 'file', B: 'image', HOME: '/', SAME: 'x', SET: 'by-runtime' };
  const origins = envOrigins(
    env,
    { A: 'image', B: 'image', SAME: 'x', SET: 'image' },
    { A: 'file', SAME: 'x' },
  );
  expect(origins).toEqual({ A: 'file', B: 'image', HOME: 'runtime', SAME: 'file', SET: 'runtime' });
});

it('the section says so when the environment was not seen', () => {
  const facts = imageFacts('a/b', image(), podmanAt('/nowhere'));
  expect(describeImage(facts, null, undefined, {})).toMatchObject({
    ...{ reference: 'a/b', container: null, envOrigins: { absent: expect.any(String) } },
  });
});
