import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { ProxyServer } from './server.ts';

const connections = 4;
const requestsEach = 60;
const chunks = 16;

/**
 * Has V8 compile what every request runs, before the first client pays for it: streams from a made-up engine through a
 * proxy of its own, both on loopback ports that nobody knows. Never throws: a proxy that is cold works as well.
 */
export async function warmOwnCode(): Promise<void> {
  const engine = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    // A request is smaller than a read, and the next one comes after the answer.
    socket.on('data', () => stream(socket));
  });
  const options = {
    host: '127.0.0.1',
    port: 0,
    runId: '',
    token: null,
    maxBodyBytes: 1_000,
    idleStopMs: null,
  };
  const proxy = new ProxyServer(options, { onIdle: () => {}, onWake: () => {} });
  try {
    await new Promise<void>((resolve, reject) => {
      engine.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    proxy.open((engine.address() as AddressInfo).port);
    const { port } = await proxy.listen();
    await Promise.all(Array.from({ length: connections }, () => askInTurn(port)));
  } catch {
    // No port to be had: nothing is warm, nothing is lost.
  } finally {
    await proxy.end('').catch(() => {});
    engine.close();
  }
}

/** An answer of so many tokens, each a write of its own. */
function stream(socket: Socket): void {
  const data = `data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(120)}"}}]}\n\n`;
  const chunk = `${data.length.toString(16)}\r\n${data}\r\n`;
  let left = chunks;
  const next = (): void => {
    if (socket.destroyed) return;
    socket.write(left === 0 ? '0\r\n\r\n' : chunk);
    left -= 1;
    if (left >= 0) setImmediate(next);
  };
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n');
  next();
}

/** Asks over one connection, the next as soon as an answer is whole. */
function askInTurn(port: number): Promise<void> {
  const body = '{"stream":true}';
  const ask = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let asked = 0;
    let tail = '';
    const next = (): void => {
      asked += 1;
      if (asked > requestsEach) socket.end();
      else socket.write(ask);
    };
    socket.once('connect', next);
    socket.on('data', (bytes) => {
      tail = (tail + bytes.toString('latin1')).slice(-lastChunk.length);
      if (tail === lastChunk) next();
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve());
  });
}

/** The end of data, then the end of all. */
const lastChunk = '\r\n0\r\n\r\n';
