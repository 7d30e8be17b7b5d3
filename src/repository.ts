import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { sha256Hex } from './canonical.ts';
import { findCheckout } from './checkout.ts';
import { namedFiles } from './config/identity.ts';
import { BenchError, ExitCode } from './errors.ts';
import { type Dirt, findDirt, lastBenchCommit, refuseDirt } from './ledger/dirt.ts';
import { selectPaths } from './ledger/own-paths.ts';
import { type LedgerPlace, ledgerPlace } from './ledger/place.ts';
import { openRepo, type Repo, type WorkRepo } from './ledger/repo.ts';
import { whyNoCommit } from './ledger/why-no-commit.ts';
import type { Plan, RunFlags } from './plan.ts';
import { hashFileSync } from './snapshot/hash-file.ts';
import type { World } from './world.ts';

/** bench itself, as a row names it. */
export interface Harness {
  readonly version: string;
  /** Commit that last changed its code, in the checkout it runs from, or that it was packed from; null where neither is known. */
  readonly commit: string | null;
  readonly dirty: boolean;
}

/** The ledger of an experiment, the repository around it, and what may be done there. */
export interface Place {
  readonly ledger: LedgerPlace;
  readonly repo: Repo;
  /** Why nothing is committed; null when rows are. */
  readonly whyNot: string | null;
  readonly dirt: readonly Dirt[];
  readonly harness: Harness;
  /** The YAML, its parents and the files it names, relative to the root. */
  readonly own: readonly string[];
  /** sha256 of those files as they were read, by path. */
  readonly hashes: { readonly [path: string]: string };
  /** Of the named files, those git tracks or this run will commit: part of the experiment's identity. */
  readonly trackedFiles: { readonly [path: string]: string };
}

/**
 * Looks at the repository that holds the experiment; changes nothing.
 * @throws BenchError (exit 2) in a bare repository, in the middle of a merge or rebase, and for dirt that was
 *   not allowed.
 */
export async function openPlace(plan: Plan, flags: RunFlags, world: World): Promise<Place> {
  const { loaded, experiment } = plan;
  const { root } = loaded;
  const repo = await openRepo(root, world.env);
  if (repo.kind === 'normal') refuseForeign(loaded.configPath, repo.root);
  const whyNot = whyNoCommit(repo, { flag: flags.commit, ci: world.env.CI });
  const checkout = findCheckout();
  const bench = await benchCheckout(checkout.root, world.env);
  const named = await partsOf(experiment, root, repo);
  const own = [...new Set([loaded.configPath, ...loaded.parents, ...named])];
  const dirt = await findDirt({
    env: world.env,
    sources: sourcesOf(experiment.cwd, root),
    benchRoot: bench === null ? null : checkout.root,
    own: own.map((path) => join(root, path)),
    // The record holds the text of the YAML and its parents, whoever commits; of what they name it holds a hash.
    named: notCommitted(experiment, root, whyNot === null ? named : []),
    ledgerRoots: [root],
  });
  if (!flags.allowDirty) refuseDirt(dirt, root);
  const texts = plan.stored?.texts ?? {};
  const hashes = Object.fromEntries(
    own.map((path) => [path, texts[path] === undefined ? hashOf(root, path) : sha256Hex(texts[path])]),
  );
  return {
    ledger: ledgerPlace(root, repo),
    repo,
    whyNot,
    dirt,
    harness: {
      version: checkout.version,
      commit: bench === null ? checkout.packedCommit : await lastBenchCommit(bench),
      dirty: dirt.some((each) => each.part === 'harness'),
    },
    own,
    hashes,
    trackedFiles: Object.fromEntries(named.map((path) => [path, hashes[path] ?? ''])),
  };
}

/** The folder of the engine's sources; null when the file names none, or one that set-up has yet to make. */
function sourcesOf(cwd: string, root: string): string | null {
  const folder = resolve(root, cwd);
  return cwd !== '.' && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? folder : null;
}

/** Without git, larger named files are models or dumps, not parts of an experiment; git's own rule is the same. */
const largestPartBytes = 10 * 1024 * 1024;

/** sha256 of the named files that are part of an experiment's identity, as they are now, by path relative to the root. */
export async function identityFiles(
  experiment: Plan['experiment'],
  root: string,
  repo: Repo,
): Promise<{ readonly [path: string]: string }> {
  const named = await partsOf(experiment, root, repo);
  return Object.fromEntries(named.map((path) => [path, hashOf(root, path)]));
}

/** Named files that git tracks or that this run will commit; models and dumps are inputs, not parts. */
async function partsOf(experiment: Plan['experiment'], root: string, repo: Repo): Promise<readonly string[]> {
  const named = namedFiles(experiment).filter((path) => isFile(join(root, path)));
  if (repo.kind === 'normal')
    return (
      await selectPaths(
        repo,
        named.map((path) => join(root, path)),
        { must: false },
      )
    ).paths;
  return named.filter((path) => statSync(join(root, path)).size <= largestPartBytes);
}

/** Absolute paths of named files that this run will not commit: those of a submodule, of elsewhere, or all. */
function notCommitted(experiment: Plan['experiment'], root: string, committed: readonly string[]): string[] {
  const will = new Set(committed);
  return namedFiles(experiment)
    .filter((path) => !will.has(path))
    .map((path) => resolve(root, path))
    .filter((path) => existsSync(dirname(path)));
}

/** A file of no repository, run from inside one: its rows would lie where no commit can hold it. */
function refuseForeign(config: string, root: string): void {
  if (!config.startsWith('../')) return;
  throw new BenchError(`${config} is in no repository, and outside ${root}, the one you are in`, {
    exitCode: ExitCode.usage,
    hint: 'Copy it into the repository, or change to a folder of no repository.',
  });
}

/** Files of the experiment that are no longer as they were when it was read; what was read from the ledger's texts is. */
export function changedSince(place: Place, { loaded, stored }: Pick<Plan, 'loaded' | 'stored'>): string[] {
  const { root } = loaded;
  const files = place.own.filter((path) => stored?.texts[path] === undefined);
  return files.filter((path) => !isFile(join(root, path)) || hashOf(root, path) !== place.hashes[path]);
}

async function benchCheckout(folder: string, env: NodeJS.ProcessEnv): Promise<WorkRepo | null> {
  if (!existsSync(join(folder, '.git'))) return null;
  const repo = await openRepo(folder, env);
  return repo.kind === 'normal' && repo.root === folder ? repo : null;
}

function hashOf(root: string, path: string): string {
  return hashFileSync(join(root, path)).sha256;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
