import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/canonical.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

type Line = Record<string, unknown>;

describe('the bundle of a run', () => {
  let bench: Workbench;
  let launch: string;
  let file: (name: string) => string;
  let lines: (name: string) => Line[];
  beforeAll(async () => {
    bench = await workbench();
    bench.write({
      'configs/scripted.yaml': experiment(bench.installed, {
        args: ['--log', 'stamps.jsonl'],
        workload: ', rounds: 2',
      }),
    });
    const ended = await bench.bench('run', 'configs/scripted.yaml', '--keep-outputs');
    expect(ended).toMatchObject({ code: 0 });
    launch = join(bench.bundle(), 'launches/1');
    file = (name) => readFileSync(join(launch, name), 'utf8');
    lines = (name) =>
      file(name)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
  });

  it('has the files of the contract', () => {
    expect(readdirSync(bench.bundle()).sort()).toEqual(['launches', 'run.json', 'summary.json']);
    expect(readdirSync(launch).sort()).toEqual([
      'counters.json',
      'engine.log',
      'events.jsonl',
      'experiment.json',
      'outputs.jsonl',
      'requests.jsonl',
      'snapshot.json',
      'telemetry.jsonl',
      'warmup.jsonl',
    ]);
  });

  it('run.json names the run and how it ended', () => {
    const row = bench.row();
    expect(JSON.parse(readFileSync(join(bench.bundle(), 'run.json'), 'utf8'))).toMatchObject({
      runId: row.run_id,
      expId: row.exp_id,
      engine: 'custom',
      startedAt: row.started_at,
      epochMonotonicNs: expect.stringMatching(/^\d+$/),
      bench: { version: '0.1.0', commit: null, dirty: false },
      outcome: 'baseline',
    });
  });

  it('events.jsonl tells the life of the engine in order', () => {
    const events = lines('events.jsonl');
    expect(events.map(({ event }) => event)).toEqual([
      'spawn',
      'bound',
      'healthy',
      'ready',
      'warm',
      'frozen',
      'measuring',
      'stop',
      'exited',
    ]);
    const times = events.map(({ tNs }) => tNs as number);
    expect(times.every(Number.isInteger)).toBe(true);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(events.at(-1)).toMatchObject({ code: 0, signal: null });
  });

  it('requests.jsonl has every stamp, none before the time the engine sent at', () => {
    const requests = lines('requests.jsonl');
    expect(requests.map(({ round, query }) => `${round}${query}`).sort()).toEqual([
      '1a',
      '1b',
      '1c',
      '2a',
      '2b',
      '2c',
    ]);
    expect(Object.keys(requests[0] ?? {})).toEqual(
      'launch arm pair round query requestId maxTokens scheduledNs sentNs connectNs headersNs firstByteNs chunks doneNs status finishReason usage engineTimings outcome error textSha256'.split(
        ' ',
      ),
    );
    const epochNs = BigInt(
      (JSON.parse(readFileSync(join(bench.bundle(), 'run.json'), 'utf8')) as Record<string, string>)
        .epochMonotonicNs ?? '',
    );
    const stamps = bench
      .read('stamps.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; arrivalNs: string; textSha256: string });
    for (const request of requests) {
      const stamp = stamps.find(({ id }) => id === request.requestId);
      expect(request).toMatchObject({ outcome: 'ok', status: 200, textSha256: stamp?.textSha256 });
      const arrivedNs = Number(BigInt(stamp?.arrivalNs ?? 0) - epochNs);
      const [firstNs] = (request.chunks as [number, string][])[0] ?? [0];
      expect(request.sentNs).toBeLessThanOrEqual(arrivedNs);
      expect(firstNs).toBeGreaterThanOrEqual(arrivedNs + 10e6);
      expect(request.doneNs).toBeGreaterThanOrEqual(arrivedNs + 210e6);
    }
  });

  it('warm-ups are kept apart and are no query rows', () => {
    const warmUps = lines('warmup.jsonl');
    expect(warmUps.length).toBeGreaterThanOrEqual(4);
    const asked = bench
      .read('queries/q.csv')
      .split('\n')
      .map((line) => line.split(',')[0]);
    for (const { query } of warmUps) expect(asked).not.toContain(query);
  });

  it('outputs.jsonl has the texts, which are those that were hashed', () => {
    const requests = new Map(lines('requests.jsonl').map((line) => [line.requestId, line]));
    const outputs = lines('outputs.jsonl');
    expect(outputs).toHaveLength(6);
    for (const { requestId, reasoning, answer } of outputs) {
      expect(sha256Hex(`${reasoning}${answer}`)).toBe(requests.get(requestId)?.textSha256);
    }
  });

  it('snapshot.json is what the row names, byte by byte, and shows the command as the kernel had it', () => {
    expect(sha256Hex(file('snapshot.json')).slice(0, 12)).toBe(bench.row().snapshot);
    const snapshot = JSON.parse(file('snapshot.json')) as {
      command: { argv: string[]; env: object; cwd: string };
    };
    expect(snapshot.command).toMatchObject({ env: {}, cwd: bench.root });
    expect(snapshot.command.argv.slice(-4)).toEqual([
      '--host',
      '127.0.0.1',
      '--port',
      expect.stringMatching(/^\d+$/),
    ]);
  });

  it('engine.log has ms and stream before each line; experiment.json is resolved', () => {
    expect(file('engine.log')).toMatch(/^\d+ o listening on http:\/\/127\.0\.0\.1:\d+\n$/);
    expect(file('experiment.json')).toContain('"arm":"candidate"');
    expect(file('experiment.json')).toContain('"keep_outputs"');
  });

  it('is invisible to git, and shown by `bench show`', async () => {
    expect(bench.git('status', '--porcelain', '--', '.bench_runs')).toBe('');
    const shown = await bench.bench('show', 'iter-0');
    expect(shown.stdout).toContain(`.bench_runs/${bench.row().run_id}`);
    expect(existsSync(join(bench.root, '.bench_runs/.gitignore'))).toBe(true);
  });
});
