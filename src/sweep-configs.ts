import { readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { loadExperiment } from './config/load.ts';
import type { LoadedExperiment } from './config/loaded.ts';
import { flagValue } from './engines/args.ts';
import { type EngineName, engineNames } from './engines/engine.ts';
import { BenchError, ExitCode } from './errors.ts';
import { rootOf } from './ledger-story.ts';
import type { World } from './world.ts';

/** A file of `configs/` that an engine may be swept with. */
export interface Candidate {
  /** Relative to the root. */
  readonly config: string;
  readonly engine: EngineName;
  /** As its arguments or its `model:` name it, without folders; null: they do not. */
  readonly model: string | null;
  readonly hasParent: boolean;
}

/** Which file was taken for an engine, and why. */
export interface Choice {
  readonly engine: EngineName;
  readonly config: string;
  readonly why: string;
}

/**
 * Finds a file for each engine in `configs/`. Files that cannot be read are passed over.
 * @param model only files that name it.
 * @returns paths that are relative to the root.
 * @throws BenchError (exit 2) for an engine without a file, or with several and no reason to take one.
 */
export async function findConfigs(
  names: readonly string[],
  model: string | null,
  world: World,
): Promise<{ readonly root: string; readonly choices: readonly Choice[] }> {
  const root = await rootOf(world);
  const candidates = await candidatesIn(root, world);
  return { root, choices: chooseConfigs(names.map(engineNamed), candidates, model) };
}

/**
 * For each engine the one file that fits: of the model that was asked for, else of the one that all engines have a file
 * of; files without a parent before children, which differ from them in a knob.
 * @throws BenchError (exit 2) when none fits, or more than one.
 */
export function chooseConfigs(
  engines: readonly EngineName[],
  candidates: readonly Candidate[],
  model: string | null,
): Choice[] {
  const fitting = engines.map((engine) => ({
    engine,
    found: basesOf(candidates.filter((one) => one.engine === engine && isOf(one, model))),
  }));
  const shared = model === null ? sharedModels(fitting.map(({ found }) => found)) : [];
  return fitting.map(({ engine, found }) => {
    const ofShared = found.filter((one) => one.model !== null && shared.includes(one.model));
    const left = found.length > 1 && ofShared.length > 0 && shared.length === 1 ? ofShared : found;
    const [only] = left;
    if (only === undefined) throw noneFor(engine, model, candidates);
    if (left.length > 1) throw severalFor(engine, left);
    const named = only.model === null ? '' : ` of ${only.model}`;
    const why =
      found.length === 1
        ? `the only ${only.hasParent ? 'file' : 'file without a parent'}${named}`
        : `the one of ${only.model}, which all these engines have`;
    return { engine, config: only.config, why };
  });
}

function isOf({ model }: Candidate, wanted: string | null): boolean {
  return wanted === null || model?.toLowerCase().includes(wanted.toLowerCase()) === true;
}

function basesOf(found: readonly Candidate[]): readonly Candidate[] {
  const bases = found.filter(({ hasParent }) => !hasParent);
  return bases.length > 0 ? bases : found;
}

function sharedModels(found: readonly (readonly Candidate[])[]): string[] {
  const sets = found.map((list) => new Set(list.flatMap(({ model }) => model ?? [])));
  const [first, ...others] = sets;
  return [...(first ?? [])].filter((model) => others.every((set) => set.has(model)));
}

function noneFor(engine: EngineName, model: string | null, candidates: readonly Candidate[]): BenchError {
  const others = candidates.filter((one) => one.engine === engine).map(({ config }) => config);
  const which = model === null ? '' : ` of a model like ${model}`;
  return new BenchError(`configs/ has no file for ${engine}${which}`, {
    exitCode: ExitCode.usage,
    hint:
      others.length === 0
        ? 'Write one (`bench init`), or name the files: bench sweep configs/a.yaml configs/b.yaml'
        : `It has ${others.join(', ')}; name the files to sweep.`,
  });
}

function severalFor(engine: EngineName, left: readonly Candidate[]): BenchError {
  const named = left.map(({ config, model }) => (model === null ? config : `${config} (${model})`));
  return new BenchError(`configs/ has ${left.length} files for ${engine}: ${named.join(', ')}`, {
    exitCode: ExitCode.usage,
    hint: 'Say of which model with --model, or name the files to sweep.',
  });
}

/** @throws BenchError (exit 2) for a name that no engine has. */
function engineNamed(name: string): EngineName {
  const known = name === 'trt-llm' ? 'trtllm' : engineNames.find((engine) => engine === name);
  if (known !== undefined) return known;
  throw new BenchError(`--engines does not know "${name}"`, {
    exitCode: ExitCode.usage,
    hint: `It knows ${engineNames.join(', ')}.`,
  });
}

async function candidatesIn(root: string, world: World): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const name of yamlFiles(join(root, 'configs'))) {
    const loaded = await readable(name, world);
    if (loaded === null) continue;
    const { experiment, parents } = loaded;
    found.push({
      config: relative(root, name),
      engine: experiment.engine,
      model: modelNamed(experiment),
      hasParent: parents.length > 0,
    });
  }
  return found;
}

function yamlFiles(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
    return names.sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}

async function readable(path: string, { cwd, env }: World): Promise<LoadedExperiment | null> {
  try {
    return await loadExperiment(path, { cwd, env, isOnlyRead: true });
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
}

/** What the engine is told to serve, or what requests call it. */
function modelNamed({ model, args }: LoadedExperiment['experiment']): string | null {
  const served = args.at(args.indexOf('serve') + 1);
  const named =
    flagValue(args, ['--model', '--model-path', '-m']) ??
    (args.includes('serve') && served !== undefined && !served.startsWith('-') ? served : null) ??
    model ??
    null;
  return named === null ? null : basename(named);
}
