import { resolve } from 'node:path';
import type { Experiment } from './config/experiment.ts';
import { missingEnvHints } from './config/hints.ts';
import { startsTheSame } from './config/knob-diff.ts';
import { loadExperiment, shownPath } from './config/load.ts';
import type { LoadedExperiment } from './config/loaded.ts';
import type { Overrides, RecallOverrides } from './config/settings.ts';
import type { Engine } from './engines/engine.ts';
import { engines } from './engines/index.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { Row } from './ledger/row.ts';
import { planRecall, type RecallPlan, recallWorkload } from './recall-plan.ts';
import { checkFields } from './workload/check-fields.ts';
import { workloadHash } from './workload/hash.ts';
import { readQueries } from './workload/load.ts';
import { defaultOrderSeed } from './workload/order.ts';
import type { Query } from './workload/query.ts';
import type { LoadedQueries } from './workload/reading.ts';
import type { World } from './world.ts';

/** What the command line adds to the file. */
export interface RunFlags {
  readonly launches?: number | undefined;
  readonly rounds?: number | undefined;
  readonly limit?: number | undefined;
  /** null: as the repository and CI say. */
  readonly commit: boolean | null;
  readonly allowDirty: boolean;
  readonly keepOutputs: boolean;
  readonly wait: boolean;
  /** Recall is all that is measured, with these members of `recall:` over the file's; left out: the file is run as it is. */
  readonly onlyRecall?: RecallOverrides | undefined;
  /** Id of the sweep whose cell it is, for its record. */
  readonly sweep?: string | undefined;
}

/** An experiment as a row of the ledger was measured with it. */
export interface StoredExperiment {
  readonly row: Row;
  /** Its text and its parents', by path relative to the root. */
  readonly texts: { readonly [path: string]: string };
}

/** Everything that is known and checked before anything starts or is written. */
export interface Plan {
  readonly loaded: LoadedExperiment;
  /** The row whose experiment is run again as it was; null: the files are run as they are. */
  readonly stored: StoredExperiment | null;
  readonly experiment: Experiment;
  readonly engine: Engine;
  /** What the command line set over the file. */
  readonly overrides: Overrides;
  /** None where recall is all that is measured. */
  readonly queries: readonly Query[];
  /** Null: none is measured. */
  readonly recall: RecallPlan | null;
  /** 12 hex. */
  readonly workload: string;
  /** Whether a draft method runs, in either arm where two are compared. */
  readonly isSpeculative: boolean;
  /** The parent that it starts just as; null when something differs, or there is none. */
  readonly sameAsParent: string | null;
  /** What a person should know before the launch: variables not passed on, request fields dropped. */
  readonly hints: readonly string[];
  /** Of these, variables of the shell that the engine may need and does not get. */
  readonly envHints: readonly string[];
}

/**
 * Reads and checks an experiment and its queries.
 * @throws BenchError (exit 2) for any mistake in either, and for what this version cannot run yet.
 */
export async function planRun(
  config: string,
  flags: RunFlags,
  world: World,
  stored: StoredExperiment | null = null,
): Promise<Plan> {
  const { launches, rounds, limit, onlyRecall } = flags;
  const overrides = {
    ...(launches === undefined ? {} : { launches }),
    ...(rounds === undefined ? {} : { rounds }),
    ...(limit === undefined ? {} : { limit }),
    ...(flags.keepOutputs ? { keepOutputs: true } : {}),
    ...(flags.sweep === undefined ? {} : { sweep: flags.sweep }),
    ...(onlyRecall === undefined || Object.keys(onlyRecall).length === 0 ? {} : { recall: onlyRecall }),
  };
  const loaded = await loadExperiment(config, {
    ...{ cwd: world.cwd, env: world.env, overrides },
    texts: stored?.texts,
  });
  const { experiment } = loaded;
  const base = engines[experiment.engine];
  refuseWhatIsNotYet(experiment);
  const engine = withFileOverrides(base, experiment);
  const recall = await planRecall(experiment, loaded.root, onlyRecall !== undefined);
  const { queries, dropped, ownSampling } =
    onlyRecall === undefined ? await readChecked(loaded, engine, world.cwd) : nothingToAsk;
  const envHints = missingEnvHints([...engine.needsEnv], experiment, world.env);
  return {
    loaded,
    stored,
    experiment,
    engine,
    overrides,
    queries,
    recall,
    workload:
      recall !== null && onlyRecall !== undefined ? recallWorkload(recall) : hashOf(experiment, queries),
    isSpeculative: engine.speculates(experiment.args),
    sameAsParent: await sameAsParent(loaded, world),
    hints: [...new Set([...loaded.hints, ...envHints, ...dropped, ...ownSampling])],
    envHints,
  };
}

const nothingToAsk: Pick<LoadedQueries, 'queries' | 'dropped' | 'ownSampling'> = {
  queries: [],
  dropped: [],
  ownSampling: [],
};

