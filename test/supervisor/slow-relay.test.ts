import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type SlowRelay, startSlowRelay } from '../../src/supervisor/slow-relay.ts';

const open: { end(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0).reverse()) one.end();
});

/** An engine that answers each connection in its own way, behind a relay. */
async function relayed(share: number, serve: (socket: Socket) => void): Promise<SlowRelay> {
  const server = createServer({ allowHalfOpen: true }, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const relay = await startSlowRelay((server.address() as AddressInfo).port, share);
  open.push({ end: () => server.close() }, { end: () => relay.stop() });
  return relay;
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  open.push({ end: () => socket.destroy() });
  await once(socket, 'connect');
  return socket;
}

/** Until the other side has ended a connection, in whichever way. */
function ending(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['end', 'error', 'close']) socket.once(event, () => resolve());
    socket.resume();
  });
}

/** Ms from a request to each line of its answer, as the client sees them. */
async function answerTimes(port: number, lines: number): Promise<number[]> {
  const socket = await dial(port);
  const startedMs = Date.now();
  const times: number[] = [];
  socket.on('data', (bytes) =>
    times.push(...Array(bytes.toString().split('\n').length - 1).fill(Date.now() - startedMs)),
  );
  socket.write('ask\n');
  while (times.length < lines) await once(socket, 'data');
  return times;
}

/** Answers 100, 200 and 300 ms after it is asked, and keeps when it did. */
function inThreeParts(stamps: number[]): (socket: Socket) => void {
  return (socket) => {
    socket.on('data', async () => {
      const startedMs = Date.now();
      for (let part = 1; part <= 3; part += 1) {
        await sleep(100);
        stamps.push(Date.now() - startedMs);
        socket.write(`part ${part}\n`);
      }
    });
  };
}

describe('a relay that delays', () => {
  it.each([0, 0.3])('passes on every byte of both ways, in order, with a share of %d', async (share) => {
    const relay = await relayed(share, (socket) => socket.pipe(socket));
    const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 7919) % 256));
    const socket = await dial(relay.port);
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    for (let at = 0; at < bytes.length; at += 100_000) socket.write(bytes.subarray(at, at + 100_000));
    socket.end();
    await once(socket, 'end');
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  });

  it('makes each part of an answer later by its share of the time since the request', async () => {
    const stamps: number[] = [];
    const relay = await relayed(0.5, inThreeParts(stamps));
    const times = await answerTimes(relay.port, 3);
    const ratios = times.map((ms, index) => ms / (stamps[index] ?? Number.NaN));
    for (const ratio of ratios) expect(ratio).toBeGreaterThan(1.4);
    expect(ratios[2]).toBeLessThan(2.5);
  });

  it('counts anew for the next request of a connection', async () => {
    const relay = await relayed(1, (socket) => {
      socket.on('data', async () => {
        await sleep(100);
        socket.write('done\n');
      });
    });
    const socket = await dial(relay.port);
    const took: number[] = [];
    for (let request = 0; request < 2; request += 1) {
      const startedMs = Date.now();
      socket.write('ask\n');
      await once(socket, 'data');
      took.push(Date.now() - startedMs);
      await sleep(300);
    }
    const [first = 0, second = 0] = took;
    expect(second / first).toBeLessThan(3);
  });

  it('passes the whole answer on when the engine ends it at once', async () => {
    const relay = await relayed(0.5, (socket) =>
      socket.on('data', () => setTimeout(() => socket.end('bye\n'), 50)),
    );
    const socket = await dial(relay.port);
    socket.write('ask\n');
    expect(await text(socket)).toBe('bye\n');
  });

  it('ends the connection to the engine when the client leaves', async () => {
    let engine: Promise<void> | undefined;
    const relay = await relayed(0, (socket) => {
      engine = ending(socket);
      socket.write('hello\n');
    });
    const socket = await dial(relay.port);
    await once(socket, 'data');
    socket.destroy();
    await engine;
    expect(engine).toBeDefined();
  });

  it('tells the client when there is no engine', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const relay = await startSlowRelay(port, 0);
    open.push({ end: () => relay.stop() });
    const socket = await dial(relay.port);
    await ending(socket);
  });

  it('is gone once it is stopped', async () => {
    const relay = await relayed(0, (socket) => socket.pipe(socket));
    const socket = await dial(relay.port);
    relay.stop();
    await ending(socket);
    await expect(dial(relay.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
