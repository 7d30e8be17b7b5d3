import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { realEngine } from '../real-engine.ts';
import { eventually, processesOf, type Started } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

const fixtures = resolve(import.meta.dirname, '../fixtures/engines');
const config = 'configs/scripted.yaml';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `bench proxy` on a free port, and its URL. */
async function startProxy(bench: Workbench, ...args: string[]): Promise<{ proxy: Started; url: string }> {
  const proxy = bench.start({}, 'proxy', config, '--listen', '127.0.0.1:0', ...args);
  return { proxy, url: await proxy.says(/^(http:\/\/\S+)$/m) };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3_000; tries += 1) {
    if (await isSo()) return;
    await sleep(50);
  }
  throw new Error(`it never came: ${String(isSo)}`);
}

const status = async (url: string): Promise<number> => (await fetch(url)).status;
const ready = (url: string) => until(async () => (await status(`${url}/meta`)) === 200);
const engineIs = (url: string, state: string) =>
  until(async () => ((await (await fetch(`${url}/healthz`)).json()) as { engine: string }).engine === state);

/** A stream of so many tokens that nobody has read yet. */
function ask(url: string, tokens: number): Promise<Response> {
  const body = { stream: true, max_tokens: tokens, messages: [{ role: 'user', content: 'x' }] };
  return fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
}

async function expectNothingLeft(bench: Workbench): Promise<void> {
  await eventually(() => processesOf(bench.root).length === 0);
  expect(processesOf(bench.root)).toEqual([]);
}

function launchFolder(bench: Workbench, launch = 1): string {
  return join(bench.root, '.bench_runs', bench.bundles()[0] ?? '', 'launches', String(launch));
}

