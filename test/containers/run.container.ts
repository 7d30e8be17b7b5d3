import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startChild } from '../e2e/child.ts';
import {
  containerBench,
  containerExperiment,
  placement,
  podman,
  scripted,
  useLab,
  whatIsLeft,
} from './lab.ts';
import { isOnPath } from './why-not.ts';

const hex64 = expect.stringMatching(/^[0-9a-f]{64}$/);
const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);

describe('an experiment with an image', () => {
  it('with a tag alone is refused with the line to write, which pin writes and nothing else', async (context) => {
    const lab = useLab(context);
    const bench = await containerBench(lab, { image: `${lab.image}:v1` });
    const before = bench.read('configs/c.yaml');
    const options = { env: lab.env };
    const refused = await bench.benchWith(options, 'run', 'configs/c.yaml');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`the line \`image: ${lab.image}:v1@sha256:<64 hex digits>\``);
    expect(refused.stderr).toContain('bench config pin configs/c.yaml');
    const dry = await bench.benchWith(options, 'config', 'pin', 'configs/c.yaml', '--dry-run');
    const line = /image: (\S+@sha256:[0-9a-f]{64})/.exec(dry.stdout)?.[1] ?? '';
    expect(bench.read('configs/c.yaml')).toBe(before);
    expect(await bench.benchWith(options, 'config', 'pin', 'configs/c.yaml')).toMatchObject({ code: 0 });
    expect(bench.read('configs/c.yaml')).toBe(before.replace(`${lab.image}:v1`, line));
    expect(await bench.benchWith(options, 'config', 'lint', 'configs/c.yaml')).toMatchObject({ code: 0 });
    const again = await bench.benchWith(options, 'config', 'pin', 'configs/c.yaml', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ before: line, after: line, written: false });
  });

  it('runs: pulled by digest, measured, with every fact of the image in the snapshot, and nothing left', async (context) => {
    const lab = useLab(context);
    podman(lab, 'rmi', '-fa');
    const secret = 'tell-nobody-4711';
    const env = 'SHARED: file, ONLY: this, EMPTY: "", AT: "$PORT$$x", TOKEN: { secret: $LAB_TOKEN }';
    const bench = await containerBench(lab, { image: `${lab.image}:v1`, env });
    const options = {
      env: { ...lab.env, LAB_TOKEN: secret, FROM_HOST: 'x', http_proxy: 'http://127.0.0.1:9' },
    };
    await bench.benchWith(options, 'config', 'pin', 'configs/c.yaml');
    const pinned = /@(sha256:[0-9a-f]{64})/.exec(bench.read('configs/c.yaml'))?.[1] ?? '';
    const ended = await bench.benchWith(options, 'run', 'configs/c.yaml');
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain('having the image');
    const row = bench.row();
    expect(row).toMatchObject({
      status: 'keep',
      artifact: `img:${pinned.slice(7, 19)}`,
      errors: 0,
      launches: 1,
    });
    expect(row.findings).not.toContain('env-differs');
    const snapshot = JSON.parse(readFileSync(join(bench.bundle(), 'launches/1/snapshot.json'), 'utf8'));
    expect(snapshot.artifact).toBe(row.artifact);
    const name = `bench-${row.run_id}-1`;
    expect(snapshot.image).toMatchObject({
      reference: `${lab.image}:v1@${pinned}`,
      name: `${lab.image}@${pinned}`,
      manifestDigest: pinned,
      configDigest: digest,
      indexDigest: { absent: expect.any(String) },
      platform: expect.stringMatching(/^linux\//),
      repoDigests: [`${lab.image}@${pinned}`],
      id: hex64,
      storeKind: 'overlay',
      layers: [digest],
      created: expect.stringMatching(/^\d{4}-/),
      labels: { 'org.opencontainers.image.revision': 'abc123' },
      runtime: { name: 'podman', version: expect.stringMatching(/^\d/), isRootless: false },
      container: { name, imageId: snapshot.image.id, placement },
    });
    expect(snapshot.image.envOrigins).toEqual({
      ...{
        BENCH_LAB: 'file',
        SHARED: 'file',
        ONLY: 'file',
        EMPTY: 'file',
        AT: 'file',
        TOKEN: 'file',
        FROM_IMAGE: 'image',
        PATH: 'image',
      },
      ...{ HOME: 'runtime', HOSTNAME: 'runtime', TERM: 'runtime', container: 'runtime' },
    });
    expect(snapshot.command.env).toMatchObject({
      SHARED: 'file',
      ONLY: 'this',
      EMPTY: '',
      FROM_IMAGE: 'yes',
    });
    expect(snapshot.command.env.TOKEN).toMatchObject({ redacted: true });
    expect(snapshot.command.argv.slice(1, 5)).toEqual([...scripted, '--host']);
    const argvs = snapshot.processes.map((one: { argv: string[] }) => one.argv.slice(0, 3).join(' '));
    expect(argvs).toEqual([expect.stringContaining(' -- '), expect.stringContaining('/engine/main.js')]);
    expect(bench.filesHolding(secret)).toEqual([]);
    expect(podman(lab, 'images', '--format', '{{.Repository}}')).toBe(lab.image);
    expect(await whatIsLeft(lab, bench)).toEqual([]);
  });

  it('takes no notice of what containers.conf puts into every container, but says so', async (context) => {
    const lab = useLab(context);
    const bench = await containerBench(lab);
    const conf = readFileSync(lab.env.CONTAINERS_CONF, 'utf8');
    bench.write({ 'own.conf': conf.replace('[containers]', '[containers]\nenv = ["SNEAKED=in"]') });
    const env = { ...lab.env, CONTAINERS_CONF: join(bench.root, 'own.conf') };
    const ended = await bench.benchWith({ env }, 'run', 'configs/c.yaml', '--no-commit', '--allow-dirty');
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain('SNEAKED');
    expect(bench.row().findings).toContain('env-differs');
    expect(await whatIsLeft(lab, bench)).toEqual([]);
  });

  it('runs by docker as well (here a docker that is podman underneath)', async (context) => {
    const lab = useLab(context);
    const bench = await containerBench(lab);
    const path = dockerOnly(bench.root, bench.write);
    const ended = await bench.benchWith(
      { env: { ...lab.env, PATH: path } },
      ...['run', 'configs/c.yaml', '--no-commit', '--allow-dirty'],
    );
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    const snapshot = JSON.parse(readFileSync(join(bench.bundle(), 'launches/1/snapshot.json'), 'utf8'));
    expect(snapshot.image).toMatchObject({
      runtime: { name: 'docker', version: '99.9' },
      container: { placement: 'own' },
      storeKind: 'overlay2',
    });
    expect(snapshot.command.argv).toContain('/engine/main.js');
    expect(snapshot.processes).toHaveLength(2);
    expect(await whatIsLeft(lab, bench)).toEqual([]);
  });
});

