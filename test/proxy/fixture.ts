import { createServer, connect as dial, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import type { ListenOptions } from '../../src/proxy/messages.ts';
import { ProxyServer } from '../../src/proxy/server.ts';
import { startScriptedEngine } from '../scripted-engine/server.ts';
import type { ScriptedEngineOptions } from '../scripted-engine/state.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A proxy in this process, with what it says of silence. */
export interface Proxy {
  readonly proxy: ProxyServer;
  readonly url: string;
  readonly port: number;
  readonly said: ('idle' | 'wake')[];
}

/** A proxy on a free port, gone after the test. */
export async function startProxy(options: Partial<ListenOptions> = {}): Promise<Proxy> {
  const said: ('idle' | 'wake')[] = [];
  const all = {
    host: '127.0.0.1',
    port: 0,
    runId: 'r',
    token: null,
    maxBodyBytes: 1_000_000,
    idleStopMs: null,
  };
  const proxy = new ProxyServer(
    { ...all, ...options },
    { onIdle: () => said.push('idle'), onWake: () => said.push('wake') },
  );
  const { port } = await proxy.listen();
  undo.push(() => proxy.end('the test is over'));
  return { proxy, port, url: `http://127.0.0.1:${port}`, said };
}

/** A scripted engine behind a proxy that is open to it. */
export async function proxied(
  engineOptions: ScriptedEngineOptions = {},
  options: Partial<ListenOptions> = {},
) {
  const engine = await startScriptedEngine(engineOptions);
  undo.push(() => engine.close());
  const started = await startProxy(options);
  started.proxy.start(1, null);
  started.proxy.open(engine.port);
  return { ...started, engine };
}

/** An engine of raw bytes: the first bytes of each connection and what answers them. */
export async function rawEngine(answer: (socket: Socket, seen: string) => void) {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const at = seen.push('') - 1;
    socket.on('data', (bytes) => {
      seen[at] += bytes.toString('latin1');
      answer(socket, seen[at] ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, seen, sockets };
}

/** A client of raw bytes. */
export function rawClient(port: number) {
  const socket = dial(port, '127.0.0.1');
  undo.push(() => socket.destroy());
  socket.on('error', () => {});
  const got = { text: '', isClosed: false };
  socket.on('data', (bytes) => {
    got.text += bytes.toString('latin1');
  });
  socket.on('close', () => {
    got.isClosed = true;
  });
  return { socket, got };
}

/** A chat completion as bytes. */
export function post(body: string | object, headers = ''): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

/** The body of a completion that a scripted engine answers with a named script. */
export function completion(script: string, more: object = {}): object {
  return { stream: true, messages: [{ role: 'user', content: `[[case:${script}]]` }], ...more };
}

/** Waits until something is so, for ten seconds at most. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !isSo(); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  if (!isSo()) throw new Error(`it never came: ${String(isSo)}`);
}