async function sameAsParent(loaded: LoadedExperiment, world: World): Promise<string | null> {
  const before = await loadParent(loaded, world);
  const isSame = before !== null && startsTheSame(before.experiment, loaded.experiment);
  return isSame ? (loaded.parents[0] ?? null) : null;
}

/** The parent as an experiment of its own; null without one, or when it does not stand alone, as one without a program. */
export async function loadParent(
  { parents, root }: LoadedExperiment,
  { cwd, env }: World,
): Promise<LoadedExperiment | null> {
  const [parent] = parents;
  if (parent === undefined) return null;
  try {
    return await loadExperiment(resolve(root, parent), { cwd, env, isOnlyRead: true });
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
}

/** How many requests all launches are to be asked, warm-up not counted. */
export function plannedRequests(plan: Pick<Plan, 'experiment' | 'queries' | 'recall'>): number {
  return plannedInLaunch(plan) * plan.experiment.launches;
}

/** The same for one launch. */
export function plannedInLaunch({
  experiment,
  queries,
  recall,
}: Pick<Plan, 'experiment' | 'queries' | 'recall'>): number {
  if (queries.length === 0 && recall !== null) return recall.contexts.length * recall.n;
  return queries.length * experiment.workload.rounds;
}

/**
 * What is wrong with the queries and the recall items of a file that is right itself; empty when nothing is.
 * @param cwd where the user is: how errors call the query file.
 */
export async function checkAsked(loaded: LoadedExperiment, cwd: string): Promise<string[]> {
  const { experiment, root, origins, configPath } = loaded;
  const at = origins.get('guard.recall.margin') ?? origins.get('recall.task') ?? configPath;
  return [
    ...(await mistakesOf(
      () => readChecked(loaded, engines[experiment.engine], cwd),
      ({ message }) => message.split('\n'),
    )),
    ...(await mistakesOf(
      () => planRecall(experiment, root, false),
      ({ message, hint }) => [`${at === 'default' ? configPath : at}: ${message}. ${hint}`],
    )),
  ];
}

async function mistakesOf(
  check: () => Promise<unknown>,
  told: (error: BenchError) => string[],
): Promise<string[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (error instanceof BenchError) return told(error);
    throw error;
  }
}

/** What a right file asks for and this version does not do yet, or not on this platform: a sentence each. */
export function notYet(experiment: Experiment): string[] {
  return [
    engines[experiment.engine].notYet,
    experiment.engine !== 'openai' && process.platform !== 'linux'
      ? `bench starts engines on Linux only, and this is ${process.platform}; engine: openai works here.`
      : null,
  ].filter((sentence) => sentence !== null);
}

function refuseWhatIsNotYet(experiment: Experiment): void {
  const missing = notYet(experiment);
  if (missing.length === 0) return;
  throw new BenchError(missing.join('\n'), {
    exitCode: ExitCode.usage,
    hint: 'Nothing was started, nothing was written.',
  });
}

async function readChecked(
  { experiment, root }: LoadedExperiment,
  engine: Engine,
  cwd: string,
): Promise<LoadedQueries> {
  refuseForeignSampling(experiment, engine);
  const path = resolve(root, experiment.workload.queries);
  const shown = shownPath(path, cwd);
  const read = await readQueries(path, { limit: experiment.workload.limit, shown });
  checkFields(read, shown, engine.fields, experiment.engine);
  return read;
}

/** A sampling value that its engine would ignore or refuse must not look as if it had been used. */
function refuseForeignSampling({ engine: name, workload }: Experiment, engine: Engine): void {
  if (name === 'custom' || name === 'openai') return;
  const foreign = Object.keys(workload.sampling).filter((field) => !engine.fields.has(field));
  if (foreign.length === 0) return;
  throw new BenchError(
    foreign.map((field) => `workload.sampling: engine ${name} has no \`${field}\``).join('\n'),
    {
      exitCode: ExitCode.usage,
      hint: 'llama.cpp calls it `repeat_penalty`, the others `repetition_penalty`.',
    },
  );
}

/** A custom engine says in its file how it is told its address and where it answers when it is up. */
function withFileOverrides(engine: Engine, experiment: Experiment): Engine {
  if (experiment.engine !== 'custom') return engine;
  const named = experiment.hostFlag !== undefined || experiment.portFlag !== undefined;
  const address = named
    ? { host: experiment.hostFlag ?? null, port: experiment.portFlag ?? null }
    : engine.address;
  return { ...engine, address, healthPath: experiment.ready ?? engine.healthPath };
}

function hashOf(experiment: Experiment, queries: readonly Query[]): string {
  const { workload } = experiment;
  return workloadHash({
    queries,
    sampling: workload.sampling,
    maxTokens: workload.maxTokens ?? null,
    ignoreEos: workload.ignoreEos,
    rounds: workload.rounds,
    limit: workload.limit ?? null,
    orderSeed: defaultOrderSeed,
    cache: workload.cache,
  });
}
