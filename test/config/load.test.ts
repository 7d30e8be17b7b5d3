import { mkdir, realpath, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../src/config/load.ts';
import { folderWith, load, problemsOf } from './files.ts';

const small = 'description: d\nengine: llamacpp\ncmd: ./server\n';

describe('a file', () => {
  it('of the original bench-proxy is valid as it stands', async () => {
    const text = `description: FP8 activations
engine: trt-llm
cmd: trtllm-serve
args: [openai/gpt-oss-120b, --tp_size, 2]
cwd: vllm
venv: vllm/.venv
warmup: 3
env:
  PATH: $PATH
  CUDA_HOME: /usr/local/cuda
`;
    const { experiment, hints } = await load(
      { 'x.yaml': text, 'vllm/.venv/pyvenv.cfg': '' },
      { env: { PATH: '/bin' } },
    );
    expect(experiment).toMatchObject({
      engine: 'trtllm',
      args: ['openai/gpt-oss-120b', '--tp_size', '2'],
      venv: { path: 'vllm/.venv' },
      env: { PATH: '/bin', CUDA_HOME: '/usr/local/cuda' },
    });
    expect(experiment.workload.cache).toBe('warm');
    expect(hints.join()).toContain('enable_block_reuse: false');
  });

  it('with only what is needed has every default of the design', async () => {
    const { experiment } = await load({ 'x.yaml': small });
    expect(experiment).toEqual({
      description: 'd',
      engine: 'llamacpp',
      cmd: './server',
      args: [],
      cwd: '.',
      prepare: [],
      env: {},
      secretEnv: [],
      files: [],
      warmup: 3,
      launches: 1,
      readyTimeoutMs: 1_200_000,
      requestTimeoutMs: 600_000,
      stopGraceMs: 15_000,
      workload: {
        queries: 'queries/queries.csv',
        rounds: 1,
        ignoreEos: false,
        cache: 'cold',
        sampling: { temperature: 0, top_p: 1, seed: 0 },
      },
      judge: { metric: 'decode_tok_s', minEffectPct: 1, pairs: 8, budgetMs: 1_800_000, foreignLoadPct: 25 },
      guard: { ttftPct: 5, tpotPct: 5, e2ePct: 5, errors: 0, outputs: 'report' },
      keepOutputs: false,
      groups: {},
    });
  });

  it('with every key of the design resolves', async () => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    const text = `${small.replace('cmd: ./server', `image: a/b:v1@${digest}`)}container: { mounts: ["/m:/m:ro"], gpus: all, shm: 16g, ipc: host }
args: [-t, 1, -1, 0.50, "08", "no"]
groups: { eagle3: [--speculative-config.method] }
prepare: [{ run: [make, -j, 2], makes: m, inputs: [x.yaml] }]
files: [x.yaml]
model: m
launches: 2
ready_timeout: 500ms
request_timeout: 1.5h
stop_grace: 1s
workload: { queries: x.yaml, limit: 50, rounds: 2, max_tokens: 160, ignore_eos: true, cache: warm, sampling: { temperature: 1, top_k: 40 } }
recall: { task: qa1, contexts: [4k, 8000], n: 5 }
judge: { metric: ttft_ms, min_effect: 0.5%, pairs: 4, budget: 10m }
guard: { ttft_ms: 7%, memory: 2%, outputs: same, recall: { contexts: [4k], margin: 5pt } }
expect: { gpus: 2, attention_backend: FLASHINFER, libs: { libcudnn: ">=9" } }
keep_outputs: true
`;
    const { experiment } = await load({ 'x.yaml': text });
    expect(experiment).toMatchObject({
      image: `a/b:v1@${digest}`,
      container: { mounts: ['/m:/m:ro'], gpus: 'all', shmBytes: 16 * 2 ** 30, ipc: 'host' },
      args: ['-t', '1', '-1', '0.50', '08', 'no'],
      prepare: [{ run: ['make', '-j', '2'], makes: 'm', inputs: ['x.yaml'] }],
      readyTimeoutMs: 500,
      requestTimeoutMs: 5_400_000,
      launches: 2,
      keepOutputs: true,
      workload: {
        limit: 50,
        rounds: 2,
        maxTokens: 160,
        ignoreEos: true,
        cache: 'warm',
        sampling: { temperature: 1, top_p: 1, seed: 0, top_k: 40 },
      },
      recall: { task: 'qa1', contexts: ['4k', '8000'], n: 5 },
      judge: { metric: 'ttft_ms', minEffectPct: 0.5, pairs: 4, budgetMs: 600_000, foreignLoadPct: 25 },
      guard: {
        ttftPct: 7,
        e2ePct: 5,
        memoryPct: 2,
        outputs: 'same',
        recall: { contexts: ['4k'], marginPt: 5, n: 200, unmeasurable: 'discard' },
      },
      expect: { facts: { gpus: 2, attention_backend: 'FLASHINFER' }, libs: { libcudnn: '>=9' } },
    });
  });

  it('with CRLF, a BOM and anchors means what it means without', async () => {
    const text =
      'description: d\nengine: llamacpp\ncmd: ./server\nargs: &a [--x, "y z"]\nenv:\n  A: |\n    one\n    two\n';
    const plain = await load({ 'x.yaml': text });
    const windows = await load({ 'x.yaml': `\uFEFF${text.replaceAll('\n', '\r\n')}` });
    expect(windows.experiment).toEqual(plain.experiment);
    expect(windows.symbolic).toEqual(plain.symbolic);
    const alias = await load({ 'x.yaml': `${small}args: [&t "-t", *t]\n` });
    expect(alias.experiment.args).toEqual(['-t', '-t']);
  });

  it('may let a custom server name its own port', async () => {
    const text =
      'description: d\nengine: custom\ncmd: ./s\nargs: [--host, 127.0.0.1, --port, $PORT]\nready: /up\n';
    const { experiment } = await load({ 'x.yaml': text });
    expect(experiment).toMatchObject({ args: ['--host', '127.0.0.1', '--port', '$PORT'], ready: '/up' });
  });

  it('for openai needs no command', async () => {
    const text =
      'description: d\nengine: openai\nbase_url: https://h/v1\napi_key: { secret: $KEY }\nmodel: m\n';
    const { experiment, secrets } = await load({ 'x.yaml': text }, { env: { KEY: 's3cret' } });
    expect(experiment).toMatchObject({ baseUrl: 'https://h/v1', apiKey: 's3cret', model: 'm' });
    expect(experiment.cmd).toBeUndefined();
    expect(secrets).toEqual(['s3cret']);
  });

  it.each([
    [
      'a file it reads',
      'args: [m, --extra_llm_api_options, e.yaml]',
      'kv_cache_config:\n  enable_block_reuse: false\n',
    ],
    ['a flag', 'args: [m, --kv_cache_config.enable_block_reuse, "false"]', ''],
  ])('for TensorRT-LLM is cold when block reuse is off in %s', async (_, args, extra) => {
    const text = `description: d\nengine: trtllm\ncmd: x\n${args}\nworkload: { cache: cold }\n`;
    expect((await load({ 'x.yaml': text, 'e.yaml': extra })).experiment.workload.cache).toBe('cold');
    const on = text.replace('"false"', '"true"');
    expect(await problemsOf({ 'x.yaml': on, 'e.yaml': extra.replace('false', 'true') })).toHaveLength(1);
  });
});

