import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/ledger/row.ts';
import type { SnapshotDocument } from '../../src/snapshot/document.ts';
import type { Summary } from '../../src/stats/summary.ts';
import { processesOf } from '../e2e/child.ts';
import type { Workbench } from '../e2e/workbench.ts';
import { config, ofLaunch, reason, vllmBench } from './real-vllm.ts';

/** One repository for all: a first run from nothing, then what later runs find. */
let bench: Workbench;

describe.skipIf(reason !== null)('the real vLLM, on this CPU', () => {
  it('runs from nothing: makes the model, compiles it, then measures', async () => {
    bench = await vllmBench();
    const ran = await bench.bench('run', config, '--limit', '3');
    expect(ran, `${ran.stdout}${ran.stderr}`).toMatchObject({ code: 0 });
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
    expect(processesOf(bench.root)).toEqual([]);
  });

  it('every request missed the prefix cache, and its tokens were counted chunk by chunk', () => {
    for (const line of ofLaunch(bench, 1, 'requests.jsonl').trimEnd().split('\n')) {
      const usage = { completionTokens: 48, cachedTokens: 0 };
      expect(JSON.parse(line)).toMatchObject({ outcome: 'ok', usage });
    }
    expect(summaryOf(bench).tokens.decodeSources).toEqual({ 'per-chunk': 3 });
    expect(findingsOf(bench.row())).not.toMatch(/cache-unverified|cache-hit|flag-|env-differs/);
  });

  it("vLLM's own histograms are the second witness", () => {
    expect(summaryOf(bench).witness.map(({ metric }) => metric)).toEqual(['ttft_ms', 'itl_ms']);
  });

  it('the first start, which compiles, was not the measured one', () => {
    expect(findingsOf(bench.row())).toContain('primed');
    expect(cacheOf(bench, 0)).toMatchObject({ start: 'cold', before: { files: 0 } });
    expect(cacheOf(bench, 1)).toMatchObject({ start: 'warm' });
  });

  it('server, engine core and worker are in the snapshot with what they were born with', () => {
    const { processes } = snapshotOf(bench, 1);
    const [server] = processes;
    expect(server).toMatchObject({ comm: 'python', envSource: 'first-seen' });
    expect(server?.env).toMatchObject({ HF_HUB_OFFLINE: '1', VLLM_CPU_KVCACHE_SPACE: '1' });
    const core = processes.find(({ comm }) => comm.startsWith('VLLM::EngineCor'));
    const worker = processes.find(({ comm }) => comm.startsWith('VLLM::Worker'));
    expect(core).toMatchObject({ ppid: server?.pid, envSource: 'first-seen' });
    expect(worker).toMatchObject({ ppid: core?.pid, envSource: 'first-seen' });
    for (const one of [core, worker]) {
      // They blank it later, when they name themselves anew.
      expect(one?.argv.join(' ')).toContain('--multiprocessing-fork');
      const added = { VLLM_WORKER_MULTIPROC_METHOD: 'spawn' };
      expect(one?.envFromRoot).toMatchObject({ added, removed: [] });
    }
    expect(worker?.envFromRoot).toHaveProperty('added.OMP_NUM_THREADS');
    expect(core?.envFromRoot).not.toHaveProperty('added.OMP_NUM_THREADS');
  });

  it('says of itself what it runs with', () => {
    const { engine, phases, libraries } = snapshotOf(bench, 1);
    expect(engine).toMatchObject({ version: '0.32.0', model: 'smollm2-135m' });
    expect(engine.facts).toMatchObject({
      dtype: 'float32',
      kvCacheTokens: expect.any(Number),
      maxConcurrency: expect.any(Number),
      chunkedPrefill: true,
      prefixCaching: true,
      preemptions: 0,
      nonDefaultArgs: { dtype: 'float32', max_model_len: 2048 },
    });
    expect(phases).toMatchObject({ told: { 'weights-loaded': expect.any(Number) } });
    const mapped = JSON.stringify(libraries);
    for (const name of ['libtorch_cpu.so', 'vllm/_C', 'libcudnn.so.9']) expect(mapped).toContain(name);
  });

  it('runs again with the same model and the same compiled code', async () => {
    expect(readdirSync(join(bench.root, '.bench_runs/models/smollm2-135m'))).toContain('model.safetensors');
    let ran = await bench.bench('run', config, '--limit', '3');
    // Three requests on a busy machine: a client that was late says nothing of the second start.
    if (ran.stdout.includes('invalid:client-late')) ran = await bench.bench('run', config, '--limit', '3');
    expect(ran, `${ran.stdout}${ran.stderr}`).toMatchObject({ code: 0 });
    expect(ran.stderr).not.toContain('gguf_to_safetensors.py:');
    const [first, second] = [bench.rows()[0], bench.row()];
    expect(second).toMatchObject({ reason: 'repeat', errors: 0 });
    for (const cell of ['exp_id', 'artifact', 'model', 'workload', 'fingerprint'] as const) {
      expect(second?.[cell], cell).toBe(first?.[cell]);
    }
    expect(findingsOf(bench.row())).not.toContain('primed');
    expect(cacheOf(bench, 1)).toMatchObject({ start: 'warm' });
  });

  it('is asked what it remembers, and reads each prompt as its own tokenizer counts it', async () => {
    const tooLong = await bench.bench('recall', config, '--contexts', '4k', '-n', '2');
    expect(tooLong.stderr).toMatch(/serves 2048 tokens \(--max-model-len says so\): 4k cannot fit/);
    const ran = await bench.bench('recall', config, '--contexts', '0k', '-n', '3');
    expect(ran, `${ran.stdout}${ran.stderr}`).toMatchObject({ code: 0 });
    const items = ofLaunch(bench, 1, 'recall.jsonl').trimEnd().split('\n');
    expect(items).toHaveLength(3);
    for (const line of items) {
      const { promptTokens, expectedTokens, outcome } = JSON.parse(line);
      expect({ outcome, promptTokens }).toEqual({ outcome: 'ok', promptTokens: expectedTokens });
    }
    expect(bench.row()).toMatchObject({ status: null, reason: 'unjudged', errors: 0 });
    expect(findingsOf(bench.row())).not.toMatch(/bos-doubled|prompt-/);
  });

  it('with a value it does not know is a crash with that cause', async () => {
    bench.write({
      'configs/bad.yaml':
        'description: bad\nparent: vllm-cpu-smollm2.yaml\nset: { --kv-cache-dtype: no-such-type }\n',
    });
    const ran = await bench.bench('run', 'configs/bad.yaml', '--limit', '3', '--provisional');
    expect(ran.code, `${ran.stdout}${ran.stderr}`).toBe(4);
    expect(ran.stdout).toContain('no-such-type');
    expect(bench.row()).toMatchObject({ status: 'crash', reason: expect.stringMatching(/^bad-flag/) });
    expect(processesOf(bench.root)).toEqual([]);
  });
});

function findingsOf(row: Row): string {
  return row.findings.join(',');
}

function summaryOf(of: Workbench): Summary {
  return (of.record() as unknown as { summary: Summary }).summary;
}

function snapshotOf(of: Workbench, launch: number): SnapshotDocument {
  return JSON.parse(ofLaunch(of, launch, 'snapshot.json')) as SnapshotDocument;
}

/** What became of vLLM's compile cache in a launch. */
function cacheOf(of: Workbench, launch: number): SnapshotDocument['compileCaches'][number] | undefined {
  return snapshotOf(of, launch).compileCaches.find(({ path }) => path.endsWith('/.cache/vllm'));
}