function events(bench: Workbench, launch = 1): { event: string; pid?: number }[] {
  const text = readFileSync(join(launchFolder(bench, launch), 'events.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; pid?: number });
}

describe.concurrent('bench proxy', { timeout: 180_000 }, () => {
  it('refuses, then serves, then also says what serves; Ctrl-C ends it and leaves a bundle and no row', async () => {
    const bench = await workbench();
    bench.write({ [config]: experiment(bench.installed, { args: ['--ready-after-ms', '1500'] }) });
    const { proxy, url } = await startProxy(bench);
    expect(await status(`${url}/v1/models`)).toBe(503);
    await until(async () =>
      ((await (await fetch(`${url}/meta`)).json()) as { phase: string }).phase.includes('starting'),
    );
    await until(async () => (await status(`${url}/v1/models`)) === 200);
    // Warm-up takes a second more: the engine answers, what it is is not frozen yet.
    const early = await fetch(`${url}/meta`);
    expect(early.status).toBe(503);
    const progress = (await early.json()) as { lines: string[]; phase: string };
    expect(progress.lines.join('\n')).toContain('listening on');
    await ready(url);
    const meta = await fetch(`${url}/meta`);
    const text = await meta.text();
    expect(meta.headers.get('etag')).toBe(`"${sha256(text)}"`);
    const [runId = ''] = bench.bundles();
    expect(meta.headers.get('x-bench-launch')).toBe(`${runId}-1`);
    expect(JSON.parse(text)).toMatchObject({ format: 'bench-snapshot-1' });
    await proxy.says('serving');

    const refused = await bench.bench('run', config);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain(`bench proxy ${config}`);

    const stream = await ask(url, 10_000);
    expect(stream.headers.get('x-bench-launch')).toBe(`${runId}-1`);
    const cut = stream.text().then(
      () => 'whole',
      () => 'cut',
    );
    // A terminal signals the whole foreground group.
    process.kill(-proxy.pid, 'SIGINT');
    expect(await proxy.ended).toMatchObject({ code: 130, stdout: `${url}\n` });
    expect(await cut).toBe('cut');
    await expectNothingLeft(bench);
    expect(readFileSync(join(launchFolder(bench), 'snapshot.json'), 'utf8')).toBe(text);
    expect(events(bench).map(({ event }) => event)).toEqual(
      expect.arrayContaining(['spawn', 'bound', 'healthy', 'ready', 'warm', 'frozen', 'stop', 'exited']),
    );
    expect(readdirSync(launchFolder(bench))).toContain('engine.log');
    expect(JSON.parse(readFileSync(join(launchFolder(bench), '../../run.json'), 'utf8'))).toMatchObject({
      runId,
      outcome: 'proxy',
    });
    expect(bench.rows()).toEqual([]);
    expect((await bench.bench('ledger', 'fix')).stdout).toBe('Nothing to mend.\n');
  });

  it('starts nothing where it cannot listen', async () => {
    const bench = await workbench();
    const taken = createServer();
    await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening));
    const { port } = taken.address() as { port: number };
    const ended = await bench.bench('proxy', config, '--listen', `127.0.0.1:${port}`);
    taken.close();
    expect(ended).toMatchObject({ code: 5, stdout: '' });
    expect(ended.stderr).toContain(`Cannot listen on 127.0.0.1:${port}: another process listens there`);
    expect(bench.bundles()).toEqual([]);
    await expectNothingLeft(bench);
  });

  it('cuts its streams and ends with the cause when the engine dies', async () => {
    const bench = await workbench();
    const { proxy, url } = await startProxy(bench);
    await ready(url);
    const [stream, unanswered] = [
      await ask(url, 10_000),
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({
          stream: true,
          messages: [{ role: 'user', content: '[[case:never-answers]]' }],
        }),
      }),
    ];
    const cut = expect(stream.text()).rejects.toThrow();
    await sleep(200);
    process.kill(events(bench).find(({ event }) => event === 'spawn')?.pid ?? 0, 'SIGKILL');
    expect((await unanswered).status).toBe(502);
    await cut;
    const ended = await proxy.ended;
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(/bench: .*SIGKILL/);
    expect(ended.stderr).toContain('.bench_runs/');
    expect(events(bench).map(({ event }) => event)).toContain('died');
    await expectNothingLeft(bench);
  });

  it('ends with the cause when the engine never comes up', async () => {
    const bench = await workbench();
    bench.write({
      [config]: experiment(bench.installed, { args: ['--die-at-boot', 'CUDA error: out of memory'] }),
    });
    const { proxy } = await startProxy(bench);
    const ended = await proxy.ended;
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('CUDA error: out of memory');
    await expectNothingLeft(bench);
  });

  it('stops the engine after silence; the next request wakes another launch with a snapshot of its own', async () => {
    const bench = await workbench();
    const { proxy, url } = await startProxy(bench, '--idle-stop', '1s');
    await ready(url);
    const first = (await fetch(`${url}/meta`)).headers;
    await engineIs(url, 'asleep');
    const pid = events(bench).find(({ event }) => event === 'spawn')?.pid;
    expect(processesOf(bench.root).some((command) => command.includes('scripted-engine'))).toBe(false);
    expect(events(bench).at(-1)?.event).toBe('exited');
    const asleep = await fetch(`${url}/meta`);
    expect([asleep.status, asleep.headers.get('x-bench-launch')]).toEqual([503, first.get('x-bench-launch')]);

    const woken = await ask(url, 3);
    const [runId] = bench.bundles();
    expect([woken.status, woken.headers.get('x-bench-launch')]).toEqual([200, `${runId}-2`]);
    expect(await status(`${url}/meta`)).toBe(503);
    expect(await woken.text()).toContain('[DONE]');
    await ready(url);
    const second = await fetch(`${url}/meta`);
    expect(second.headers.get('x-bench-launch')).toBe(`${runId}-2`);
    expect(second.headers.get('etag')).not.toBe(first.get('etag'));
    const text = await second.text();
    expect(second.headers.get('etag')).toBe(`"${sha256(text)}"`);
    expect(readFileSync(join(launchFolder(bench, 2), 'snapshot.json'), 'utf8')).toBe(text);
    expect(events(bench, 2).find(({ event }) => event === 'spawn')?.pid).not.toBe(pid);

    await engineIs(url, 'asleep');
    proxy.signal('SIGTERM');
    expect(await proxy.ended).toMatchObject({ code: 143 });
    await expectNothingLeft(bench);
  });

  it.each(['starting', 'serving'])('killed without a word while %s leaves nothing', async (moment) => {
    const bench = await workbench();
    const args = moment === 'starting' ? ['--ready-after-ms', '600000'] : [];
    bench.write({ [config]: experiment(bench.installed, { args }) });
    const { proxy, url } = await startProxy(bench);
    await proxy.says(`launch 1: ${moment}`);
    await eventually(() => processesOf(bench.root).length >= 2);
    proxy.signal('SIGKILL');
    await proxy.ended;
    await expectNothingLeft(bench);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect((await bench.bench('ledger', 'fix')).stdout).toBe('Nothing to mend.\n');
  });

  it('stops the engine when its own process is lost', async () => {
    const bench = await workbench();
    const { proxy, url } = await startProxy(bench);
    await ready(url);
    const child = readdirSync('/proc').find((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
        return (
          Number(parent) === proxy.pid &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('proxy/child.js')
        );
      } catch {
        return false;
      }
    });
    process.kill(Number(child), 'SIGKILL');
    const ended = await proxy.ended;
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain("The proxy's own process ended with SIGKILL");
    await expectNothingLeft(bench);
  });

  it('twice told to stop kills an engine that does not listen', async () => {
    const bench = await workbench();
    bench.write({
      [config]: experiment(bench.installed, { more: 'stop_grace: 10m\n' }).replace(
        /args: \[.*\]/,
        `args: [${join(fixtures, 'ignores-signals.mjs')}]`,
      ),
    });
    const { proxy, url } = await startProxy(bench);
    await until(async () => (await status(`${url}/v1/models`)) === 200);
    proxy.signal('SIGINT');
    await proxy.says('stopping');
    await sleep(300);
    proxy.signal('SIGINT');
    expect((await proxy.ended).code).toBe(130);
    await expectNothingLeft(bench);
  });

  it.each([
    [['--listen', '0.0.0.0:0'], 'clients must bring a token'],
    [['--listen', '0.0.0.0:0', '--token-file', 'no-such'], 'no-such cannot be read'],
    [['--listen', '127.0.0.1:0', '--token-file', 'short'], '16 visible ASCII characters'],
    [['--listen', 'example.org:80'], 'expected an address'],
    [['--listen', '127.0.0.1:0', '--idle-stop', 'soon'], 'a duration'],
    [['--listen', '127.0.0.1:0', '--max-body', '64'], 'a size'],
  ])('%j is refused before anything starts', async (args, why) => {
    const bench = await workbench();
    bench.write({ short: 'secret\n' });
    const ended = await bench.bench('proxy', config, ...args);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(why);
    expect(bench.bundles()).toEqual([]);
  });

  it('is open to other machines with a token, which appears nowhere', async () => {
    const bench = await workbench();
    const token = 'a-long-enough-token';
    writeFileSync(join(bench.home, 'token'), `${token}\n`);
    const proxy = bench.start(
      {},
      'proxy',
      config,
      '--listen',
      '0.0.0.0:0',
      '--token-file',
      join(bench.home, 'token'),
    );
    const url = (await proxy.says(/^(http:\/\/\S+)$/m)).replace('0.0.0.0', '127.0.0.1');
    expect(await status(`${url}/meta`)).toBe(401);
    expect(await status(`${url}/healthz`)).toBe(200);
    const allowed = { headers: { authorization: `Bearer ${token}` } };
    await until(async () => (await fetch(`${url}/meta`, allowed)).status === 200);
    expect((await fetch(`${url}/v1/models`, allowed)).status).toBe(200);
    proxy.signal('SIGINT');
    const ended = await proxy.ended;
    expect(ended.code).toBe(130);
    expect(`${ended.stdout}${ended.stderr}`).not.toContain(token);
    expect(bench.filesHolding(token)).toEqual([]);
  });

  it('has no engine to start for a server that runs elsewhere', async () => {
    const bench = await workbench();
    bench.write({
      [config]:
        'description: elsewhere\nengine: openai\nbase_url: http://127.0.0.1:1/v1\nworkload: { queries: queries/q.csv }\n',
    });
    const ended = await bench.bench('proxy', config);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('runs elsewhere');
  });
});

