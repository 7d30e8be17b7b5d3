import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { experiment, type Workbench, workbench } from './workbench.ts';

const told =
  '(EngineCore pid=163) INFO 11-25 02:08:13 [cuda.py:507] Using FLASH_ATTN attention backend out of potential backends: [].';

/** Runs the scripted engine as if it were vLLM, with expectations. */
async function expecting(text: string): Promise<{ bench: Workbench; code: number | null; screen: string }> {
  const bench = await workbench();
  const file = experiment(bench.installed, { args: ['--say', told], more: `expect: ${text}` });
  bench.write({ 'configs/scripted.yaml': file.replace('engine: custom', 'engine: vllm') });
  const ended = await bench.bench('run', 'configs/scripted.yaml');
  return { bench, code: ended.code, screen: ended.stdout };
}

describe.concurrent('what a file expects of its engine', () => {
  it('lets a run stand when all of it is seen', async () => {
    const { bench, code } = await expecting(
      '{ attention_backend: flash_attn, model: scripted, engine_version: "0.0", preemptions: 0, libs: { libstdc++: ">=6.0" } }',
    );
    expect(code).toBe(0);
    expect(bench.row()).toMatchObject({ reason: 'baseline', n: 3 });
  });

  it('voids a run when it is not met or not seen, each named with what was seen', async () => {
    const { bench, code, screen } = await expecting(
      '{ attention_backend: FLASHINFER, gpus: 2, moe_backend: TRITON, engine_version: ">=1", libs: { libstdc++: ">=99", libc: ">=2", libcudnn: "9" } }',
    );
    expect(code).toBe(5);
    expect(bench.row()).toMatchObject({
      status: 'discard',
      reason:
        'invalid:expect-gpus,expect-engine-version,expect-attention-backend,expect-moe-backend,expect-libstdc++,expect-libc,expect-libcudnn',
      launches: 1,
      value: null,
      snapshot: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    const words = screen.replace(/\s+/g, ' ');
    expect(words).toContain('attention_backend: wanted FLASHINFER, seen: FLASH_ATTN');
    expect(words).toContain('moe_backend: wanted TRITON, seen: not seen');
    expect(words).toContain('engine_version: wanted >=1, seen: 0.0.0-scripted');
    expect(words).toMatch(/libs\.libstdc\+\+: wanted >=99, seen: 6\.\d+/);
    expect(words).toContain('libs.libc: wanted >=2, seen: a version nobody states');
    expect(words).toContain('libs.libcudnn: wanted 9, seen: not seen');
  });

  it('counts the GPUs on which nvidia-smi shows one of its processes', async () => {
    const bench = await workbench();
    const tools = join(bench.home, 'tools');
    const xml = join(import.meta.dirname, '../fixtures/gpu/synthetic-eight-cards.xml');
    const line = '570.86, 183359, 1000, Enabled, 1, 1, 1, N/A, N/A, Default';
    bench.write({
      // Of the eight cards, two are the engine's.
      '../home/tools/nvidia-smi': `#!/bin/sh
case "$1" in
  -q) pid=$(grep -la '[t]wo-card-model' /proc/[0-9]*/cmdline 2>/dev/null | head -1 | cut -d/ -f3)
      exec sed -E "s,<pid>500[01]<,<pid>$pid<," ${xml};;
  --query-gpu=index*) for i in 0 1 2 3 4 5 6 7; do echo "$i, B200, GPU-$i, ${line}"; done;;
  *) exit 1;;
esac
`,
      'two.yaml': experiment(bench.installed, {
        args: ['--model', 'two-card-model'],
        more: 'expect: { gpus: 2 }',
      }),
      'eight.yaml': experiment(bench.installed, { more: 'expect: { gpus: 8 }' }),
    });
    chmodSync(join(tools, 'nvidia-smi'), 0o755);
    const env = { PATH: `${tools}:${process.env.PATH}` };
    const two = await bench.benchWith({ env }, 'run', 'two.yaml');
    expect(two.code, two.stderr + two.stdout).toBe(0);
    const eight = await bench.benchWith({ env }, 'run', 'eight.yaml');
    expect(eight.code).toBe(5);
    expect(eight.stdout).toContain('gpus: wanted 8, seen: 0');
  });

  it('knows the names there are', async () => {
    const bench = await workbench();
    const more = 'expect: { atention_backend: X, gpus: many }';
    bench.write({ 'configs/scripted.yaml': experiment(bench.installed, { more }) });
    const ended = await bench.bench('config', 'lint', 'configs/scripted.yaml');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(
      /^configs\/scripted\.yaml:\d+:\d+: unknown key `atention_backend` in `expect`, expected `attention_backend`$/m,
    );
    expect(ended.stderr).toMatch(/`expect\.gpus` cannot be `many`, expected a number or a range/);
  });
});
