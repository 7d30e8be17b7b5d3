import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { experiment, type Workbench, workbench } from './workbench.ts';

/** The scripted engine as vLLM, with the folder of its compiled code as vLLM's. */
async function compiling(...args: string[]): Promise<Workbench> {
  const bench = await workbench();
  const cache = join(bench.home, 'vllm-cache');
  const text = experiment(bench.installed, {
    args: ['--cache-dir', cache, ...args],
    env: `{ HOME: ${bench.home}, VLLM_CACHE_ROOT: ${cache} }`,
  }).replace('engine: custom', 'engine: vllm');
  bench.write({ 'configs/scripted.yaml': text });
  return bench;
}

const lines = (bench: Workbench, path: string): Record<string, unknown>[] =>
  readFileSync(join(bench.bundle(), path), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const launchesOf = (bench: Workbench) => bench.record().launches as Record<string, unknown>[];

describe.concurrent('a start that compiles', () => {
  it('is a priming launch, unmeasured and not counted, and the next run needs none', async () => {
    const bench = await compiling();
    const first = await bench.bench('run', 'configs/scripted.yaml', '--launches', '2');
    expect(first.stderr).toContain('~/vllm-cache (cold)');
    expect(first.code).toBe(0);
    expect(bench.row()).toMatchObject({ launches: 2, status: 'keep', reason: 'baseline', n: 3 });
    expect(bench.row().findings).toContain('primed');
    expect(bench.row().findings).not.toContain('cache-still-changing');
    expect(launchesOf(bench).map(({ number, priming = false }) => [number, priming])).toEqual([
      [0, true],
      [1, false],
      [2, false],
    ]);
    expect(launchesOf(bench).map(({ compileCaches }) => compileCaches)).toMatchObject(
      ['cold', 'warm', 'warm'].map((start) => expect.arrayContaining([expect.objectContaining({ start })])),
    );
    expect(existsSync(join(bench.bundle(), 'launches/0/requests.jsonl'))).toBe(false);
    expect(new Set(lines(bench, 'launches/0/warmup.jsonl').map(({ launch }) => launch))).toEqual(
      new Set([0]),
    );
    expect(lines(bench, 'launches/0/experiment.json')).toMatchObject([{ priming: true }]);
    const snapshot = lines(bench, 'launches/0/snapshot.json')[0] as { compileCaches: object[] };
    expect(snapshot.compileCaches).toContainEqual(expect.objectContaining({ start: 'cold' }));
    const ids = [0, 1].flatMap((n) =>
      lines(bench, `launches/${n}/warmup.jsonl`).map(({ requestId }) => requestId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(lines(bench, 'launches/1/requests.jsonl')).toHaveLength(3);

    const second = await bench.bench('run', 'configs/scripted.yaml');
    expect(second.code).toBe(0);
    expect(bench.row()).toMatchObject({ launches: 1, reason: 'repeat' });
    expect(bench.row().findings).not.toContain('primed');
    expect(existsSync(join(bench.bundle(), 'launches/0'))).toBe(false);
  });

  it('happens once: one that compiles at every start is measured, and that is a finding', async () => {
    const bench = await compiling('--cache-anew');
    const ended = await bench.bench('run', 'configs/scripted.yaml');
    expect(ended.code).toBe(0);
    expect(bench.row().launches).toBe(1);
    expect(bench.row().findings).toEqual(expect.arrayContaining(['primed', 'cache-still-changing']));
    expect(bench.record().findings).toContainEqual({
      code: 'cache-still-changing',
      text: 'Launch 1 added to ~/vllm-cache (changed) again, after the priming launch.',
    });
  });

  it('is found also when it compiles beside the measured requests, which then do not count', async () => {
    // Readiness and warm-up ask 41 times at most.
    const bench = await compiling('--cache-at', '45');
    const rows = Array.from({ length: 50 }, (_, at) => `q${at},question ${at}`);
    bench.write({ 'queries/q.csv': `id,prompt\n${rows.join('\n')}\n` });
    const ended = await bench.bench('run', 'configs/scripted.yaml');
    expect(ended.code).toBe(0);
    expect(bench.row()).toMatchObject({ launches: 1, n: 50 });
    expect(bench.row().findings).toContain('primed');
    expect(lines(bench, 'launches/0/requests.jsonl')).toHaveLength(50);
    expect((bench.record().requests as { launch: number }[]).every(({ launch }) => launch === 1)).toBe(true);
    expect(bench.record().requests).toHaveLength(50);
  });
});
