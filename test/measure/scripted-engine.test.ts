import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { interpretOpenAi } from '../../src/engines/openai-stream.ts';
import { type Answer, ask } from '../../src/measure/ask.ts';
import { startClock } from '../../src/measure/clock.ts';
import { connect } from '../../src/measure/connection.ts';
import { observe } from '../../src/measure/timeline.ts';
import { plan } from '../scripted-engine/plan.ts';
import { plain } from '../scripted-engine/script.ts';

const root = resolve(import.meta.dirname, '../..');
const clock = startClock();
let folder = '';
let program = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-scripted-'));
  const compilerOptions = {
    noEmit: false,
    rootDir: root,
    outDir: folder,
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions,
    include: [join(root, 'test/scripted-engine')],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { stdio: 'inherit' });
  program = join(folder, 'test/scripted-engine/main.js');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The engine in its own process: its address once it listens, and how it ended. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const url = new Promise<string>((done) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => done(/http\S+/.exec(text)?.[0] ?? ''));
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((done) =>
    child.on('close', (code) => done({ code, stderr })),
  );
  return { url, ended, stop: () => child.kill('SIGTERM') };
}

async function askAt(url: string, content: string, id: string): Promise<Answer> {
  const connection = connect(url, clock);
  const answer = await ask(connection, {
    path: '/v1/chat/completions',
    headers: {},
    body: { messages: [{ role: 'user', content }], stream: true, max_tokens: 6 },
    requestId: id,
    timeoutMs: 20_000,
    interpret: interpretOpenAi,
    signal: new AbortController().signal,
    identity: { launch: 1, arm: 'baseline', pair: null, round: 1, query: 'q' },
    scheduledNs: clock.now(),
  });
  connection.close();
  return answer;
}

test('in its own process: stamps on the same clock, in the log and over HTTP', async () => {
  const log = join(folder, 'log.jsonl');
  const engine = start('--script', 'C5-continuous', '--time-scale', '0.3', '--log', log, '--model', 'mine');
  const url = await engine.url;
  const { trace } = await askAt(url, 'hello', 'own/1');
  const record = (await (await fetch(`${url}/stamps/${encodeURIComponent('own/1')}`)).json()) as {
    arrivalNs: string;
    frames: [string, string, number][];
  };
  expect(trace.outcome).toBe('ok');
  expect(trace.chunks.map(([, kind]) => kind)).toEqual(record.frames.map(([kind]) => kind));
  const stamps = record.frames.map(([, tNs]) => Number(BigInt(tNs) - clock.epochMonotonicNs));
  for (const [at, [tNs]] of trace.chunks.entries())
    expect(tNs).toBeGreaterThanOrEqual(stamps[at - 1] ?? trace.sentNs ?? 0);
  expect(Number(BigInt(record.arrivalNs) - clock.epochMonotonicNs)).toBeGreaterThan(trace.sentNs ?? 0);
  expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ data: [{ id: 'mine' }] });
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('scripted_requests_total 1\n');
  engine.stop();
  expect((await engine.ended).code).toBe(0);
  expect(JSON.parse(readFileSync(log, 'utf8'))).toEqual(record);
});

test('not ready at first, then scripts in turn, a script from a file', async () => {
  const file = join(folder, 'mine.json');
  writeFileSync(file, JSON.stringify({ chunks: 2, ttftMs: 5, itlMs: 1, finishReason: 'stop' }));
  const engine = start('--script', `${file},C9-429`, '--ready-after-ms', '400', '--time-scale', '0.1');
  const url = await engine.url;
  const health = async () => (await fetch(`${url}/health`)).status;
  expect(await health()).toBe(503);
  expect((await askAt(url, 'x', 'early')).trace).toMatchObject({ outcome: 'http-error', status: 503 });
  await expect.poll(health).toBe(200);
  const [first, second, third] = [
    await askAt(url, 'x', '1'),
    await askAt(url, 'x', '2'),
    await askAt(url, 'x', '3'),
  ];
  expect([first, second, third].map(({ trace }) => trace.status)).toEqual([200, 429, 200]);
  expect(observe(first.trace).tokens).toBe(2);
  engine.stop();
  await engine.ended;
});

test('dies at boot with its message and code', async () => {
  const engine = start('--die-at-boot', 'CUDA out of memory', '--exit-code', '3');
  expect(await engine.ended).toEqual({ code: 3, stderr: 'CUDA out of memory\n' });
});

test('dies in the middle of the k-th answer', async () => {
  const engine = start('--die-after', '2', '--time-scale', '0.5');
  const url = await engine.url;
  expect((await askAt(url, 'x', '1')).trace.outcome).toBe('ok');
  expect((await askAt(url, 'x', '2')).trace.outcome).toBe('truncated');
  expect((await engine.ended).code).toBe(1);
});

test('a plan is the same for the same seed, and slower by what was asked', () => {
  const request = { id: 'r', model: 'm', maxTokens: 8, promptTokens: 1 };
  const times = (seed: number, slowPercent: number, jitterPercent: number) =>
    plan(plain, request, { timeScale: 1, slowPercent, jitterPercent, seed }).writes.map(
      (write) => write.atMs,
    );
  expect(times(1, 0, 10)).toEqual(times(1, 0, 10));
  expect(times(1, 0, 10)).not.toEqual(times(2, 0, 10));
  expect(times(1, 5, 0)).toEqual(times(1, 0, 0).map((atMs) => atMs * 1.05));
});
