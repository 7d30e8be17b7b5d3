import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { listPids, readProcText } from '../../src/supervisor/procfs.ts';
import type { Workbench } from '../e2e/workbench.ts';
import { containerBench, podman, remains, scripted, useLab, whatIsLeft } from './lab.ts';

const endless = { workload: ', rounds: 1000' };

describe('kill -9 of bench', () => {
  it.for(['launch: starting', 'launch: warming up', 'launch: measuring'])(
    'at "%s" leaves no process, no container, no cgroup',
    async (told, context) => {
      const lab = useLab(context);
      const bench = await containerBench(lab, endless);
      const run = bench.start({ env: lab.env }, 'run', 'configs/c.yaml');
      await run.says(told);
      await sleep(Math.random() * 300);
      process.kill(run.pid, 'SIGKILL');
      await run.ended;
      expect(await whatIsLeft(lab, bench)).toEqual([]);
    },
  );

  it('and of its guard leaves the container, until the next run ends it', async (context) => {
    const lab = useLab(context);
    const bench = await containerBench(lab, endless);
    const run = bench.start({ env: lab.env }, 'run', 'configs/c.yaml');
    await run.says('launch: measuring');
    process.kill(run.pid, 'SIGSTOP');
    process.kill(guardOf(run.pid), 'SIGKILL');
    process.kill(run.pid, 'SIGKILL');
    await run.ended;
    await sleep(500);
    const left = remains(lab, bench);
    expect(left.some((what) => what.includes('/engine/main.js'))).toBe(true);
    const other = await containerBench(lab);
    const next = await other.benchWith({ env: lab.env }, 'run', 'configs/c.yaml');
    expect(next, next.stderr).toMatchObject({ code: 0 });
    expect(next.stderr).toMatch(/removed the container bench-2/);
    expect(await whatIsLeft(lab, bench)).toEqual([]);
    expect(await whatIsLeft(lab, other)).toEqual([]);
  });
});

describe('a run that is told to stop', () => {
  it.for([
    ['SIGINT', 130, 'launch: starting', ['--ready-after-ms', '600000']],
    ['SIGINT', 130, 'launch: measuring', []],
    ['SIGTERM', 143, 'launch: warming up', []],
  ] as const)('by %s (%i) at "%s" ends in order, with a row', async ([name, code, told, more], context) => {
    const lab = useLab(context);
    const args = [...scripted, ...more];
    const bench = await containerBench(lab, { ...endless, args });
    const run = bench.start({ env: lab.env }, 'run', 'configs/c.yaml');
    await run.says(told);
    // A terminal signals the whole foreground group, not bench alone.
    process.kill(-run.pid, name);
    const ended = await run.ended;
    expect(ended.code, ended.stderr).toBe(code);
    expect(bench.row()).toMatchObject({ status: 'discard', reason: 'interrupted' });
    expect(await whatIsLeft(lab, bench)).toEqual([]);
  });

  it('while the image is pulled writes nothing', async (context) => {
    const lab = useLab(context);
    const server = await silentServer();
    const image = `127.0.0.1:${(server.address() as { port: number }).port}/x@sha256:${'1'.repeat(64)}`;
    const bench = await containerBench(lab, { image });
    const run = bench.start({ env: lab.env }, 'run', 'configs/c.yaml');
    await run.says('having the image');
    await sleep(300);
    run.signal('SIGINT');
    expect(await run.ended).toMatchObject({ code: 130 });
    server.close();
    expect(bench.bundles()).toEqual([]);
    expect(await whatIsLeft(lab, bench)).toEqual([]);
  });

  it('kills an engine that does not listen, and the runtime forgets it', async (context) => {
    const lab = useLab(context);
    const args = ['/fixtures/ignores-signals.mjs'];
    const bench = await containerBench(lab, { args, more: 'stop_grace: 1s\n' });
    const ended = await bench.benchWith({ env: lab.env }, 'run', 'configs/c.yaml');
    expect(events(bench).at(-1), ended.stderr).toMatchObject({ event: 'exited', rung: 'kill' });
    expect(await whatIsLeft(lab, bench)).toEqual([]);
  });
});

