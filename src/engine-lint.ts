import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Experiment } from './config/experiment.ts';
import type { LoadedExperiment } from './config/loaded.ts';
import { nearest } from './config/nearest.ts';
import { substitute, unfilled } from './config/substitute.ts';
import { flagValue } from './engines/args.ts';
import { checkFlags } from './engines/check-flags.ts';
import { engineWords, helpWords } from './engines/command-line.ts';
import type { Engine, FlagFact, LintInput, LintProblem } from './engines/engine.ts';
import { longestContext } from './engines/lint-args.ts';
import { BenchError } from './errors.ts';
import { visibleGpus } from './provenance.ts';
import { engineHelp, type HelpQuestion, helpLimitMs } from './snapshot/engine-help.ts';
import { ggufContext } from './snapshot/gguf-context.ts';
import { type GpuFacts, gpuFacts } from './snapshot/gpu.ts';
import { computeCapabilities } from './snapshot/gpu-capability.ts';
import { cacheFolder } from './snapshot/hash-cache.ts';
import { modelConfig } from './snapshot/model-config.ts';
import { findCommand } from './supervisor/environment.ts';

/** What is wrong with an engine's arguments, as its adapter and its own `--help` tell. */
export interface ArgumentProblem {
  readonly level: LintProblem['level'];
  /** `file:line`; null where the flag stands in no file under that name. */
  readonly place: string | null;
  readonly text: string;
}

/** The GPUs that an engine could use here. */
export interface GpusHere {
  readonly facts: GpuFacts;
  /** By UUID. */
  readonly capabilities: ReadonlyMap<string, string>;
}

/** Asks nvidia-smi once, for all files. */
export async function gpusHere(env: NodeJS.ProcessEnv): Promise<GpusHere> {
  const [facts, capabilities] = await Promise.all([gpuFacts(env), computeCapabilities(env)]);
  return { facts, capabilities };
}

/**
 * What is wrong with the arguments of a file that is right itself, as far as this machine can tell: whatever hangs on
 * an engine, a model or a GPU that is not here is left alone. Never throws.
 */
export async function lintArguments(input: {
  readonly loaded: LoadedExperiment;
  /** Filled; left out: as far as it can be without setting anything up. */
  readonly experiment?: Experiment;
  readonly engine: Engine;
  readonly gpus: GpusHere;
  /** Where the host's tools and bench's cache are. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Where a sentence goes while somebody waits for a slow engine. */
  readonly say?: (line: string) => void;
}): Promise<ArgumentProblem[]> {
  const { loaded, engine, gpus, env } = input;
  const filled = input.experiment ?? fillForLint(loaded);
  const experiment = filled ?? loaded.experiment;
  const cwd = resolve(loaded.root, experiment.cwd);
  const words = ownWords(engine, experiment) ?? experiment.args;
  const file = flagValue(words, ['-m', '--model']);
  const problems = [
    ...engine.lintArgs({
      args: words,
      env: experiment.env,
      gpus: gpusFor(experiment, gpus),
      modelConfig: experiment.image === undefined ? modelConfig(words, { cwd, env: experiment.env }) : null,
      ggufContext: file === null || experiment.image !== undefined ? null : ggufContext(resolve(cwd, file)),
    }),
    ...(filled === null ? [] : await flagProblems({ ...input, experiment: filled, cwd, hostEnv: env })),
  ];
  return problems.map(({ flag, level, text }) => ({ level, place: placeOf(loaded, flag), text }));
}

/** The longest name of each flag of the engine by its other ones, as its help has them; nothing where it cannot be asked yet. */
export async function flagNames(
  loaded: LoadedExperiment,
  engine: Engine,
  hostEnv: NodeJS.ProcessEnv,
): Promise<EngineFlags['names']> {
  const experiment = fillForLint(loaded);
  if (experiment === null) return {};
  const cwd = resolve(loaded.root, experiment.cwd);
  return (await engineFlags({ engine, experiment, cwd, hostEnv })).names;
}

/** An experiment with its flags by their longest names: `-t 1` and `--threads 1` are one to such an engine. */
export function withLongNames(experiment: Experiment, names: EngineFlags['names']): Experiment {
  const longName = (word: string): string => {
    const [name = '', ...value] = word.split('=');
    const long = word.startsWith('-') ? names[name] : undefined;
    return long === undefined ? word : [long, ...value].join('=');
  };
  return { ...experiment, args: experiment.args.map(longName) };
}

/** The longest prompt and answer that a filled experiment serves, and who says so; null: nobody does before the start. */
export function contextLimit(
  engine: Engine,
  experiment: Experiment,
  root: string,
): { readonly tokens: number; readonly from: string } | null {
  const words = ownWords(engine, experiment) ?? experiment.args;
  const asked = engine.contextLimit(words);
  if (asked !== null) return { tokens: asked, from: engine.contextFlags.join(' or ') };
  if (experiment.image !== undefined) return null;
  const cwd = resolve(root, experiment.cwd);
  const file = flagValue(words, ['-m', '--model']);
  const stated = file === null ? null : ggufContext(resolve(cwd, file));
  if (stated !== null) return { tokens: stated, from: 'the model file' };
  const positions = longestContext(modelConfig(words, { cwd, env: experiment.env }));
  return positions === null ? null : { tokens: positions, from: "the model's config.json" };
}

/** What an engine's `--help` says of its flags. */
export interface EngineFlags {
  /** The engine's own value of each flag, by every name of it. */
  readonly defaults: { readonly [flag: string]: string };
  /** The longest name of each flag, by its other ones. */
  readonly names: { readonly [alias: string]: string };
}

