import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { installedBench } from '../e2e/installed.ts';
import type { Lab } from './lab.ts';
import { isOnPath, whyNot } from './why-not.ts';

/**
 * A store, a registry and an image for these tests alone, in the temporary folder; all of it goes at the end. The
 * image holds only scripts: what runs them is the host's, mounted.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (whyNot !== null) {
    process.stderr.write(`\nNO CONTAINER IS TESTED: ${whyNot}\n\n`);
    project.provide('lab', null);
    return async () => undefined;
  }
  const folder = join(tmpdir(), 'lab');
  const env = storeOf(folder);
  const port = await freePort();
  const registry = await startRegistry(folder, port);
  const installed = await installedBench();
  const image = `127.0.0.1:${port}/team/engine`;
  build(folder, installed, `${image}:v1`, env);
  const lab: Lab = { folder, installed, env, registry: `127.0.0.1:${port}`, image, mounts: mounts() };
  project.provide('lab', lab);
  return async () => {
    registry.kill('SIGKILL');
    podman(env, 'rm', '-fa', '-t', '0');
    podman(env, 'rmi', '-fa');
    // podman binds its overlay folder onto itself.
    for (const mount of mountsBelow(folder)) execFileSync('umount', [mount]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
}

/** Configuration that keeps podman out of the machine's own store, with the limits and the runtime this machine allows. */
function storeOf(folder: string): Lab['env'] {
  mkdirSync(folder, { recursive: true });
  const storage = `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/graph"\nrunroot = "${folder}/run"\n`;
  writeFileSync(join(folder, 'storage.conf'), storage);
  writeFileSync(join(folder, 'containers.conf'), containersConf(folder, ''));
  return {
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
    CONTAINERS_CONF: join(folder, 'containers.conf'),
  };
}

/** containers.conf for a lab, with further lines of its [containers] section. */
function containersConf(folder: string, more: string): string {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const hard = (name: string, most: number): number =>
    Math.min(most, Number(new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(limits)?.[1] ?? most));
  const [files, processes] = [hard('Max open files', 1 << 20), hard('Max processes', 1 << 15)];
  return `[containers]
default_ulimits = ["nofile=${files}:${files}", "nproc=${processes}:${processes}"]
${more}
[engine]
${isOnPath('runc') ? 'runtime = "runc"' : ''}
tmp_dir = "${folder}/tmp"
lock_type = "file"
`;
}

function mounts(): string[] {
  const prefix = dirname(dirname(process.execPath));
  return prefix.startsWith('/usr') ? ['/usr:/usr:ro'] : ['/usr:/usr:ro', `${prefix}:${prefix}:ro`];
}

function build(folder: string, installed: string, name: string, env: Lab['env']): void {
  const root = join(folder, 'image/root');
  mkdirSync(join(root, 'tmp'), { recursive: true });
  mkdirSync(join(root, 'usr'));
  for (const link of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${link}`, join(root, link));
  cpSync(join(installed, 'dist/test/scripted-engine'), join(root, 'engine'), { recursive: true });
  cpSync(resolve(import.meta.dirname, '../fixtures/engines'), join(root, 'fixtures'), { recursive: true });
  writeFileSync(join(root, 'engine/package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'engine/pace.json'), '{"ttftMs":10,"itlMs":100}');
  writeFileSync(
    join(folder, 'image/Containerfile'),
    `FROM scratch
COPY root /
ENV PATH=/usr/bin:/bin FROM_IMAGE=yes SHARED=image
LABEL org.opencontainers.image.revision=abc123
ENTRYPOINT ["${process.execPath}"]
`,
  );
  podman(env, 'build', '-q', '-t', name, join(folder, 'image'));
  podman(env, 'push', '-q', '--tls-verify=false', name);
  podman(env, 'rmi', '-fa');
}

function podman(env: Lab['env'], ...args: string[]): string {
  return execFileSync('podman', args, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function startRegistry(folder: string, port: number): Promise<ChildProcess> {
  const config = join(folder, 'registry.yml');
  writeFileSync(
    config,
    `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: ${folder}/registry } }
http: { addr: "127.0.0.1:${port}" }
`,
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => null);
    if (answer?.ok) return child;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error('docker-registry does not answer');
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mount) => mount.startsWith(`${folder}/`))
    .reverse();
}
