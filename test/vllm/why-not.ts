import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const neededBytes = 6e9;

/** Why vLLM cannot be shown here, with what mends it; null when it can. @param root the checkout. */
export function whyNot(root: string): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'its wheels are for Linux on x86_64';
  if (!/^flags\s*:.*\bavx2\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))) return 'this CPU has no AVX2';
  return diskProblem(root) ?? compilerProblem();
}

/** The venv is unpacked once; from then on only logs and caches come. */
function diskProblem(root: string): string | null {
  if (madeVenv(root)) return null;
  const { bavail, bsize } = statfsSync(root);
  const free = bavail * bsize;
  if (free >= neededBytes) return null;
  return `its venv needs ${neededBytes / 1e9} GB in ${root}, and ${(free / 1e9).toFixed(1)} are free`;
}

function madeVenv(root: string): boolean {
  return process.env.BENCH_TEST_VLLM_VENV !== undefined || existsSync(join(root, '.venvs/vllm-cpu'));
}

/** vLLM compiles the model with what it finds: a C++ compiler and Python's headers. */
function compilerProblem(): string | null {
  const header = `import os, sysconfig; print(os.path.join(sysconfig.get_path("include"), "Python.h"))`;
  try {
    execFileSync('/usr/bin/g++', ['--version'], { stdio: 'ignore' });
    const path = execFileSync('python3', ['-c', header], { encoding: 'utf8' }).trim();
    if (existsSync(path)) return null;
  } catch {
    // Said below.
  }
  return 'it compiles the model: apt-get install g++ python3 python3-venv python3-dev';
}
