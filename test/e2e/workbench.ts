import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { Row } from '../../src/ledger/row.ts';
import { runIdPattern } from '../../src/ledger/run-id.ts';
import { decodeLedger } from '../../src/ledger/tsv.ts';
import { type Ended, type Started, startChild } from './child.ts';
import { installedBench, scriptedEngine } from './installed.ts';

/** A person's machine, as far as bench sees it: a home, a lock directory and a repository with an experiment. */
export interface Workbench {
  readonly root: string;
  readonly home: string;
  readonly installed: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs bench in the root until it ends. */
  bench(...args: string[]): Promise<Ended>;
  benchWith(options: BenchOptions, ...args: string[]): Promise<Ended>;
  start(options: BenchOptions, ...args: string[]): Started;
  git(...args: string[]): string;
  /** Writes files below the root. */
  write(files: Record<string, string>): void;
  read(path: string): string;
  rows(): readonly Row[];
  /** The newest row. */
  row(): Row;
  /** Path of the newest row's bundle. */
  bundle(): string;
  /** The newest row's record. */
  record(): Record<string, unknown>;
  /** Run ids that have a bundle. */
  bundles(): string[];
  /** Paths below the root whose bytes hold a text, git's own objects unpacked. */
  filesHolding(text: string): string[];
}

/** Where and with which variables bench runs; undefined takes a variable away. */
export interface BenchOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Three tokens in 210 ms: gaps that are long beside what a busy machine adds. */
const pace = { ttftMs: 10, itlMs: 100 };

/** Three short questions. */
export const questions =
  'id,prompt\na,Name three rivers.\nb,Write a line about rain.\nc,What is two plus two?\n';

/** A repository with `configs/scripted.yaml`, which starts the scripted engine; nothing is committed yet. */
export async function workbench(
  options: {
    readonly git?: boolean;
    /** No experiment, no queries. */
    readonly empty?: boolean;
    readonly name?: string;
    readonly at?: string;
  } = {},
): Promise<Workbench> {
  const installed = await installedBench();
  const top = options.at ?? realpathSync(mkdtempSync(join(tmpdir(), 'bench-e2e-')));
  const [root, home] = [join(top, options.name ?? 'work'), join(top, 'home')];
  for (const folder of [root, home, join(top, 'locks')]) mkdirSync(folder, { recursive: true });
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TMPDIR: tmpdir(),
    XDG_CACHE_HOME: join(home, '.cache'),
    BENCH_LOCK_DIR: join(top, 'locks'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const bench = makeWorkbench({ root, home, installed, env });
  if (options.git !== false) {
    bench.git('init', '-q', '-b', 'main');
    bench.git('config', 'user.name', 'A Person');
    bench.git('config', 'user.email', 'person@example.org');
  }
  if (options.empty === true) return bench;
  bench.write({
    'configs/scripted.yaml': experiment(installed),
    'queries/q.csv': questions,
    'pace.json': JSON.stringify(pace),
  });
  return bench;
}

/** An experiment with the scripted engine; `args` are its further words, `more` further lines. */
export function experiment(
  installed: string,
  options: {
    readonly args?: readonly string[];
    readonly more?: string;
    readonly workload?: string;
    readonly env?: string;
  } = {},
): string {
  const args = ['--script', 'pace.json', ...(options.args ?? [])];
  return `description: a scripted engine
engine: custom
cmd: ${process.execPath}
args: ${JSON.stringify([scriptedEngine(installed), ...args])}
env: ${options.env ?? '{}'}
workload: { queries: queries/q.csv, max_tokens: 3${options.workload ?? ''} }
${options.more ?? ''}`;
}

function makeWorkbench(facts: Pick<Workbench, 'root' | 'home' | 'installed' | 'env'>): Workbench {
  const { root, installed, env } = facts;
  const main = join(installed, 'dist/src/main.js');
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const start = (options: BenchOptions, ...args: string[]): Started =>
    startChild([process.execPath, main, ...args], {
      cwd: options.cwd ?? root,
      env: { ...env, ...options.env },
    });
  const rows = (): readonly Row[] =>
    existsSync(join(root, 'bench_results.tsv'))
      ? decodeLedger(read('bench_results.tsv'), 'bench_results.tsv').lines.map((line) => line.row)
      : [];
  const row = (): Row => {
    const last = rows().at(-1);
    if (last === undefined) throw new Error(`no row; results: ${readdirSync(root)}`);
    return last;
  };
  return {
    ...facts,
    read,
    start,
    rows,
    row,
    bench: (...args) => start({}, ...args).ended,
    benchWith: (options, ...args) => start(options, ...args).ended,
    git: (...args) =>
      execFileSync('git', args, {
        cwd: root,
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }).trim(),
    write(files) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
    },
    bundle: () => join(root, '.bench_runs', row().run_id),
    bundles: () => listing(join(root, '.bench_runs')).filter((name) => runIdPattern.test(name)),
    filesHolding: (text) => holding(root, text),
    record: () => JSON.parse(read(`results/${row().run_id}.json`)) as Record<string, unknown>,
  };
}

function holding(root: string, text: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      return bytes.includes(text) || (path.includes('/.git/objects/') && inflated(bytes).includes(text));
    });
}

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateSync(bytes);
  } catch {
    return bytes;
  }
}

function listing(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