it('serves the real llama.cpp server, and says what it is', { timeout: 240_000 }, async () => {
  const real = await realEngine();
  const bench = await workbench({ empty: true });
  if (process.env.BENCH_TEST_VENV === undefined) {
    mkdirSync(join(bench.root, '.venvs'));
    symlinkSync(real.venv, join(bench.root, '.venvs/llamacpp'));
  }
  expect((await bench.bench('init')).code).toBe(0);
  const file = 'configs/llamacpp-smollm2.yaml';
  bench.write({ [file]: bench.read(file).replace('max_tokens: 48', 'max_tokens: 8') });
  const proxy = bench.start({}, 'proxy', file, '--listen', '127.0.0.1:0');
  const url = await proxy.says(/^(http:\/\/\S+)$/m);
  await ready(url);
  const meta = await fetch(`${url}/meta`);
  const text = await meta.text();
  expect(meta.headers.get('etag')).toBe(`"${sha256(text)}"`);
  expect(JSON.parse(text)).toMatchObject({
    engine: { name: 'llamacpp' },
    artifact: expect.stringMatching(/^venv:/),
  });
  const body = { stream: true, max_tokens: 8, messages: [{ role: 'user', content: 'Name three rivers.' }] };
  const stream = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
  expect(stream.headers.get('x-bench-launch')).toBe(meta.headers.get('x-bench-launch'));
  const frames = (await stream.text()).split('\n\n').filter((frame) => frame.startsWith('data: '));
  expect(frames.length).toBeGreaterThanOrEqual(8);
  expect(frames.at(-1)).toBe('data: [DONE]');
  proxy.signal('SIGINT');
  expect((await proxy.ended).code).toBe(130);
  await expectNothingLeft(bench);
});
