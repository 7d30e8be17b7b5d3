import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve as resolvePath } from 'node:path';
import { blockReuseIsOff } from './cold-cache.ts';
import type { Experiment } from './experiment.ts';
import { hiding, secretsNamed } from './hiding.ts';
import type { FileTexts } from './knobs.ts';
import type { LoadedExperiment } from './loaded.ts';
import { benchPaths, enginePaths, type NamedPath } from './named-paths.ts';
import { parseYaml } from './parse.ts';
import { ConfigError, type Place, type Problem, quote } from './problem.ts';
import { type Resolved, resolve } from './resolve.ts';
import type { Overrides, Setting } from './settings.ts';
import { fillExperiment, secretValues } from './substitute.ts';
import { fillTemplate, plainText, references, variableOf } from './template.ts';
import { type MapNode, nodeAt, scalars } from './tree.ts';

/** Where and with what a file is read. */
export interface LoadOptions {
  readonly cwd: string;
  /** Where `$VAR`s come from. */
  readonly env: NodeJS.ProcessEnv;
  readonly overrides?: Overrides;
  /** The file is looked at, not run: what a user makes on each machine, a venv without a lock, may be missing. */
  readonly isOnlyRead?: boolean;
  /** Texts to read instead of files, by path relative to the root: an experiment as it once was. */
  readonly texts?: { readonly [path: string]: string } | undefined;
}

/**
 * Reads an experiment file and its parents, and checks everything that can be known before a process starts.
 * @throws ConfigError (exit 2) with every mistake found, each `file:line:column: what, expected that`.
 */
export async function loadExperiment(path: string, options: LoadOptions): Promise<LoadedExperiment> {
  const named = await inRealFolder(resolvePath(options.cwd, path));
  const repository = await ancestorWith(dirname(named), '.git');
  await refuseLeadingOut(named, repository, options.cwd);
  const config = await realFile(named);
  const root = await findRoot(dirname(config), options.cwd);
  const stored = (path: string): string | undefined => options.texts?.[relative(root, path)];
  const chain = await readChain(config, { cwd: options.cwd, repository, stored });
  const [first, ...parents] = chain.files;
  if (first === undefined) throw new ConfigError(chain.problems);
  const trees = [first.tree, ...parents.map((file) => file.tree)] as const;
  const resolved = resolve([...trees], options.env, options.overrides ?? {});
  const ofResolved = chain.isWhole
    ? resolved.problems
    : resolved.problems.filter((problem) => problem.isAbsence !== true);
  const missing = await missingPaths([
    ...benchPaths(resolved.root, root, options.env),
    ...(chain.isWhole ? enginePaths(resolved.root, root, options.env) : []),
  ]);
  const notHere = options.isOnlyRead === true ? missing.filter(({ isOfMachine }) => isOfMachine) : [];
  const problems = [
    ...chain.problems,
    ...ofResolved,
    ...missing.filter((problem) => !notHere.includes(problem)),
    ...remoteChild(first.tree, resolved.root),
  ];
  if (problems.length > 0 || resolved.meaning === null) {
    const hide = hiding(secretsNamed(resolved.root, options.env));
    throw new ConfigError(
      problems.map((each) => ({ ...each, what: hide(each.what), expected: hide(each.expected) })),
    );
  }
  const { experiment, settings, hints } = await withCacheRule(resolved, resolved.meaning.experiment, root);
  return {
    experiment,
    origins: new Map(settings.map((setting) => [setting.path, setting.origin])),
    root,
    configPath: relative(root, config),
    parents: parents.map((file) => relative(root, file.path)),
    texts: Object.fromEntries(chain.files.map((file) => [relative(root, file.path), file.text])),
    hints: [
      ...hints,
      ...notHere.map(({ what }) => `On this machine ${what} yet: make it before you run this.`),
    ],
    symbolic: resolved.meaning.symbolic,
    secrets: secretValues(fillExperiment(experiment, (name) => variableOf(options.env, name))),
    settings,
    variables: experiment.shell === undefined ? usedVariables(resolved, options.env) : {},
  };
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly tree: MapNode;
}

/**
 * A file and its parents, nearest first; `isWhole` when none of them is missing or broken.
 * @param repository where the parents must be, since a commit is to hold them; undefined: anywhere.
 */
