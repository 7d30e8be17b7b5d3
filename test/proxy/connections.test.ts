import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { warmOwnCode } from '../../src/proxy/own-warm-up.ts';
import { post, rawClient, rawEngine, startProxy, until } from './fixture.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** An engine that answers each GET on a connection once. */
async function keepAliveEngine(answer = ok) {
  const answered = new Map<Socket, number>();
  const engine = await rawEngine((socket, seen) => {
    const asked = seen.split('\r\n\r\n').length - 1;
    for (let at = answered.get(socket) ?? 0; at < asked; at += 1) socket.write(answer);
    answered.set(socket, asked);
  });
  const started = await startProxy();
  started.proxy.open(engine.port);
  const ask = async (): Promise<string> => (await fetch(`${started.url}/v1/x`)).text();
  return { ...started, engine, ask };
}

describe('connections to the engine', () => {
  it('serve one request after another, several at once each their own', async () => {
    const { engine, ask } = await keepAliveEngine();
    for (let n = 0; n < 5; n += 1) expect(await ask()).toBe('ok');
    expect(engine.seen).toHaveLength(1);
    await Promise.all([ask(), ask(), ask()]);
    expect(engine.seen.length).toBeGreaterThan(1);
  });

  it('are not used again where the engine said so, or an answer ended them', async () => {
    const { engine, ask } = await keepAliveEngine(
      ok.replace('200 OK\r\n', '200 OK\r\nConnection: close\r\n'),
    );
    expect([await ask(), await ask()]).toEqual(['ok', 'ok']);
    expect(engine.seen).toHaveLength(2);
  });

  it('are not used once they have been idle for two seconds, long before an engine closes them', async () => {
    const { engine, ask } = await keepAliveEngine();
    await ask();
    await sleep(2_300);
    expect([...engine.sockets].map(({ destroyed }) => destroyed)).toEqual([true]);
    await ask();
    expect(engine.seen).toHaveLength(2);
  });

  it('that the engine closes between two requests are forgotten', async () => {
    const { engine, ask } = await keepAliveEngine();
    await ask();
    for (const socket of engine.sockets) socket.end();
    await until(() => [...engine.sockets].every(({ destroyed }) => destroyed));
    await sleep(20);
    expect(await ask()).toBe('ok');
  });

  it('on which the engine speaks unasked are dropped: its words are nobody’s answer', async () => {
    const { engine, ask } = await keepAliveEngine();
    await ask();
    for (const socket of engine.sockets) socket.write(ok.replace('ok', 'no'));
    await until(() => [...engine.sockets].every(({ destroyed }) => destroyed));
    expect(await ask()).toBe('ok');
  });

  it('are not used again after an answer that came before the whole request', async () => {
    const { engine, port } = await keepAliveEngine();
    const { socket, got } = rawClient(port);
    socket.write(post('x'.repeat(100)).slice(0, -50));
    await until(() => got.text.endsWith('ok'));
    socket.write('x'.repeat(50));
    socket.write('GET /v1/x HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => got.text.split('HTTP/1.1 200').length === 3);
    expect(engine.seen).toHaveLength(2);
  });
});

it('the proxy warms its own code through itself, and ends doing so', async () => {
  await warmOwnCode();
});
