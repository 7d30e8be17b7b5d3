import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAiperf } from '../../bench/clock/peers/aiperf.ts';
import { compare, pool } from '../../bench/clock/peers/errors.ts';
import { guidellmRun, readGuidellm } from '../../bench/clock/peers/guidellm.ts';
import { readOwn } from '../../bench/clock/peers/own.ts';
import { peerSteps } from '../../bench/clock/peers/plan.ts';
import { finish, start } from '../../bench/clock/peers/processes.ts';
import { ownSettings } from '../../bench/clock/peers/run-step.ts';
import { cellsFor } from '../../bench/clock/plan.ts';

describe('exports of the peers', () => {
  it('reads guidellm, whose response id is the engine own name for the request', () => {
    const request = {
      response_id: 'chatcmpl-request-7',
      time_to_first_token_ms: 31.5,
      inter_token_latency_ms: 10,
    };
    const silent = { ...request, time_to_first_token_ms: null };
    const text = JSON.stringify({ benchmarks: [{ requests: { successful: [request, silent] } }] });
    expect(readGuidellm(text)).toEqual([{ id: 'request-7', ttftMs: 31.5, itlMs: 10, gapsMs: null }]);
    expect(() => readGuidellm('{"benchmarks": []}')).toThrow('has no benchmarks[0].requests.successful');
  });

  it('reads aiperf, gaps included', () => {
    const metrics = {
      time_to_first_token: { value: 31.5, unit: 'ms' },
      inter_chunk_latency: { value: [9, 11], unit: 'ms' },
      inter_token_latency: { value: 10, unit: 'ms' },
    };
    const lines = [
      { metadata: { x_request_id: 'a' }, metrics },
      { metadata: { x_request_id: 'b' }, metrics: {}, error: { code: 500 } },
    ];
    expect(readAiperf(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))).toEqual([
      { id: 'a', ttftMs: 31.5, itlMs: 10, gapsMs: [9, 11] },
    ]);
  });

  it('reads the stamps of bench', () => {
    expect(readOwn('bench-0-0 900000 1000000 31000000 41000000 53000000\n# cpu 7\n')).toEqual([
      { id: 'bench-0-0', ttftMs: 30, itlMs: 11, gapsMs: [10, 12] },
    ]);
  });

  it('gives guidellm the same number of prompts as requests', () => {
    const folder = mkdtempSync(join(tmpdir(), 'peers-test-'));
    const { args } = guidellmRun({ port: 8000, streams: 4, requests: 12, tokens: 16, folder });
    expect(args).toContain('kind=max_requests,count=12');
    expect(readFileSync(join(folder, 'prompts.jsonl'), 'utf8').trim().split('\n')).toHaveLength(12);
  });
});

describe('peers against the truth', () => {
  const request = (arrivalMs: number, ...sentMs: readonly number[]) => ({
    arrivalNs: arrivalMs * 1e6,
    tokens: sentMs.map((at) => ({ dueNs: at * 1e6, beforeNs: at * 1e6, sentNs: at * 1e6 })),
  });
  const truth = new Map([
    ['second', request(100, 130, 140, 150)],
    ['first', request(0, 30, 40, 50)],
    ['third', request(150, 190, 200, 210)],
  ]);

  it('keeps the sign, matches by id and leaves the first arrivals out', () => {
    const readings = [
      { id: 'third', ttftMs: 39, itlMs: 12, gapsMs: null },
      { id: 'first', ttftMs: 999, itlMs: 999, gapsMs: null },
      { id: 'second', ttftMs: 33, itlMs: 10.5, gapsMs: [9, 12] },
      { id: 'never sent', ttftMs: 0, itlMs: 0, gapsMs: null },
    ];
    const errors = compare(readings, truth, 1, 1);
    expect(errors).toEqual({
      ttftMs: [3, -1],
      itlMs: [0.5, 2],
      gapMs: [-1, 2],
      readTtftMs: [33, 39],
      trueTtftMs: [30, 40],
      missing: 0,
      held: 1,
    });
    const line = pool([errors, errors]);
    expect(line?.ttft).toEqual({ n: 4, p50: 1, p99: 3, max: 3 });
    expect(line?.ttftBias).toBe(1);
  });

  it('counts what an export does not tell of, and refuses one that tells of nothing', () => {
    expect(compare([{ id: 'first', ttftMs: 31, itlMs: null, gapsMs: [10] }], truth, 0, 1)).toMatchObject({
      ttftMs: [1],
      itlMs: [],
      gapMs: [],
      missing: 2,
    });
    expect(() => compare([], truth, 0, 1)).toThrow('no request of its export is known to the engine');
  });

  it('lets every client go first', () => {
    const steps = peerSteps(cellsFor([16], ['burst'], true), ['bench', 'guidellm', 'aiperf'], 3);
    expect(steps).toHaveLength(9);
    expect([0, 3, 6].map((i) => steps[i]?.client)).toEqual(['bench', 'guidellm', 'aiperf']);
  });

  it('hands a peer its own settings only', () => {
    process.env.GUIDELLM__MAX_WORKER_PROCESSES = '2';
    expect(ownSettings('guidellm')).toEqual({ GUIDELLM__MAX_WORKER_PROCESSES: '2' });
    expect(ownSettings('aiperf')).toEqual({});
    delete process.env.GUIDELLM__MAX_WORKER_PROCESSES;
  });
});

describe('processes', () => {
  const isAlive = (pid: number) => {
    try {
      return /^\d+ \(.*\) [^Z]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };

  it('ends with the last words of the child and with its descendants', async () => {
    const child = start('sh', ['-c', 'sleep 60 & echo $!; echo "went wrong" >&2; exit 3'], { stdio: 'pipe' });
    const lines: string[] = [];
    const ended = await finish(child, 30_000, (line) => lines.push(line));
    expect(ended.failure).toBe('exit 3');
    expect(lines).toContain('went wrong');
    expect(isAlive(Number(lines.find((line) => /^\d+$/.test(line))))).toBe(false);
  });

  it('ends what takes too long, and says what cannot be started', async () => {
    expect((await finish(start('sleep', ['60'], { stdio: 'pipe' }), 50)).failure).toBe(
      'not done after 0.05 s',
    );
    expect((await finish(start('/no/such', [], { stdio: 'pipe' }), 30_000)).failure).toContain('ENOENT');
  });
});
