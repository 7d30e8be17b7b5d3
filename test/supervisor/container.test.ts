import { describe, expect, it } from 'vitest';
import { type ContainerRuntime, type ContainerSpec, placeContainer } from '../../src/supervisor/container.ts';
import { containerCommand } from '../../src/supervisor/container-command.ts';
import { containerFindings } from '../../src/supervisor/container-launch.ts';
import { readInspected, requireImage } from '../../src/supervisor/container-watch.ts';
import type { ProcessSeen } from '../../src/supervisor/processes.ts';

const podman: ContainerRuntime = {
  kind: 'podman',
  path: '/usr/bin/podman',
  version: '4.3.1',
  env: { PATH: '/usr/bin', HOME: '/root' },
  ociRuntime: 'runc',
  cgroupVersion: 'v1',
  isRootless: false,
  hasService: false,
};
const docker: ContainerRuntime = { ...podman, kind: 'docker', path: '/usr/bin/docker', hasService: true };

const spec: ContainerSpec = {
  runtime: podman,
  name: 'bench-run-1',
  image: 'docker.io/a/b@sha256:1',
  imageId: 'sha256:abc',
  imageEnv: {},
  secretEnv: ['TOKEN'],
  mounts: [{ source: '/m', target: '/models', options: 'ro' }],
  gpus: ['GPU-1', 'GPU-2'],
  shmBytes: 1024,
  ipc: 'private',
  workdir: '/app',
};
const given = { words: ['--port', '1'], env: { A: 'x y', TOKEN: 'secret' } };
const command = (change: Partial<ContainerSpec> = {}, how: 'own' | 'leaf' = 'own') =>
  containerCommand({ ...spec, ...change }, given, { how }, 'ns.1.2');

describe('the command of a container', () => {
  it('by podman: the host gives a network, cards by UUID and mounts, and nothing of its environment', () => {
    expect(containerCommand(spec, given, { how: 'parent', cgroup: '/x' }, 'ns.1.2').argv).toEqual([
      ...['/usr/bin/podman', '--cgroup-manager=cgroupfs', 'run', '--rm', '--name', 'bench-run-1'],
      ...['--label', 'bench.owner=ns.1.2', '--network=host', '--pull=never', '--init'],
      ...['--log-driver=none', '--no-healthcheck', '--http-proxy=false', '--pids-limit=-1'],
      ...['--cgroup-parent=/x', '--workdir', '/app', '-v', '/m:/models:ro'],
      ...['--device', 'nvidia.com/gpu=GPU-1', '--device', 'nvidia.com/gpu=GPU-2', '--shm-size=1024b'],
      ...['-e', 'A=x y', '-e', 'TOKEN', 'docker.io/a/b@sha256:1', '--port', '1'],
    ]);
  });

  it('by docker', () => {
    const { argv } = command({ runtime: docker });
    expect(argv).toContain('"device=GPU-1,GPU-2"');
    expect(argv.join(' ')).not.toMatch(/http-proxy|pids-limit|cgroup|nvidia\.com/);
  });

  it('in the leaf itself has no cgroup and no limit that would need one', () => {
    const { argv } = command({}, 'leaf');
    expect(argv).toContain('--cgroups=disabled');
    expect(argv.join(' ')).not.toMatch(/pids-limit|cgroup-parent|cgroup-manager/);
  });

  it("with the host's IPC asks for no size of /dev/shm", () => {
    const { argv } = command({ ipc: 'host' });
    expect(argv).toContain('--ipc=host');
    expect(argv.join(' ')).not.toContain('shm-size');
  });

  it('hands a secret over by the environment of the tool, never by its argv', () => {
    expect(command().env).toEqual({ PATH: '/usr/bin', HOME: '/root', TOKEN: 'secret' });
    expect(command().argv.join(' ')).not.toContain('secret');
    expect(() =>
      containerCommand(
        { ...spec, secretEnv: ['PATH'] },
        { words: [], env: { PATH: 'p' } },
        { how: 'own' },
        '',
      ),
    ).toThrow(/The secret PATH cannot be handed/);
  });
});

describe('placeContainer', () => {
  it.each([
    [podman, '/leaf', { how: 'parent', cgroup: '/leaf' }],
    [podman, null, { how: 'own' }],
    [{ ...podman, cgroupVersion: 'v2' as const }, '/leaf', { how: 'own' }],
    [{ ...podman, cgroupVersion: 'v2' as const, ociRuntime: 'crun' }, '/leaf', { how: 'leaf' }],
    [{ ...podman, isRootless: true }, '/leaf', { how: 'own' }],
    [{ ...podman, hasService: true }, '/leaf', { how: 'own' }],
    [docker, '/leaf', { how: 'own' }],
  ])('%#', (runtime, leaf, expected) => {
    expect(placeContainer(runtime, leaf)).toEqual(expected);
  });
});

describe('what the runtime says', () => {
  const running = [{ Id: 'c1', Image: 'sha256:abc', State: { Pid: 7, Status: 'running' } }];
  it('of a container that runs', () => {
    expect(readInspected(JSON.stringify(running))).toEqual({ id: 'c1', pid: 7, imageId: 'abc' });
  });

  it.each([
    ['created', JSON.stringify([{ ...running[0], State: { Pid: 7, Status: 'created' } }])],
    ['ended', JSON.stringify([{ ...running[0], State: { Pid: 0, Status: 'running' } }])],
    ['nothing', '[]'],
    ['no JSON', 'Error'],
  ])('of none yet: %s', (_, text) => {
    expect(readInspected(text)).toBeNull();
  });

  it('of another image is refused', () => {
    const seen = { id: 'c1', pid: 7, imageId: 'abc' };
    expect(() => requireImage(spec, seen)).not.toThrow();
    expect(() => requireImage({ ...spec, imageId: 'sha256:other' }, seen)).toThrow(/runs the image abc, not/);
  });
});

describe('the environment in a container', () => {
  const root = (
    env: Record<string, string>,
    envSource: ProcessSeen['envSource'] = 'first-seen',
  ): ProcessSeen => ({
    ...{ pid: 1, ppid: 0, startTicks: 1, comm: 'e', argv: ['e'], cwd: '/', exe: '/e', firstSeenNs: 0 },
    ...{ lastSeenNs: 0, env, envSource },
  });
  const expected = { A: '1', PATH: '/image' };

  it('may hold what every runtime adds', () => {
    const usual = {
      HOME: '/',
      HOSTNAME: 'h',
      TERM: 'xterm',
      container: 'podman',
      NVIDIA_VISIBLE_DEVICES: 'void',
    };
    expect(containerFindings(root({ ...expected, ...usual }), expected)).toEqual([]);
  });

  it('that differs otherwise is a finding', () => {
    expect(containerFindings(root({ A: '2', HTTP_PROXY: 'p', PATH: '/image' }), expected)).toEqual([
      "env-differs: the engine's environment is not the file's (added: HTTP_PROXY; changed: A)",
    ]);
    expect(containerFindings(root({ PATH: '/image' }), expected)).toEqual([
      expect.stringContaining('missing: A'),
    ]);
    expect(containerFindings(undefined, expected)).toEqual([expect.stringMatching(/^env-unverified/)]);
    expect(containerFindings(root({}, 'blank'), expected)).toEqual([
      expect.stringMatching(/^env-unverified/),
    ]);
  });
});
