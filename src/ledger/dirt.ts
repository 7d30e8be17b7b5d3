import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { BenchError, ExitCode } from '../errors.ts';
import { type GitPlace, git, nulSeparated, oneLine } from './git.ts';
import { openRepo } from './repo.ts';

/** An uncommitted change to a file that a run reads but does not commit itself. */
export interface Dirt {
  /** `artifact`: engine sources; `harness`: bench itself. The row's cell of that name ends in `-dirty`. */
  readonly part: 'artifact' | 'harness';
  /** Absolute path. */
  readonly path: string;
  /** git's two letters: what differs between HEAD and index, and between index and file; `??` for a new file. */
  readonly state: string;
}

type Change = Pick<Dirt, 'path' | 'state'>;

/** What a run reads. */
export interface DirtQuestion {
  readonly env: NodeJS.ProcessEnv;
  /** Folder of the engine's sources: `cwd:` of the file when it names one, else null. */
  readonly sources: string | null;
  /** Top of the checkout that bench runs from; null when it is an installed package. */
  readonly benchRoot: string | null;
  /** Absolute paths of files it names and will not commit, whatever repository has them. New ones are no dirt: no commit has another content. */
  readonly named?: readonly string[];
  /** Absolute paths that the run commits itself: YAML, queries, lock, named files. */
  readonly own: readonly string[];
  /** Roots of ledgers: their ledger, records and bundles are never dirt. */
  readonly ledgerRoots: readonly string[];
}

const benchParts = [
  'bin',
  'src',
  'test/scripted-engine',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/** All dirt, engine sources first; empty where there is no git. New files that .gitignore names are none. */
export async function findDirt(question: DirtQuestion): Promise<Dirt[]> {
  const sources = question.sources === null ? [] : await changed(question.sources, ['.'], question.env);
  const harness =
    question.benchRoot === null ? [] : await changed(question.benchRoot, benchParts, question.env);
  const named = await changedFiles(question.named ?? [], question.env);
  const clean = new Set(question.own.map(real));
  const roots = question.ledgerRoots.map(real);
  const isDirt = ({ path }: { path: string }): boolean =>
    !clean.has(path) && !roots.some((root) => isLedgerFile(relative(root, path)));
  return [
    ...named
      .filter(({ state }) => state !== '??')
      .map((change) => ({ part: 'artifact' as const, ...change })),
    ...sources.filter(isDirt).map((change) => ({ part: 'artifact' as const, ...change })),
    ...harness.filter(isDirt).map((change) => ({ part: 'harness' as const, ...change })),
  ];
}

/**
 * The commit that last changed bench itself, in the checkout it runs from; null without one. Not HEAD: rows that are
 * committed in that same checkout would rename the same code.
 */
export async function lastBenchCommit(checkout: GitPlace): Promise<string | null> {
  const log = await git(checkout, ['log', '-1', '--format=%H', '--', ...benchParts], { ok: 'any' });
  return log.code === 0 && log.stdout !== '' ? oneLine(log) : null;
}

/** BenchError (exit 2) that lists the dirt; nothing when there is none. */
export function refuseDirt(dirt: readonly Dirt[], root: string): void {
  if (dirt.length === 0) return;
  const shown = dirt
    .slice(0, 10)
    .map(
      ({ state, path, part }) =>
        `  ${state} ${relative(root, path)}${part === 'harness' ? ' (bench itself)' : ''}`,
    );
  const rest = dirt.length > 10 ? [`  and ${dirt.length - 10} more`] : [];
  throw new BenchError(
    `Files that this run reads have changes that no commit holds:\n${[...shown, ...rest].join('\n')}`,
    {
      exitCode: ExitCode.usage,
      hint: 'Commit or stash them, or run with --allow-dirty: the row is then marked dirty and never kept.',
    },
  );
}

/** A cell with `-dirty` at its end when its part is dirty; null stays null. */
export function markDirty(cell: string | null, part: Dirt['part'], dirt: readonly Dirt[]): string | null {
  return cell !== null && dirt.some((each) => each.part === part) ? `${cell}-dirty` : cell;
}

/** Folder by folder: each asks the repository that it lies in. */
async function changedFiles(paths: readonly string[], env: NodeJS.ProcessEnv): Promise<Change[]> {
  const changes: Change[] = [];
  for (const folder of new Set(paths.map(dirname))) {
    const names = paths.filter((path) => dirname(path) === folder).map((path) => basename(path));
    changes.push(...(await changed(folder, names, env)));
  }
  return changes;
}

async function changed(folder: string, paths: readonly string[], env: NodeJS.ProcessEnv): Promise<Change[]> {
  const repo = await openRepo(folder, env);
  if (repo.kind !== 'normal') return [];
  const at: GitPlace = { root: folder, env: repo.env };
  const prefix = oneLine(await git(at, ['rev-parse', '--show-prefix']));
  const pathspecs = paths.map((path) => join(prefix, path));
  const args = [
    'status',
    '--porcelain=v1',
    '-z',
    '--no-renames',
    '--untracked-files=all',
    '--ignore-submodules=none',
    '--',
    ...pathspecs,
  ];
  const status = nulSeparated(await git(repo, args));
  return status.map((line) => ({ state: line.slice(0, 2), path: join(repo.root, line.slice(3)) }));
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function isLedgerFile(path: string): boolean {
  return /^(bench_results\.tsv|results\/.*|\.bench_runs\/.*|\.gitignore|\.gitattributes)$/s.test(path);
}
