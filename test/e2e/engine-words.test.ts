import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ended } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

/** Runs the scripted engine as if it were vLLM: same flags, endpoints and histograms. */
async function runAsVllm(...args: string[]): Promise<{ bench: Workbench; ended: Ended }> {
  const bench = await workbench();
  const text = experiment(bench.installed, { args }).replace('engine: custom', 'engine: vllm');
  bench.write({ 'configs/scripted.yaml': text });
  return { bench, ended: await bench.bench('run', 'configs/scripted.yaml') };
}

function json(bench: Workbench, path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(bench.bundle(), path), 'utf8')) as Record<string, unknown>;
}

const told = [
  '(EngineCore pid=163) INFO 11-25 02:08:13 [cuda.py:507] Using FLASHINFER attention backend out of potential backends: [].',
  '(APIServer pid=101) WARNING 11-25 02:08:05 [parallel.py:1083] max_parallel_loading_workers is currently not supported and will be ignored.',
].join('\n');

describe.concurrent('what an engine says of itself', () => {
  it('is in the snapshot, on the row and beside the numbers', async () => {
    const { bench, ended } = await runAsVllm('--say', told);
    expect(ended.stderr + ended.stdout).toContain('max_parallel_loading_workers');
    expect(ended.code).toBe(0);
    expect(bench.row()).toMatchObject({ engine: 'vllm', engine_version: '0.0.0-scripted' });
    expect(bench.row().findings).toContain('flag-ignored');
    expect(bench.row().findings).not.toContain('cache-unverified');
    expect(bench.record().findings).toContainEqual({
      code: 'flag-ignored',
      text: 'max_parallel_loading_workers is currently not supported and will be ignored.',
    });
    expect(json(bench, 'launches/1/snapshot.json').engine).toMatchObject({
      facts: { attentionBackend: 'FLASHINFER', preemptions: 0 },
      stated: { '/version': { version: '0.0.0-scripted' } },
    });
    const { witness } = json(bench, 'summary.json');
    expect(witness).toMatchObject([
      { metric: 'ttft_ms', statistic: 'mean', n: 3 },
      { metric: 'itl_ms', statistic: 'mean', n: 3 },
    ]);
  });

  it('disagrees with the client when its histograms do', async () => {
    const { bench } = await runAsVllm('--skew-percent', '2000');
    expect(bench.row().findings).toContain('witness-disagrees');
  });

  it('voids the numbers when it says that it compiles while requests are timed', async () => {
    const line =
      '(EngineCore pid=163) WARNING 11-25 02:10:00 [jit_monitor.py:140] Triton kernel compilation during inference: f. This causes a latency spike; consider extending warmup.';
    // Readiness and warm-up ask 41 times at most, so the 45th answer is a measured one.
    const bench = await workbench();
    const rows = Array.from({ length: 30 }, (_, at) => `q${at},question ${at}`);
    bench.write({
      'queries/q.csv': `id,prompt\n${rows.join('\n')}\n`,
      'configs/scripted.yaml': experiment(bench.installed, {
        args: ['--say-at', `45:${line}`],
        workload: ', rounds: 2',
      }).replace('engine: custom', 'engine: vllm'),
    });
    const ended = await bench.bench('run', 'configs/scripted.yaml');
    expect(bench.row()).toMatchObject({ status: 'discard', reason: 'invalid:compiling', value: null });
    expect(ended.code).toBe(5);
    expect(bench.record().findings).toContainEqual({
      code: 'compiling',
      text: expect.stringMatching(/^Triton kernel compilation during inference/),
    });
  });
});
