import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { plain } from '../scripted-engine/script.ts';
import { completion, post, proxied, rawClient, rawEngine, startProxy, until } from './fixture.ts';

const fast = { ...plain, ttftMs: 5, itlMs: 2 };

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^bench_proxy_${name} (.*)$`, 'm').exec(text)?.[1]);
}

describe('a stream', () => {
  it.each([
    'plain',
    'C3',
    'C6-coalesced',
    'C6-split',
    'C6-crlf',
    'C13',
    'close-delimited',
    'connection-close',
    'not-streamed',
  ])('arrives byte for byte: %s', async (script) => {
    const { url, engine } = await proxied();
    const ask = {
      method: 'POST',
      body: JSON.stringify(completion(script)),
      headers: { 'x-request-id': 'same' },
    };
    const direct = await (await fetch(`${engine.url}/v1/chat/completions`, ask)).text();
    const answer = await fetch(`${url}/v1/chat/completions`, ask);
    expect(answer.headers.get('x-bench-launch')).toBe('r-1');
    expect(await answer.text()).toBe(direct);
  });

  it('has its headers before its first token', async () => {
    const engine = await rawEngine((socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
      );
    });
    const { proxy, url } = await startProxy();
    proxy.open(engine.port);
    const answer = await fetch(`${url}/v1/x`);
    expect(answer.status).toBe(200);
    engine.sockets.forEach((socket) => void socket.end('3\r\nabc\r\n0\r\n\r\n'));
    expect(await answer.text()).toBe('abc');
  });

  it('keeps nothing back: each piece is here before the next is written', async () => {
    const engine = await rawEngine(() => {});
    const { proxy, port } = await startProxy();
    proxy.open(engine.port);
    const { socket, got } = rawClient(port);
    socket.write('GET /v1/x HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => engine.seen[0]?.endsWith('\r\n\r\n') === true);
    const [upstream] = engine.sockets;
    upstream?.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    await until(() => got.text.endsWith('\r\n\r\n'));
    // Whole chunks and torn ones.
    for (const piece of ['3\r\nabc\r\n', '1', '0\r', '\n0123456789', 'abcdef\r\n', '0\r\n', '\r\n']) {
      const before = got.text;
      upstream?.write(piece);
      await until(() => got.text === before + piece);
    }
  });

  it('goes on over one connection, pipelined or not, and to clients of HTTP/1.0', async () => {
    const { port } = await proxied({ scripts: [{ ...fast, chunks: 2 }] });
    const { socket, got } = rawClient(port);
    const ask = post({ stream: true, messages: [] });
    socket.write(ask + ask);
    await until(() => got.text.split('[DONE]').length === 3 && got.text.endsWith('0\r\n\r\n'));
    socket.write(ask.replace('HTTP/1.1', 'HTTP/1.0'));
    await until(() => got.isClosed);
    const last = got.text.split('HTTP/1.1 200 OK').at(-1) ?? '';
    expect(last).not.toMatch(/transfer-encoding/i);
    expect(last).toMatch(/\[DONE\]\n\n$/);
    expect(last).not.toContain('\r\n0\r\n');
  });

  it('256 of them are open at once, and each gets its own', async () => {
    const engine = await rawEngine(() => {});
    const { proxy, url, port } = await startProxy();
    proxy.open(engine.port);
    const clients = Array.from({ length: 256 }, () => rawClient(port));
    for (const [at, { socket }] of clients.entries())
      socket.write(`GET /v1/${at} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await until(() => engine.seen.filter((seen) => seen.endsWith('\r\n\r\n')).length === 256);
    expect(await metric(url, 'open_streams')).toBe(256);
    const names = engine.seen.map((seen) => /^GET \/v1\/(\d+) /.exec(seen)?.[1] ?? '');
    const write = (text: (name: string) => string): void => {
      for (const [at, socket] of [...engine.sockets].entries()) socket.write(text(names[at] ?? ''));
    };
    write(() => 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    for (let turn = 0; turn < 20; turn += 1) {
      write((name) => `${(name.length + 1).toString(16)}\r\n${name},\r\n`);
      await new Promise(setImmediate);
    }
    write(() => '0\r\n\r\n');
    await until(() => clients.every(({ got }) => got.text.endsWith('\r\n0\r\n\r\n')));
    for (const [at, { got }] of clients.entries()) {
      const chunk = `${(String(at).length + 1).toString(16)}\r\n${at},\r\n`;
      expect(got.text.split('\r\n\r\n')[1]).toBe(`${chunk.repeat(20)}0`);
    }
    expect(await metric(url, 'open_streams')).toBe(0);
    expect(await metric(url, 'upstream_aborts_total')).toBe(0);
  });
});