describe('the root', () => {
  it('is the git root of the folder that holds the config, wherever one stands', async () => {
    const root = await realpath(await folderWith({ 'configs/deep/x.yaml': small }));
    const cwd = join(root, 'configs');
    const loaded = await loadExperiment('deep/x.yaml', { cwd, env: {} });
    expect(loaded).toMatchObject({ root, configPath: 'configs/deep/x.yaml' });
    expect(loaded.origins.get('cmd')).toBe('deep/x.yaml:3');
  });

  it('is the nearest folder with a ledger without git, else the working directory', async () => {
    const root = await realpath(
      await folderWith({ 'a/b/x.yaml': small, 'a/bench_results.tsv': '', 'a/server': '' }),
    );
    await rm(join(root, '.git'), { recursive: true });
    expect((await loadExperiment('a/b/x.yaml', { cwd: root, env: {} })).root).toBe(join(root, 'a'));
    await rm(join(root, 'a/bench_results.tsv'));
    expect((await loadExperiment('a/b/x.yaml', { cwd: root, env: {} })).root).toBe(root);
  });

  it('follows a link to the folder', async () => {
    const root = await realpath(await folderWith({ 'configs/x.yaml': small }));
    const elsewhere = await folderWith({});
    await mkdir(join(elsewhere, 'w'));
    await symlink(join(root, 'configs'), join(elsewhere, 'w/c'));
    const loaded = await loadExperiment('c/x.yaml', { cwd: join(elsewhere, 'w'), env: {} });
    expect(loaded).toMatchObject({ root, configPath: 'configs/x.yaml' });
  });
});

