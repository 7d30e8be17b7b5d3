import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureVenv } from '../../src/setup/venv.ts';
import { type Workbench, workbench } from '../e2e/workbench.ts';
import { whyNot } from './why-not.ts';

const root = resolve(import.meta.dirname, '../..');

/** The experiment that this repository ships. */
export const config = 'configs/vllm-cpu-smollm2.yaml';

/** Why nothing can be shown here; null when it can. */
export const reason = whyNot(root);
if (reason !== null) process.stderr.write(`\nVLLM IS NOT TESTED: ${reason}\n\n`);

/**
 * A repository with the shipped experiment and nothing else: no compiled model, no prepared one. The venv is made in
 * this checkout unless it is there, as `bench run` would; BENCH_TEST_VLLM_VENV names another of the same lock.
 */
export async function vllmBench(): Promise<Workbench> {
  const venv = process.env.BENCH_TEST_VLLM_VENV ?? (await makeVenv());
  const bench = await workbench({ empty: true });
  for (const path of ['.gitignore', '.gitattributes', 'configs', 'queries']) {
    cpSync(join(root, path), join(bench.root, path), { recursive: true });
  }
  mkdirSync(join(bench.root, '.venvs'));
  symlinkSync(venv, join(bench.root, '.venvs/vllm-cpu'));
  bench.git('add', '-A');
  bench.git('commit', '-qm', 'start');
  return bench;
}

/** A file of a launch of the newest row; 0 is the one that only compiled. */
export function ofLaunch(bench: Workbench, launch: number, name: string): string {
  return readFileSync(join(bench.bundle(), `launches/${launch}`, name), 'utf8');
}

async function makeVenv(): Promise<string> {
  const { path } = await ensureVenv({
    root,
    path: '.venvs/vllm-cpu',
    lock: 'configs/locks/vllm-cpu.txt',
    say: (line) => process.stderr.write(`${line}\n`),
    signal: new AbortController().signal,
  });
  return path;
}