/** Nothing where it states none or cannot be asked. Never throws. */
export async function engineFlags(input: {
  readonly engine: Engine;
  readonly experiment: Experiment;
  readonly cwd: string;
  readonly hostEnv: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}): Promise<EngineFlags> {
  const question = helpQuestion(input);
  const answer = question === null ? null : await engineHelp(question);
  if (answer === null || answer === 'late') return { defaults: {}, names: {} };
  const facts: readonly FlagFact[] = input.engine.parseHelp(answer.text);
  const defaults = facts.flatMap(({ flag, aliases, defaultValue }) =>
    // `same as --threads` is no value.
    defaultValue === null || /\s/.test(defaultValue)
      ? []
      : [flag, ...aliases].map((name) => [name, defaultValue]),
  );
  // `--no-mmap` is another name of `--mmap` in a help, and says the opposite.
  const names = facts.flatMap(({ flag, aliases }) =>
    aliases.filter((alias) => !/^--?no-/.test(alias)).map((alias) => [alias, flag]),
  );
  return { defaults: Object.fromEntries(defaults), names: Object.fromEntries(names) };
}

/** A problem as a sentence with its place behind it, for where it is only a hint. */
export function asHint({ text, place }: ArgumentProblem): string {
  return place === null ? text : `${text.replace(/\.$/, '')} (${place}).`;
}

/** The experiment with everything filled in that is known without setting anything up; null while some is not. */
function fillForLint({ experiment, root }: LoadedExperiment): Experiment | null {
  const venv = experiment.venv === undefined ? undefined : resolve(root, experiment.venv.path);
  const variables = { REPO_ROOT: root, VENV: venv, SITE_PACKAGES: venv && sitePackages(venv) };
  const filled = substitute(experiment, variables);
  if (unfilled(filled, ['PORT']).length > 0) return null;
  return substitute(filled, { ...variables, PORT: '0' });
}

function sitePackages(venv: string): string | undefined {
  try {
    const name = readdirSync(join(venv, 'lib')).find((each) => /^python3/.test(each));
    return name === undefined ? undefined : join(venv, 'lib', name, 'site-packages');
  } catch {
    return undefined;
  }
}

function ownWords({ help }: Engine, { cmd, args }: Experiment): readonly string[] | null {
  return help === null || cmd === undefined ? null : engineWords(help, basename(cmd), args);
}

/** Null while nobody knows: a file may be meant for another machine. */
function gpusFor(experiment: Experiment, { facts, capabilities }: GpusHere): LintInput['gpus'] {
  if ('absent' in facts) return null;
  const visible = new Set(visibleGpus(experiment, facts));
  return facts.gpus
    .filter(({ uuid }) => visible.has(uuid))
    .map(({ model, uuid }) => ({ name: model, computeCapability: capabilities.get(uuid) ?? null }));
}

/** So few lines that begin with a dash are no help of an engine. */
const fewestFlags = 5;

async function flagProblems(input: {
  readonly engine: Engine;
  readonly experiment: Experiment;
  readonly cwd: string;
  readonly hostEnv: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly say?: (line: string) => void;
}): Promise<LintProblem[]> {
  const { engine, experiment, say } = input;
  const { help } = engine;
  const words = ownWords(engine, experiment);
  const question = words === null ? null : helpQuestion(input);
  if (help === null || words === null || question === null) return [];
  const check = (text: string): LintProblem[] => {
    const facts: readonly FlagFact[] = engine.parseHelp(text);
    return facts.length < fewestFlags ? [] : checkFlags(words, facts, help, nearest);
  };
  const onSlow = (): void => say?.(`asking ${engine.name} for its flags ...`);
  const answer = await engineHelp(question, { onSlow });
  if (answer === null) return [];
  if (answer === 'late') return [notAsked];
  const problems = check(answer.text);
  if (!answer.isRemembered || problems.length === 0) return problems;
  // An engine that is worked on changes without its folder changing: ask again before saying that it is wrong.
  const now = await engineHelp(question, { isFresh: true, onSlow });
  return now === null || now === 'late' ? [] : check(now.text);
}

const notAsked: LintProblem = {
  flag: '--help',
  level: 'warning',
  text: `Its --help took more than ${helpLimitMs / 1000} s, so its flags were not checked; try again when the machine is less busy.`,
};

function helpQuestion(input: Parameters<typeof flagProblems>[0]): HelpQuestion | null {
  const { engine, experiment, cwd, hostEnv, signal } = input;
  if (engine.help === null || experiment.cmd === undefined || experiment.image !== undefined) return null;
  const command = commandIn(experiment.cmd, experiment.env, cwd);
  if (command === null) return null;
  // A help needs no secret.
  const env = Object.entries(experiment.env).filter(([name]) => !experiment.secretEnv.includes(name));
  const home = join(command, '../..');
  return {
    command,
    words: helpWords(engine.help, experiment.args),
    cwd,
    env: Object.fromEntries(env),
    installed: [join(home, 'pyvenv.cfg'), sitePackages(home) ?? home],
    folder: cacheFolder(hostEnv),
    signal,
  };
}

function commandIn(cmd: string, env: Record<string, string>, cwd: string): string | null {
  try {
    return findCommand(cmd, env, cwd);
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
}

/** Where a flag is written: `file:line`; null when it is found in no file, as an alias is. */
function placeOf({ settings }: LoadedExperiment, flag: string): string | null {
  const isIt = (value: unknown): boolean =>
    typeof value === 'string' && plain(value.split(/[=.]/, 1)[0] ?? '') === plain(flag);
  const found = settings.findLast(({ path, value }) => /^(?:args|cmd)\.\d+$/.test(path) && isIt(value));
  return found === undefined ? null : (found.origin.split(', ')[0] ?? null);
}

function plain(flag: string): string {
  return flag.replaceAll('_', '-');
}