describe('what is not known yet is no mistake', () => {
  it.each([
    ['on variables of bench', 'venv: v\ncmd: $VENV/bin/s\ncwd: $VENV\nargs: [-m, $SITE_PACKAGES/a.gguf]'],
    ['on variables of the shell', 'shell: [sh]\ncmd: $A/s\ncwd: $A/w\nargs: [--model=$A/a.gguf]'],
    [
      'in what a step makes',
      'prepare: [{ run: [sh], makes: m/w }]\ncmd: $REPO_ROOT/s\ncwd: m\nargs: [-m, w/a.gguf, --lora, $REPO_ROOT/m/w]\nfiles: [m/w/b]',
    ],
    ['in a venv that is made', 'venv: { path: .e/x, lock: l.txt }\ncmd: .e/x/bin/s\nargs: [-m, .e/x/a.gguf]'],
    ['to be downloaded', 'cmd: ./s\nargs: [-m, a.gguf, --model-url, http://h/a.gguf]'],
    ['to be found on the PATH', 'cmd: llama-server\nargs: [--alias, no.gguf]'],
    ['in an image', `image: a@sha256:${'0'.repeat(64)}\ncwd: /app\nargs: [-m, /models/a.gguf]`],
  ])('%s', async (_, more) => {
    const text = `description: d\nengine: llamacpp\n${more}\n`;
    expect(await problemsOf({ 'x.yaml': text, 'l.txt': '' }, { A: '/nowhere' })).toEqual([]);
  });

  it('inherited or not, while a parent is missing', async () => {
    const text = 'description: d\nparent: gone.yaml\ncmd: ./gone\nargs: [-m, gone.gguf]\n';
    expect(await problemsOf({ 'x.yaml': text })).toHaveLength(1);
  });
});

describe('overrides', () => {
  const text = `${small}workload: { limit: 5, rounds: 2 }\n`;

  it('come last and say so', async () => {
    const overrides = { launches: 3, rounds: 4, limit: 6, keepOutputs: true };
    const { experiment, origins } = await load({ 'x.yaml': text }, { overrides });
    expect(experiment).toMatchObject({ launches: 3, keepOutputs: true, workload: { rounds: 4, limit: 6 } });
    const paths = ['launches', 'workload.rounds', 'workload.limit', 'keep_outputs'];
    expect(paths.map((path) => origins.get(path))).toEqual(paths.map(() => 'command line'));
  });

  it('work where the file has no workload, and are checked like it', async () => {
    expect((await load({ 'x.yaml': small }, { overrides: { limit: 1 } })).experiment.workload.limit).toBe(1);
    await expect(load({ 'x.yaml': small }, { overrides: { limit: 0 } })).rejects.toThrow(
      'command line: `workload.limit` is `0`, expected a whole number from 1 to 1000000',
    );
  });

  it('do not change the meaning', async () => {
    const plain = await load({ 'x.yaml': text });
    expect((await load({ 'x.yaml': text }, { overrides: { limit: 1, launches: 2 } })).symbolic).toEqual(
      plain.symbolic,
    );
  });
});