describe('on cgroup v2 alone, with crun', () => {
  /** A mount namespace of its own shows bench and podman nothing but v2, whatever the host has. */
  const only2 = [
    'at=/sys/fs/cgroup; [ ! -d $at/unified ] || { umount $at/unified && mount -t cgroup2 none $at; }',
    'exec "$@"',
  ].join('\n');

  it('the container is in the leaf itself, and nothing is left of a run or of one that is killed', async (context) => {
    const lab = useLab(context);
    if (!isOnPath('crun')) context.skip('crun not found: apt-get install crun');
    const bench = await containerBench(lab, { workload: ', rounds: 10' });
    const conf = readFileSync(lab.env.CONTAINERS_CONF, 'utf8');
    const crun = conf.replace(/^runtime.*$/m, '').replace('[engine]', '[engine]\nruntime = "crun"');
    bench.write({ 'own.conf': crun });
    const main = join(bench.installed, 'dist/src/main.js');
    const env = { ...bench.env, ...lab.env, CONTAINERS_CONF: join(bench.root, 'own.conf') };
    const start = () =>
      startChild(
        [
          'unshare',
          '-m',
          'sh',
          '-c',
          only2,
          'sh',
          process.execPath,
          main,
          'run',
          'configs/c.yaml',
          '--allow-dirty',
        ],
        { cwd: bench.root, env },
      );
    const ended = await start().ended;
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    const snapshot = JSON.parse(readFileSync(join(bench.bundle(), 'launches/1/snapshot.json'), 'utf8'));
    expect(snapshot.image.container.placement).toBe('leaf');
    expect(snapshot.image.runtime).toMatchObject({ ociRuntime: 'crun', cgroupVersion: 'v2' });
    expect(await whatIsLeft(lab, bench)).toEqual([]);
    const victim = start();
    await victim.says('launch: measuring');
    process.kill(victim.pid, 'SIGKILL');
    await victim.ended;
    expect(await whatIsLeft(lab, bench)).toEqual([]);
  });
});

