import { access, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findCheckout } from './checkout.ts';
import { BenchError, ExitCode } from './errors.ts';
import { experimentYaml, type Found, gitAttributesLines, gitIgnoreLines } from './init-templates.ts';
import { findCommand } from './supervisor/environment.ts';
import type { World } from './world.ts';

/** What `bench init` may be told instead of looking. */
export interface InitFlags {
  readonly engine?: string | undefined;
  readonly model?: string | undefined;
}

/** What was done, file by file, relative to the root. */
export interface InitReport {
  readonly root: string;
  readonly config: string;
  readonly found: Found;
  readonly written: readonly string[];
  readonly kept: readonly string[];
}

/**
 * Lays down a config for the llama.cpp server found on PATH (or the starter that brings its own), queries,
 * .gitignore and .gitattributes at `root`. Nothing that exists is overwritten; missing lines are added to the
 * two git files.
 * @throws BenchError (exit 2) for an engine it cannot write for, or a model that is not there.
 */
export async function initialise(root: string, flags: InitFlags, world: World): Promise<InitReport> {
  if (flags.engine !== undefined && flags.engine !== 'llamacpp') {
    throw new BenchError(`bench init writes for llamacpp, not for "${flags.engine}" yet`, {
      exitCode: ExitCode.usage,
      hint: 'Write the file by hand: `bench config schema` has every key, and engine: custom starts any OpenAI-compatible server.',
    });
  }
  const found = await look(root, flags.model, world);
  const config = found.kind === 'own' ? 'configs/llamacpp.yaml' : 'configs/llamacpp-smollm2.yaml';
  const shipped = findCheckout().root;
  const report = { written: [] as string[], kept: [] as string[] };
  const lay = async (path: string, write: (absolute: string) => Promise<void>): Promise<void> => {
    const absolute = join(root, path);
    if (await exists(absolute)) {
      report.kept.push(path);
      return;
    }
    await mkdir(dirname(absolute), { recursive: true });
    await write(absolute);
    report.written.push(path);
  };
  const copyShipped = (path: string) => lay(path, (absolute) => copyFile(join(shipped, path), absolute));
  await lay(config, (absolute) => writeFile(absolute, experimentYaml(found, { root, home: world.env.HOME })));
  if (found.kind === 'starter') await copyShipped('configs/locks/llamacpp.txt');
  await copyShipped('queries/queries.csv');
  for (const [path, lines] of [
    ['.gitignore', gitIgnoreLines],
    ['.gitattributes', gitAttributesLines],
  ] as const) {
    (await addLines(join(root, path), lines)) ? report.written.push(path) : report.kept.push(path);
  }
  return { root, config, found, ...report };
}

async function look(root: string, model: string | undefined, world: World): Promise<Found> {
  const binary = onPath('llama-server', world);
  if (model !== undefined && !(await exists(resolve(world.cwd, model)))) {
    throw new BenchError(`There is no model at ${model}`, {
      exitCode: ExitCode.usage,
      hint: 'Give --model the path of a .gguf file.',
    });
  }
  if (model !== undefined && binary === null) {
    throw new BenchError('No llama-server on PATH to serve that model', {
      exitCode: ExitCode.usage,
      hint: 'Put llama-server on PATH, or leave --model out: the starter brings its own server and model.',
    });
  }
  const home = world.env.HOME;
  const folders = [
    root,
    join(root, 'models'),
    ...(home === undefined ? [] : [join(home, 'models'), join(home, '.cache/llama.cpp')]),
  ];
  const path = model === undefined ? await firstModel(folders) : resolve(world.cwd, model);
  if (binary === null || path === null) return { kind: 'starter' };
  return { kind: 'own', binary, model: path, libraryPath: world.env.LD_LIBRARY_PATH || null };
}

function onPath(command: string, { env, cwd }: World): string | null {
  try {
    return findCommand(command, { PATH: env.PATH ?? '' }, cwd);
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
}

async function firstModel(folders: readonly string[]): Promise<string | null> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    const model = names.filter((name) => name.endsWith('.gguf') && !/mmproj|draft/i.test(name)).sort()[0];
    if (model !== undefined) return join(folder, model);
  }
  return null;
}

async function addLines(path: string, lines: readonly string[]): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const present = new Set(text.split(/\r?\n/));
  const missing = lines.filter((line) => !present.has(line));
  if (missing.length === 0) return false;
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  await writeFile(path, `${text}${gap}${missing.join('\n')}\n`);
  return true;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
