import { describe, expect, it } from 'vitest';
import { post, proxied, rawClient, rawEngine, startProxy, until } from './fixture.ts';

const ok = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok';

/** A proxy to an engine that answers every whole head. */
async function answering(answer = ok, options: Parameters<typeof startProxy>[0] = {}) {
  const engine = await rawEngine((socket, seen) => {
    if (seen.includes('\r\n\r\n')) socket.end(answer);
  });
  const started = await startProxy(options);
  started.proxy.open(engine.port);
  return { ...started, engine };
}

describe('headers', () => {
  it('of one connection stay on it, both ways; pairs stay pairs', async () => {
    const { port, engine } = await answering(
      'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Gone: 1\r\nConnection: close, x-gone\r\nset-cookie: b=2\r\nKeep-Alive: timeout=5\r\nx-bench-launch: mine\r\nContent-Length: 2\r\n\r\nok',
    );
    const { socket, got } = rawClient(port);
    socket.write(
      'GET /v1/x HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nProxy-Authorization: Basic x\r\nX-A: 1\r\nX-A: 2\r\nAccept-Encoding: gzip, br\r\n\r\n',
    );
    await until(() => got.text.endsWith('ok'));
    expect(engine.seen[0]).toBe(
      'GET /v1/x HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-A: 2\r\nAccept-Encoding: identity\r\n\r\n',
    );
    expect(got.text).toBe(
      'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 2\r\nx-bench-launch: r-1\r\nConnection: keep-alive\r\nKeep-Alive: timeout=75\r\n\r\nok',
    );
  });

  it('that cannot be sent on make a 502, not a crash', async () => {
    const { url } = await answering('HTTP/1.1 200 OK\r\nx-bad: a\u0001b\r\ncontent-length: 0\r\n\r\n');
    expect((await fetch(`${url}/v1/x`)).status).toBe(502);
  });
});

describe('bodies', () => {
  it('go through as they are, in chunks or not', async () => {
    const { port, engine } = await proxied();
    const body = JSON.stringify({
      stream: false,
      max_tokens: 2,
      messages: [{ role: 'user', content: 'ü'.repeat(50_000) }],
    });
    const { socket, got } = rawClient(port);
    const [first, second] = [body.slice(0, 1_000), body.slice(1_000)].map((part) => Buffer.from(part));
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nx-request-id: c\r\n\r\n',
    );
    for (const part of [first, second]) {
      socket.write(`${part?.length.toString(16)}\r\n`);
      socket.write(part ?? '');
      socket.write('\r\n');
    }
    socket.write('0\r\n\r\n');
    await until(() => got.text.includes('chat.completion'));
    socket.write(post(body, 'x-request-id: d\r\n'));
    await until(() => engine.records.get('d')?.end === 'body-end');
    expect(engine.records.get('c')?.tokens).toBe(2);
  });

  it.each([
    ['said at once', 'Content-Length: 2000\r\n\r\n', ''],
    ['said at once, and sent all the same', 'Content-Length: 2000\r\n\r\n', 'x'.repeat(2000)],
    ['found out in chunks', 'Transfer-Encoding: chunked\r\n\r\n', `3e8\r\n${'x'.repeat(1000)}\r\n`.repeat(2)],
    ['waiting to be asked for', 'Content-Length: 2000\r\nExpect: 100-continue\r\n\r\n', ''],
  ])('over the limit are a 413: %s', async (_, headers, body) => {
    const slow = await rawEngine(() => {});
    const started = await startProxy({ maxBodyBytes: 1500 });
    started.proxy.open(slow.port);
    const { socket, got } = rawClient(started.port);
    socket.write(`POST /v1/x HTTP/1.1\r\nHost: x\r\n${headers}`);
    socket.write(body);
    await until(() => got.text.includes('\r\n\r\n'));
    expect(got.text).toMatch(/^HTTP\/1\.1 413 /);
    expect(got.text).toContain('x-bench-launch: r-1');
    expect(got.text).not.toContain('100 Continue');
    if (headers.includes('Expect')) await until(() => got.isClosed);
    // The engine has none of it, or was cut off before the end.
    await until(() => [...slow.sockets].every((each) => each.destroyed));
    expect(slow.seen.join('')).not.toContain('0\r\n\r\n');
  });

  it('within it are asked for where the client waits', async () => {
    const { port, engine } = await proxied();
    const body = JSON.stringify({ max_tokens: 1, messages: [] });
    const { socket, got } = rawClient(port);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await until(() => got.text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    socket.write(body);
    await until(() => got.text.includes('chat.completion'));
    expect(engine.records.size).toBe(1);
  });
});

describe('what is not for the engine', () => {
  it.each([
    ['GET', '/', 404],
    ['GET', '/health', 404],
    ['POST', '/meta', 405],
  ])('%s %s is a %i that says so', async (method, path, status) => {
    const { url } = await answering();
    const answer = await fetch(url + path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-bench-launch')).toBe('r-1');
    expect(await answer.json()).toHaveProperty('error.message');
  });

  it('nonsense has the launch in its answer, too', async () => {
    const { port } = await answering();
    const { socket, got } = rawClient(port);
    socket.write('what?\r\n\r\n');
    await until(() => got.isClosed);
    expect(got.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nx-bench-launch: r-1\r\n/);
  });
});

describe('a token', () => {
  const token = '0123456789abcdef';

  it('is asked for on every path but /healthz, and stays here', async () => {
    const { url, engine } = await answering(ok, { token });
    for (const path of ['/v1/models', '/meta', '/metrics', '/other']) {
      const answer = await fetch(url + path);
      expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer']);
      const wrong = await fetch(url + path, { headers: { authorization: 'Bearer 0123456789abcdeg' } });
      expect(wrong.status).toBe(401);
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(engine.seen).toEqual([]);
    const allowed = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    expect(allowed.status).toBe(200);
    expect(engine.seen.join('')).not.toContain(token);
  });
});
