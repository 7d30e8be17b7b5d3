import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SnapshotDocument } from '../../src/snapshot/document.ts';
import type { Summary } from '../../src/stats/summary.ts';
import { processesOf } from '../e2e/child.ts';
import type { Workbench } from '../e2e/workbench.ts';
import { config, ofLaunch, vllmBench } from './real-vllm.ts';

describe.sequential('the real vLLM, on this CPU', () => {
  it('runs from nothing: model made, model compiled, measured, witnessed, everything that made it named', async (context) => {
    const bench = await vllmBench(context);
    const ran = await bench.bench('run', config, '--limit', '3');
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(bench.row()).toMatchObject({
      status: 'keep',
      reason: 'baseline',
      engine: 'vllm',
      engine_version: '0.32.0',
      artifact: expect.stringMatching(/^venv:[0-9a-f]{12}$/),
      model: expect.stringMatching(/^smollm2-135m@[0-9a-f]{12}$/),
      n: 3,
      errors: 0,
      launches: 1,
    });
    expect(bench.row().findings).not.toMatch(/cache-unverified|flag-|env-differs|witness/);
    expectRequests(bench);
    expectWitness(bench);
    expect(bench.row().findings).toContain('primed');
    expectSnapshot(bench, 'cold', 0);
    expectSnapshot(bench, 'warm');
    expect(processesOf(bench.root)).toEqual([]);

    await againAndWarm(bench);
    await withABadFlag(bench);
  });
});

/** The second start finds the prepared and the compiled model. */
async function againAndWarm(bench: Workbench): Promise<void> {
  const made = readdirSync(join(bench.root, '.bench_runs/models/smollm2-135m'));
  expect(made).toContain('model.safetensors');
  const ran = await bench.bench('run', config, '--limit', '3');
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  expect(ran.stderr).not.toContain('gguf_to_safetensors.py');
  const [first, second] = bench.rows();
  expect(second).toMatchObject({ status: '', reason: 'repeat', errors: 0 });
  for (const cell of ['exp_id', 'artifact', 'model', 'workload', 'fingerprint'] as const) {
    expect(second?.[cell], cell).toBe(first?.[cell]);
  }
  expectSnapshot(bench, 'warm');
}

async function withABadFlag(bench: Workbench): Promise<void> {
  bench.write({
    'configs/bad.yaml':
      'description: bad\nparent: vllm-cpu-smollm2.yaml\nset: { --kv-cache-dtype: no-such-type }\n',
  });
  const ran = await bench.bench('run', 'configs/bad.yaml', '--allow-dirty');
  expect(ran.code, ran.stderr).toBe(4);
  expect(ran.stdout).toContain('no-such-type');
  expect(bench.row()).toMatchObject({ status: 'crash', reason: expect.stringMatching(/^bad-flag/) });
  expect(processesOf(bench.root)).toEqual([]);
}

function expectRequests(bench: Workbench): void {
  for (const line of ofLaunch(bench, 'requests.jsonl').trimEnd().split('\n')) {
    expect(JSON.parse(line)).toMatchObject({
      outcome: 'ok',
      usage: { completionTokens: 48, cachedTokens: 0 },
    });
  }
}

/** Its own histograms say the same as the stopwatch. */
function expectWitness(bench: Workbench): void {
  const { summary } = bench.record() as unknown as { summary: Summary };
  expect(summary.tokens.decodeSources).toEqual({ 'per-chunk': 3 });
  expect(summary.witness.map(({ metric }) => metric)).toEqual(['ttft_ms', 'itl_ms']);
}

function expectSnapshot(bench: Workbench, start: 'cold' | 'warm', launch: 0 | 1 = 1): void {
  const snapshot = JSON.parse(ofLaunch(bench, 'snapshot.json', launch)) as SnapshotDocument;
  expectTree(snapshot);
  expect(snapshot.compileCaches).toContainEqual(
    expect.objectContaining({ path: expect.stringMatching(/\.cache\/vllm$/), start }),
  );
  expect(snapshot.engine).toMatchObject({
    version: '0.32.0',
    model: 'smollm2-135m',
    facts: {
      dtype: 'float32',
      kvCacheTokens: expect.any(Number),
      maxConcurrency: expect.any(Number),
      chunkedPrefill: true,
      prefixCaching: true,
      preemptions: 0,
      nonDefaultArgs: { dtype: 'float32', max_model_len: 2048 },
    },
  });
  expect(snapshot.phases).toMatchObject({ told: { 'kv-allocated': expect.any(Number) } });
  const libraries = JSON.stringify(snapshot.libraries);
  for (const name of ['libtorch_cpu.so', '_C_AVX2.abi3.so', 'libcudnn.so.9'])
    expect(libraries).toContain(name);
}

/**
 * Server, engine core and worker; two of them name themselves anew and what each was born with was read before that.
 * Compilers come and go beside them in a cold start.
 */
function expectTree({ processes }: SnapshotDocument): void {
  const [server] = processes;
  expect(server).toMatchObject({ comm: 'python', envSource: 'first-seen' });
  expect(server?.env).toMatchObject({ HF_HUB_OFFLINE: '1', VLLM_CPU_KVCACHE_SPACE: '1' });
  const core = processes.find(({ comm }) => comm.startsWith('VLLM::EngineCor'));
  const worker = processes.find(({ comm }) => comm.startsWith('VLLM::Worker'));
  expect(core).toMatchObject({ ppid: server?.pid, envSource: 'first-seen' });
  expect(worker).toMatchObject({ ppid: core?.pid, envSource: 'first-seen' });
  for (const one of [core, worker]) {
    expect(one?.argv.join(' ')).toContain('--multiprocessing-fork');
    // What vLLM adds for its children, and what only the worker gets.
    expect(one?.envFromRoot).toMatchObject({ added: { VLLM_WORKER_MULTIPROC_METHOD: 'spawn' }, removed: [] });
  }
  expect(worker?.envFromRoot).toHaveProperty('added.OMP_NUM_THREADS');
  expect(core?.envFromRoot).not.toHaveProperty('added.OMP_NUM_THREADS');
}