async function readChain(
  config: string,
  { cwd, repository, stored }: { cwd: string; repository: string | undefined; stored: Stored },
): Promise<{ files: SourceFile[]; problems: Problem[]; isWhole: boolean }> {
  const files: SourceFile[] = [];
  const problems: Problem[] = [];
  let named: { path: string; at: Place } = {
    path: config,
    at: { file: shownPath(config, cwd), line: 1, column: 1 },
  };
  for (;;) {
    const read = await readSource(named.path, named.at, { cwd, stored });
    problems.push(...read.problems);
    if (read.root === null) return { files, problems, isWhole: false };
    files.push({ path: named.path, text: read.text, tree: read.root });
    const parent = nodeAt(read.root, ['parent']);
    if (parent?.kind !== 'scalar' || parent.text === '')
      return { files, problems, isWhole: parent === undefined };
    const written = await inRealFolder(resolvePath(dirname(named.path), parent.text));
    const path = await realFile(written);
    const seen = files.findIndex((file) => file.path === path);
    if (seen !== -1) {
      const circle = [...files.slice(seen).map((file) => file.path), path]
        .map((each) => shownPath(each, cwd))
        .join(' -> ');
      problems.push({
        at: parent.at,
        what: `the parent ${quote(parent.text)} closes a circle: ${circle}`,
        expected: 'a file that does not inherit from this one',
      });
      return { files, problems, isWhole: false };
    }
    if (repository !== undefined && !(await isWithin(repository, written))) {
      const what = `the parent ${quote(parent.text)} is outside the repository`;
      const expected = 'a file in the same repository, so that the commit holds it';
      problems.push({ at: parent.at, what, expected });
      return { files, problems, isWhole: false };
    }
    named = { path, at: parent.at };
  }
}

/** A text to read instead of a file; undefined: the file. */
type Stored = (path: string) => string | undefined;

async function readSource(
  path: string,
  namedAt: Place,
  { cwd, stored }: { cwd: string; stored: Stored },
): Promise<{ root: MapNode | null; text: string; problems: Problem[] }> {
  const file = shownPath(path, cwd);
  const instead = stored(path);
  if (instead !== undefined) return { ...parseYaml(file, instead), text: instead };
  let bytes: Buffer;
  try {
    const entry = await stat(path);
    if (!entry.isFile() && !entry.isDirectory()) return broken(notAFile(namedAt, file));
    bytes = await readFile(path);
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'there is no file'
        : `cannot read (${(error as NodeJS.ErrnoException).code})`;
    return broken({ at: namedAt, what: `${why} ${quote(file)}`, expected: 'an experiment file' });
  }
  const text = bytes.toString('utf8');
  if (!bytes.equals(Buffer.from(text, 'utf8'))) {
    const before = text.slice(0, text.indexOf('\uFFFD')).split('\n');
    const at = { file, line: before.length, column: [...(before.at(-1) ?? '')].length + 1 };
    return broken({ at, what: 'bytes that are not UTF-8', expected: 'a UTF-8 file' });
  }
  return { ...parseYaml(file, text), text };
}

function broken(problem: Problem): { root: null; text: string; problems: Problem[] } {
  return { root: null, text: '', problems: [problem] };
}

/** Reading a pipe would wait, and a device need not end. */
function notAFile(at: Place, file: string): Problem {
  return { at, what: `${quote(file)} is not a regular file`, expected: 'an experiment file' };
}

/** A row with a parent is judged in pairs of launches, and a server that runs elsewhere is never launched. */
function remoteChild(tree: MapNode, resolved: MapNode): Problem[] {
  const parent = nodeAt(tree, ['parent']);
  const engine = nodeAt(resolved, ['engine']);
  if (parent === undefined || engine?.kind !== 'scalar' || engine.text !== 'openai') return [];
  return [
    {
      at: parent.at,
      what: '`parent` with engine openai',
      expected: 'no parent: bench cannot launch pairs of a server that runs elsewhere',
    },
  ];
}

/** What is named in the file and is not there. What is inside a missing folder is not said as well. */
async function missingPaths(paths: readonly NamedPath[]): Promise<Problem[]> {
  const found = await Promise.all(
    paths.map(async ({ at, text, path, kind, under, expected, isOfMachine }): Promise<Problem[]> => {
      if (await (kind === 'file' ? isFile(path) : isFolder(path))) return [];
      if (under !== null && !(await isFolder(under))) return [];
      const where = under === null ? '' : ` under ${under}`;
      const isOther = (await stat(path).catch(() => null)) !== null;
      const what = isOther
        ? `${quote(text)} is not a ${kind === 'file' ? 'regular file' : kind}`
        : `there is no ${kind} ${quote(text)}${where}`;
      return [{ at, what, expected, ...(isOfMachine === true ? { isOfMachine } : {}) }];
    }),
  );
  return found.flat();
}

