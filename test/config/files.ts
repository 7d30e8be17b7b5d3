import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { type LoadOptions, loadExperiment } from '../../src/config/load.ts';
import type { LoadedExperiment } from '../../src/config/loaded.ts';
import { ConfigError } from '../../src/config/problem.ts';

const made: string[] = [];
afterAll(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});

/**
 * A fresh repository folder that holds these files, a `.git`, so that it is its own root, the commands
 * `server` and `s`, and the venv `v`.
 */
export async function folderWith(files: { readonly [path: string]: string | Uint8Array }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-config-'));
  made.push(folder);
  await mkdir(join(folder, '.git'));
  for (const [path, content] of Object.entries({ server: '', s: '', 'v/pyvenv.cfg': '', ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Loads `x.yaml` of a fresh folder. */
export async function load(
  files: { readonly [path: string]: string | Uint8Array },
  options: Partial<LoadOptions> = {},
): Promise<LoadedExperiment> {
  const cwd = await folderWith(files);
  return loadExperiment('x.yaml', { cwd, env: {}, ...options });
}

/** The error lines that loading `x.yaml` gives; none when it loads. */
export async function problemsOf(
  files: { readonly [path: string]: string | Uint8Array },
  env: NodeJS.ProcessEnv = {},
): Promise<string[]> {
  try {
    await load(files, { env });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
}