describe('an engine that fails in its container', () => {
  it('is a crash with its cause when it dies while it starts', async (context) => {
    const lab = useLab(context);
    const args = ['/engine/main.js', '--die-at-boot', 'Error: no such backend', '--exit-code', '7'];
    const bench = await containerBench(lab, { args });
    const ended = await bench.benchWith({ env: lab.env }, 'run', 'configs/c.yaml');
    expect(ended.code, ended.stderr).toBe(4);
    expect(bench.row()).toMatchObject({ status: 'crash', reason: expect.stringMatching(/starting: .*7/) });
    expect(ended.stdout).toContain('Error: no such backend');
    expect(await whatIsLeft(lab, bench)).toEqual([]);
  });

  it('is a crash when it dies in the middle of an answer', async (context) => {
    const lab = useLab(context);
    const args = ['/engine/main.js', '--die-after', '7'];
    const bench = await containerBench(lab, { args, workload: ', rounds: 5' });
    const ended = await bench.benchWith({ env: lab.env }, 'run', 'configs/c.yaml');
    expect(ended.code, ended.stderr).toBe(4);
    expect(bench.row()).toMatchObject({ status: 'crash', reason: expect.stringContaining('measuring') });
    expect(events(bench).map(({ event }) => event)).toContain('died');
    expect(await whatIsLeft(lab, bench)).toEqual([]);
  });

  it('is a failure of the host, not of the engine, when the runtime cannot start it', async (context) => {
    const lab = useLab(context);
    const bench = await containerBench(lab);
    const conf = readFileSync(lab.env.CONTAINERS_CONF, 'utf8');
    bench.write({
      'own.conf': conf.replace('[containers]', '[containers]\ninit_path = "/nowhere/catatonit"'),
    });
    const env = { ...lab.env, CONTAINERS_CONF: join(bench.root, 'own.conf') };
    const ended = await bench.benchWith({ env }, 'run', 'configs/c.yaml', '--no-commit', '--allow-dirty');
    expect(ended.code, ended.stderr).toBe(5);
    expect(bench.row()).toMatchObject({ status: 'discard', reason: expect.stringMatching(/^host-failure/) });
    expect(ended.stdout).toContain('catatonit');
    expect(await whatIsLeft(lab, bench)).toEqual([]);
  });
});

it('a port that somebody else took is left to them, and another is tried', async (context) => {
  const lab = useLab(context);
  const bench = await containerBench(lab, { args: [...scripted, '--boot-ms', '1500'] });
  const run = bench.start({ env: lab.env }, 'run', 'configs/c.yaml');
  await run.says('launch: starting');
  const port = await portOf(bench);
  const thief = await listen(port);
  const ended = await run.ended;
  thief.close();
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const told = events(bench);
  expect(told.filter(({ event }) => event === 'port-retry')).toMatchObject([{ port }]);
  const names = told.filter(({ event }) => event === 'container').map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(podman(lab, 'ps', '-a', '-q')).toBe('');
  expect(await whatIsLeft(lab, bench)).toEqual([]);
});

type Event = { readonly event: string; readonly [key: string]: unknown };

function events(bench: Workbench): Event[] {
  const [runId = ''] = bench.bundles();
  return readFileSync(join(bench.root, '.bench_runs', runId, 'launches/1/events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
}

async function portOf(bench: Workbench): Promise<number> {
  for (;;) {
    try {
      const spawned = events(bench).find(({ event }) => event === 'spawn');
      if (spawned !== undefined) return Number(spawned.port);
    } catch {
      // Not there yet.
    }
    await sleep(5);
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Takes connections and says nothing. */
async function silentServer(): Promise<Server> {
  return listen(0);
}

/** The guard of a bench. */
function guardOf(pid: number): number {
  return (
    listPids().find(
      (other) =>
        new RegExp(`^PPid:\\s*${pid}$`, 'm').test(readProcText(other, 'status') ?? '') &&
        (readProcText(other, 'cmdline') ?? '').includes('bench-guard'),
    ) ?? 0
  );
}