describe('a client that leaves', () => {
  it.each([
    ['before any header', 'never-answers', 'stall'],
    ['in the middle of the stream', 'plain', 'client-left'],
  ])('%s ends its request in the engine', async (_, script, end) => {
    const { url, port, engine } = await proxied();
    const { socket, got } = rawClient(port);
    socket.write(post(completion(script, { max_tokens: 10_000 }), 'x-request-id: gone\r\n'));
    await until(
      () => engine.records.has('gone') && (script === 'never-answers' || got.text.includes('data:')),
    );
    socket.resetAndDestroy();
    // A stalled answer ends in the engine only once its connection does.
    await until(() => engine.records.get('gone')?.end !== 'running');
    expect(engine.records.get('gone')?.end).toBe(end);
    expect(await metric(url, 'upstream_aborts_total')).toBe(1);
    expect(await metric(url, 'open_streams')).toBe(0);
  });

  it('while its body is on the way, too', async () => {
    const engine = await rawEngine(() => {});
    const { proxy, port } = await startProxy();
    proxy.open(engine.port);
    const { socket } = rawClient(port);
    socket.write('POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc');
    await until(() => engine.seen[0]?.endsWith('abc') === true);
    socket.end();
    await until(() => [...engine.sockets].every((each) => each.destroyed));
  });
});

describe('a slow client', () => {
  it('slows the engine, not the memory, and gets everything', async () => {
    const piece = Buffer.alloc(65_536, 'x');
    const total = 64 * 1024 * 1024;
    let sent = 0;
    const engine = await rawEngine((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
      const more = (): void => {
        while (sent < total) {
          sent += piece.length;
          if (!socket.write(piece)) return;
        }
      };
      socket.on('drain', more);
      more();
    });
    const { proxy, port } = await startProxy();
    proxy.open(engine.port);
    const { socket, got } = rawClient(port);
    socket.pause();
    const bytes = { count: 0 };
    socket.removeAllListeners('data');
    socket.on('data', (read) => {
      bytes.count += read.length;
    });
    socket.pause();
    socket.write('GET /v1/x HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => sent > 0);
    let before = -1;
    // The kernel's buffers fill, then nothing moves.
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(sent).toBeLessThan(total / 2);
    socket.resume();
    await until(() => bytes.count > total);
    expect(got.isClosed).toBe(false);
  });

  it('with many small reads behind it keeps their order', async () => {
    const { port, engine } = await proxied({
      scripts: [{ ...fast, chunks: 3_000, itlMs: 0.2, padBytes: 2_000 }],
    });
    const { socket, got } = rawClient(port);
    socket.write(post({ stream: true, messages: [] }, 'x-request-id: slow\r\n'));
    socket.pause();
    await until(() => engine.records.get('slow')?.end === 'body-end');
    socket.resume();
    await until(() => got.text.endsWith('0\r\n\r\n'));
    const text = Buffer.from(got.text, 'latin1').toString();
    const contents = [...text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)].map((match) =>
      JSON.parse(`"${match[1]}"`),
    );
    expect(contents).toHaveLength(3_000);
    expect(createHash('sha256').update(contents.join('')).digest('hex')).toBe(
      engine.records.get('slow')?.textSha256,
    );
  });
});

describe('an engine that breaks off', () => {
  it('before it answers is a 502', async () => {
    const engine = await rawEngine((socket) => void socket.destroy());
    const { proxy, url } = await startProxy();
    proxy.open(engine.port);
    const answer = await fetch(`${url}/v1/x`);
    expect([answer.status, answer.headers.get('x-bench-launch')]).toEqual([502, 'r-1']);
    expect(await answer.json()).toMatchObject({ error: { type: 'bad_gateway', code: 502 } });
    expect(await metric(url, 'upstream_failures_total')).toBe(1);
  });

  it('so is one that nobody listens for, and one that speaks something else', async () => {
    const engine = await rawEngine((socket) => void socket.write('SSH-2.0-x\r\n\r\n'));
    const { proxy, url } = await startProxy();
    proxy.open(engine.port);
    expect((await fetch(`${url}/v1/x`)).status).toBe(502);
    proxy.open(1);
    expect((await fetch(`${url}/v1/x`)).status).toBe(502);
  });

  it.each(['C9-close', 'C9-reset', 'C9-close-body'])(
    'in the middle of a stream cuts it, so that nobody takes it for whole: %s',
    async (script) => {
      const { port } = await proxied();
      const { socket, got } = rawClient(port);
      socket.write(post(completion(script)));
      await until(() => got.isClosed || got.text.endsWith('0\r\n\r\n'));
      expect(got.text).toContain('data:');
      // A body that only the close ends looks whole by its framing: the engine itself says no more.
      expect(got.text.endsWith('0\r\n\r\n')).toBe(script === 'C9-close-body');
    },
  );
});