/**
 * TensorRT-LLM has no cold cache unless its block reuse is off: an error where the file asks for one, a warm
 * cache and a hint where it says nothing.
 */
async function withCacheRule(
  { root, settings }: Resolved,
  experiment: Experiment,
  folder: string,
): Promise<{ experiment: Experiment; settings: readonly Setting[]; hints: string[] }> {
  const asTheFile = { experiment, settings, hints: [] };
  if (experiment.engine !== 'trtllm' || experiment.workload.cache === 'warm') return asTheFile;
  if (blockReuseIsOff(experiment, await readTexts(experiment, folder))) return asTheFile;
  const written = nodeAt(root, ['workload', 'cache']);
  const how = '`kv_cache_config: { enable_block_reuse: false }` in a file named under `files`';
  if (written !== undefined) {
    const what = '`cache: cold` while TensorRT-LLM reuses blocks';
    throw new ConfigError([{ at: written.at, what, expected: `${how}, or \`cache: warm\`` }]);
  }
  return {
    experiment: { ...experiment, workload: { ...experiment.workload, cache: 'warm' } },
    settings: settings.map((setting) =>
      setting.path === 'workload.cache' ? { ...setting, value: 'warm' } : setting,
    ),
    hints: [`The prefix cache stays warm: for \`cache: cold\` TensorRT-LLM needs ${how}.`],
  };
}

async function readTexts(experiment: Experiment, folder: string): Promise<FileTexts> {
  const paths = [...experiment.files, ...experiment.args.filter((word) => /\.(?:ya?ml|json)$/i.test(word))];
  const texts: Record<string, string> = {};
  for (const path of paths) {
    const real = resolvePath(
      folder,
      plainText(fillTemplate(path, (name) => (name === 'REPO_ROOT' ? folder : undefined))),
    );
    if (await isFile(real)) texts[path] = await readFile(real, 'utf8');
  }
  return texts;
}

function usedVariables({ root }: Resolved, env: NodeJS.ProcessEnv): Record<string, string> {
  const names = [...scalars(root)].flatMap(({ node }) => references(node.text).map(({ name }) => name));
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = variableOf(env, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Whether a file is below a folder, by its name and, where it is a link, by what it leads to. */
async function isWithin(folder: string, path: string): Promise<boolean> {
  const ends = [path, await realpath(path).catch(() => path)];
  return ends.every((end) => !relative(folder, end).startsWith(`..`));
}

/** A link that leads out of the repository: a commit would hold the link, and nobody the experiment. */
async function refuseLeadingOut(config: string, repository: string | undefined, cwd: string): Promise<void> {
  if (repository === undefined || (await isWithin(repository, config))) return;
  const file = shownPath(config, cwd);
  const what = `${quote(file)} leads to ${quote(await realpath(config))}, outside the repository`;
  const expected = 'a file in the same repository, so that the commit holds it';
  throw new ConfigError([{ at: { file, line: 1, column: 1 }, what, expected }]);
}

/** What a path leads to in the end, links followed: a commit of the link would not hold it. */
async function realFile(path: string): Promise<string> {
  return realpath(path).catch(() => inRealFolder(path));
}

/** The path itself with links in its folder followed, as git sees it; a missing folder is left as it is. */
async function inRealFolder(path: string): Promise<string> {
  return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
}

async function findRoot(folder: string, cwd: string): Promise<string> {
  return (
    (await ancestorWith(folder, '.git')) ??
    (await ancestorWith(folder, 'bench_results.tsv')) ??
    (await realpath(cwd))
  );
}

async function ancestorWith(folder: string, name: string): Promise<string | undefined> {
  const there = await stat(join(folder, name)).then(
    () => true,
    () => false,
  );
  if (there) return folder;
  return dirname(folder) === folder ? undefined : ancestorWith(dirname(folder), name);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** A path as the user would type it from where they are: as it stands in every error. */
export function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith('..') ? path : near;
}
