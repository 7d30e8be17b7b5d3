import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { post, rawClient, rawEngine, startProxy, until } from './fixture.ts';

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const snapshot = JSON.stringify({ format: 'x', text: 'ü'.repeat(2_000) });

async function engine() {
  return rawEngine((socket, seen) => {
    if (seen.includes('\r\n\r\n'))
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok');
  });
}

describe('/meta', () => {
  it('tells how far it is, then is the snapshot whose sha256 is its ETag', async () => {
    const { proxy, url } = await startProxy();
    const log = join(mkdtempSync(join(tmpdir(), 'proxy-log-')), 'engine.log');
    writeFileSync(log, Array.from({ length: 9_000 }, (_, at) => `${at} o line ${at}\n`).join(''));
    proxy.start(1, log);
    proxy.phase('launch: starting custom');
    const early = await fetch(`${url}/meta`);
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await early.json()).toMatchObject({
      status: 'starting',
      launch: 'r-1',
      phase: 'launch: starting custom',
      phaseSeconds: expect.any(Number),
      seconds: expect.any(Number),
      lines: [8995, 8996, 8997, 8998, 8999].map((at) => `${at} o line ${at}`),
    });
    proxy.open((await engine()).port);
    expect((await fetch(`${url}/meta`)).status).toBe(503);
    expect((await fetch(`${url}/v1/x`)).status).toBe(200);

    proxy.freeze(snapshot, sha256(snapshot));
    const answer = await fetch(`${url}/meta`, { headers: { 'accept-encoding': 'identity' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    const body = Buffer.from(await answer.arrayBuffer());
    expect(answer.headers.get('etag')).toBe(`"${sha256(body)}"`);
    expect(body.toString()).toBe(snapshot);
  });

  it('is compressed for who likes that, and not sent again to who has it', async () => {
    const { proxy, url, port } = await startProxy();
    proxy.freeze(snapshot, sha256(snapshot));
    const { socket, got } = rawClient(port);
    socket.write(
      'GET /meta HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip;q=0.5\r\nConnection: close\r\n\r\n',
    );
    await until(() => got.isClosed);
    const [head = '', ...rest] = got.text.split('\r\n\r\n');
    expect(head).toMatch(/content-encoding: gzip/i);
    expect(head).toContain(`etag: "${sha256(snapshot)}"`);
    expect(gunzipSync(Buffer.from(rest.join('\r\n\r\n'), 'latin1')).toString()).toBe(snapshot);
    const asked = async (headers: Record<string, string>) => fetch(`${url}/meta`, { headers });
    expect((await asked({ 'accept-encoding': 'gzip;q=0' })).headers.get('content-encoding')).toBeNull();
    const known = await asked({ 'if-none-match': `"x", W/"${sha256(snapshot)}"` });
    expect([known.status, await known.text()]).toEqual([304, '']);
    expect(known.headers.get('x-bench-launch')).toBe('r-1');
    expect((await asked({ 'if-none-match': '"x"' })).status).toBe(200);
    const head2 = await fetch(`${url}/meta`, { method: 'HEAD' });
    expect([head2.status, await head2.text()]).toEqual([200, '']);
  });
});

describe('before the engine is ready', () => {
  it('/v1 is a 503 that says when to come again', async () => {
    const { proxy, url } = await startProxy();
    proxy.phase('hashing what the engine reads');
    const answer = await fetch(`${url}/v1/models`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining('hashing') } });
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: 'ok', engine: 'starting' });
  });
});

describe('silence', () => {
  it('puts the engine to sleep; /meta and /healthz do not wake it, a request does and waits', async () => {
    const first = await engine();
    const { proxy, url, said } = await startProxy({ idleStopMs: 80 });
    proxy.open(first.port);
    proxy.freeze(snapshot, sha256(snapshot));
    await sleep(200);
    expect(said).toEqual([]);
    proxy.settle();
    await until(() => said.length === 1);
    proxy.sleep();
    expect((await fetch(`${url}/meta`)).status).toBe(503);
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ engine: 'asleep', snapshot: null });
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    expect(said).toEqual(['idle']);

    const waiting = [fetch(`${url}/v1/x`), fetch(`${url}/v1/y`, { method: 'POST', body: 'z' })];
    await until(() => said.length === 2);
    proxy.start(2, null);
    const late = fetch(`${url}/v1/late`);
    await sleep(50);
    expect((await fetch(`${url}/meta`)).status).toBe(503);
    const second = await engine();
    proxy.open(second.port);
    for (const answer of await Promise.all([...waiting, late])) {
      expect([answer.status, answer.headers.get('x-bench-launch')]).toEqual([200, 'r-2']);
    }
    expect(second.seen).toHaveLength(3);
    expect(said).toEqual(['idle', 'wake']);
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const state of ['starting', 'open', 'stopping', 'asleep', 'waking'])
      expect(text).toContain(`{state="${state}"}`);
  });

  it('is not while a request is open, nor counted from before it', async () => {
    const slow = await rawEngine(() => {});
    const { proxy, port, said } = await startProxy({ idleStopMs: 60 });
    proxy.open(slow.port);
    const { socket } = rawClient(port);
    socket.write(post({}));
    await until(() => slow.seen.length === 1);
    proxy.settle();
    await sleep(200);
    expect(said).toEqual([]);
    socket.destroy();
    await until(() => said.length === 1);
  });

  it('that a request ends while the engine is being stopped is remembered', async () => {
    const { proxy, url, said } = await startProxy({ idleStopMs: 30 });
    proxy.open((await engine()).port);
    proxy.settle();
    await until(() => said.length === 1);
    const waiting = fetch(`${url}/v1/x`);
    await until(() => said.length === 2);
    proxy.sleep();
    proxy.start(2, null);
    proxy.open((await engine()).port);
    expect((await waiting).status).toBe(200);
    expect(said).toEqual(['idle', 'wake']);
  });

  it('and who leaves while waiting is forgotten', async () => {
    const { proxy, port, said } = await startProxy({ idleStopMs: 30 });
    proxy.open((await engine()).port);
    proxy.settle();
    await until(() => said.length === 1);
    proxy.sleep();
    const { socket } = rawClient(port);
    socket.write(post({}));
    await until(() => said.length === 2);
    socket.destroy();
    await sleep(50);
    const woken = await engine();
    proxy.start(2, null);
    proxy.open(woken.port);
    await sleep(50);
    expect(woken.seen).toEqual([]);
  });
});

it('the end says why to who waits, and closes', async () => {
  const { proxy, url, said } = await startProxy({ idleStopMs: 20 });
  proxy.open((await engine()).port);
  proxy.settle();
  await until(() => said.length === 1);
  const waiting = fetch(`${url}/v1/x`);
  await until(() => said.length === 2);
  const ended = proxy.end('custom was killed by SIGKILL');
  const answer = await waiting;
  expect(answer.status).toBe(502);
  expect(await answer.json()).toMatchObject({ error: { message: 'custom was killed by SIGKILL' } });
  await ended;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});
