import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { runIdPattern } from '../../src/ledger/run-id.ts';
import { signal } from '../../src/supervisor/containment.ts';
import { processesWith } from './leftovers.ts';

/** A repository with an experiment, and a machine's worth of folders that no other lane touches. */
export interface Lane {
  readonly root: string;
  /** In the path, argv or environment of whatever bench starts for this lane. */
  readonly mark: string;
  readonly env: NodeJS.ProcessEnv;
  /** Benches that were killed here. */
  readonly killedPids: number[];
  /** Runs git as the user would, without taking locks for mere looking. */
  git(...args: string[]): Promise<{ stdout: string; stderr: string }>;
  /** The ledger's text; '' when there is none. */
  ledger(): string;
  /** Runs that have a bundle. */
  bundles(): string[];
  /** Whether a run launched its engine; `maybe` when it was killed between making the launch's folder and saying so. */
  launched(runId: string): 'yes' | 'maybe' | 'no';
}

/** What the user has under way: staged, changed and not staged, and unknown to git. */
export const userWork = ['A  staged.txt', ' M touched.txt', '?? untracked.txt'] as const;

/**
 * Makes one. `experiment` is the text of configs/x.yaml, not committed yet: bench does that. Whatever a failing test
 * found alive is killed when the test ends.
 */
export async function makeLane(
  experiment: string,
  context: Pick<TestContext, 'onTestFinished'>,
): Promise<Lane> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'bench-kill-')));
  const folders = { root: 'repo', home: 'home', cache: 'cache', locks: 'locks', temp: 'tmp' };
  const at = Object.fromEntries(Object.entries(folders).map(([key, name]) => [key, join(top, name)]));
  for (const folder of Object.values(at)) mkdirSync(folder);
  const root = join(top, folders.root);
  const mark = basename(top);
  context.onTestFinished(() => {
    for (const { pid } of processesWith([mark])) signal(pid, 'SIGKILL');
  });
  const env = {
    PATH: process.env.PATH,
    HOME: at.home,
    XDG_CACHE_HOME: at.cache,
    BENCH_LOCK_DIR: at.locks,
    TMPDIR: at.temp,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    KILL_MARK: mark,
  };
  const gitEnv = { ...env, GIT_OPTIONAL_LOCKS: '0' };
  const lane: Lane = {
    root,
    mark,
    env,
    killedPids: [],
    git: (...args) => promisify(execFile)('git', args, { cwd: root, env: gitEnv }),
    ledger: () => read(join(root, 'bench_results.tsv')) ?? '',
    bundles: () => list(join(root, '.bench_runs')).filter((name) => runIdPattern.test(name)),
    launched(runId) {
      const launches = join(root, '.bench_runs', runId, 'launches');
      if (list(launches).length === 0) return 'no';
      return read(join(launches, '1/events.jsonl'))?.includes('"event":"spawn"') === true ? 'yes' : 'maybe';
    },
  };
  await fill(lane, experiment);
  return lane;
}

async function fill({ root, git }: Lane, experiment: string): Promise<void> {
  const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
  await git('init', '-q', '-b', 'main');
  await git('config', 'user.name', 'A Person');
  await git('config', 'user.email', 'person@example.org');
  write('touched.txt', 'as committed\n');
  write('pace.json', '{"ttftMs":15,"itlMs":30}\n');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'first');
  write('staged.txt', 'staged by the user\n');
  await git('add', 'staged.txt');
  write('touched.txt', 'changed by the user\n');
  write('untracked.txt', 'not for git\n');
  mkdirSync(join(root, 'configs'));
  write('configs/x.yaml', experiment);
  write(
    'queries.csv',
    'id,prompt\na,Name three rivers.\nb,Write a line about rain.\nc,What is two plus two?\n',
  );
}

/** Names in a folder; none when it is not there. */
export function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