describe('what is wrong before the start leaves nothing behind', () => {
  it.for([
    [
      'an image that its registry does not have',
      (image: string) => `${image}@sha256:${'0'.repeat(64)}`,
      5,
      /config pin FILE/,
    ],
    ['a registry that is not there', () => `127.0.0.1:9/x@sha256:${'0'.repeat(64)}`, 5, /network/],
  ] as const)('%s', async ([, image, code, says], context) => {
    const lab = useLab(context);
    const bench = await containerBench(lab, { image: image(lab.image) });
    const ended = await bench.benchWith({ env: lab.env }, 'run', 'configs/c.yaml');
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(says);
    expect(bench.bundles()).toEqual([]);
    expect(bench.git('status', '--porcelain')).toContain('?? configs/');
  });

  it('neither podman nor docker', async (context) => {
    const lab = useLab(context);
    const bench = await containerBench(lab);
    bench.write({ 'bin/nothing': '' });
    const ended = await bench.benchWith(
      { env: { PATH: gitOnly(bench.root, bench.write) } },
      'run',
      'configs/c.yaml',
    );
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain('apt install podman catatonit');
  });

  it('a mount that is not there', async (context) => {
    const lab = useLab(context);
    const bench = await containerBench(lab);
    bench.write({
      'configs/c.yaml': bench.read('configs/c.yaml').replace('mounts: [', 'mounts: ["models:/models:ro",'),
    });
    const ended = await bench.benchWith({ env: lab.env }, 'run', 'configs/c.yaml');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('/models to mount');
  });
});

it('pins from the local store', async (context) => {
  const lab = useLab(context);
  podman(lab, 'pull', '-q', '--tls-verify=false', `${lab.image}:v1`);
  const bench = await containerBench(lab, { image: `${lab.image}:v1` });
  const local = await bench.benchWith(
    { env: lab.env },
    'config',
    'pin',
    'configs/c.yaml',
    '--local',
    '--json',
  );
  const remote = await bench.benchWith(
    { env: lab.env },
    'config',
    'pin',
    'configs/c.yaml',
    '--dry-run',
    '--json',
  );
  expect(JSON.parse(local.stdout)).toMatchObject({ written: true, after: JSON.parse(remote.stdout).after });
  bench.write({ 'configs/d.yaml': containerExperiment(lab, { image: `${lab.image}:no-such-tag` }) });
  const absent = await bench.benchWith({ env: lab.env }, 'config', 'pin', 'configs/d.yaml', '--local');
  expect(absent).toMatchObject({ code: 2, stdout: '' });
  const unknown = await bench.benchWith({ env: lab.env }, 'config', 'pin', 'configs/d.yaml');
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no-such-tag') });
});

type Write = (files: Record<string, string>) => void;

/** A PATH with git and a docker, of which `info` alone is its own. */
function dockerOnly(root: string, write: Write): string {
  const path = gitOnly(root, write);
  const info = '{"ServerVersion":"99.9","Driver":"overlay2","CgroupVersion":"1","DefaultRuntime":"runc"}';
  write({
    'shim/docker': `#!/bin/sh
PATH=/usr/bin:/bin:/usr/sbin:/sbin
case $1 in
  info) echo '${info}' ;;
  *) exec podman "$@" ;;
esac
`,
  });
  return executable(path, 'docker');
}

function gitOnly(root: string, write: Write): string {
  const programs = ['git', 'mkfifo', 'sh'].map(
    (name) => [`shim/${name}`, `#!/bin/sh\nPATH=/usr/bin:/bin exec ${name} "$@"\n`] as const,
  );
  write(Object.fromEntries(programs));
  const path = join(root, 'shim');
  for (const name of ['git', 'mkfifo', 'sh']) executable(path, name);
  return path;
}

function executable(path: string, name: string): string {
  chmodSync(join(path, name), 0o755);
  return path;
}
