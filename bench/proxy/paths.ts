import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProxyProcess, startProxy } from '../../src/proxy/process.ts';
import type { PathName } from './plan.ts';

/** A way to the engine that is ready. */
export interface Path {
  /** Where the client connects. */
  readonly port: number;
  /** The process in between; null: none. */
  readonly pid: number | null;
  close(): Promise<void>;
}

/** `nginx version: nginx/1.22.1` -> `nginx/1.22.1`; null where there is none. */
export function nginxVersion(): string | null {
  const done = spawnSync('nginx', ['-v'], { encoding: 'utf8' });
  return done.error === undefined ? (/nginx\/\S+/.exec(done.stderr)?.[0] ?? 'nginx') : null;
}

/** Starts the paths: bench's proxy once for all of them, as in use; nginx anew for each engine. */
export async function openPaths(folder: string) {
  const proxy = await startProxy({
    host: '127.0.0.1',
    port: 0,
    runId: 'bench',
    token: null,
    maxBodyBytes: 2 ** 26,
    idleStopMs: null,
  });
  return {
    proxy,
    to: (name: PathName, enginePort: number) => open(name, enginePort, proxy, folder),
    close: () => proxy.end('the bench is over'),
  };
}

async function open(name: PathName, enginePort: number, proxy: ProxyProcess, folder: string): Promise<Path> {
  const nothing = async (): Promise<void> => {};
  if (name === 'direct') return { port: enginePort, pid: null, close: nothing };
  if (name === 'nginx') return startNginx(enginePort, folder);
  proxy.tell({ type: 'open', port: enginePort });
  const port = Number(new URL(proxy.url).port);
  await healthy(proxy.url);
  return { port, pid: proxy.pid, close: nothing };
}

/** The message that opened the way is obeyed before a later request is read. */
async function healthy(url: string): Promise<void> {
  for (;;) {
    const { engine } = (await (await fetch(`${url}/healthz`)).json()) as { engine: string };
    if (engine === 'open') return;
    await sleep(10);
  }
}

/** One process as an operator would configure it for streams: unbuffered, connections to the engine kept. */
async function startNginx(enginePort: number, folder: string): Promise<Path> {
  const port = await freePort();
  const home = join(folder, 'nginx');
  mkdirSync(home, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${home}/${kind};`)
    .join(' ');
  const config = `daemon off; master_process off; pid ${home}/pid; error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off; ${temporary}
  upstream engine { server 127.0.0.1:${enginePort}; keepalive 256; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000;
    location / {
      proxy_pass http://engine; proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_read_timeout 600s;
    }
  }
}
`;
  writeFileSync(join(home, 'conf'), config);
  const child = spawn('nginx', ['-c', join(home, 'conf'), '-p', home], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await listening(port, child);
  return { port, pid: child.pid ?? null, close: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(20);
  }
  throw new Error(`nginx ended with exit code ${child.exitCode}`);
}
