import { median, type Spread, spread } from '../clock/compare.ts';
import type { Cell } from '../clock/plan.ts';
import type { PathName } from './plan.ts';
import type { StepResult } from './run-step.ts';

/** p50 and p99, us. */
export type Pair = Pick<Spread, 'p50' | 'p99'>;

/** One path under one load; medians over rounds. Times in us. */
export interface Line {
  readonly path: PathName;
  readonly streams: number;
  readonly mode: Cell['mode'];
  /** From the engine's send to the client's read of one token. */
  readonly chunk: Pair;
  /** What a request's TTFT is longer than the engine's own. */
  readonly request: Pair;
  /** Over the direct path of the same round; null for that itself. */
  readonly added: { readonly chunk: Pair; readonly request: Pair } | null;
  readonly cpuPerChunkUs: number | null;
  readonly foreignCpuPct: number;
}

/** The proxy against nginx under one load: added latency over added latency, and the whole over the whole. */
export interface Ratio {
  readonly streams: number;
  readonly mode: Cell['mode'];
  readonly what: 'chunk' | 'request';
  readonly at: 'p50' | 'p99';
  /** Null where nginx adds nothing that could be told: there is nothing to be a multiple of. */
  readonly added: number | null;
  readonly whole: number;
  /** Lowest and highest `whole` of a round. */
  readonly lo: number;
  readonly hi: number;
  readonly isMet: boolean | null;
}

/** The most that the proxy may be of nginx. */
export const goal = 1.5;

/** All steps -> one line for each load and path. */
export function summarize(
  results: readonly StepResult[],
  cells: readonly Cell[],
  paths: readonly PathName[],
): Line[] {
  return cells.flatMap((cell) => {
    const here = results.filter((result) => result.cell === cell);
    return paths.map((path) => line(path, here));
  });
}

function line(path: PathName, here: readonly StepResult[]): Line {
  const own = here.filter((result) => result.path === path).sort((a, b) => a.round - b.round);
  const direct = here.filter((result) => result.path === 'direct').sort((a, b) => a.round - b.round);
  const first = own[0];
  if (first === undefined) throw new Error('a load without a result');
  const over = (
    part: keyof Pick<StepResult['warm'], 'chunkUs' | 'ttftUs'>,
    base: readonly StepResult[] | null,
  ): Pair => {
    const at = (p: 'p50' | 'p99') =>
      median(
        own.map(
          (each, n) =>
            spread(each.warm[part])[p] - (base === null ? 0 : spread(base[n]?.warm[part] ?? [])[p]),
        ),
      );
    return { p50: at('p50'), p99: at('p99') };
  };
  const cpus = own.flatMap(({ pathCpuUs }) => (pathCpuUs === null ? [] : [pathCpuUs]));
  return {
    path,
    streams: first.cell.streams,
    mode: first.cell.mode,
    chunk: over('chunkUs', null),
    request: over('ttftUs', null),
    added:
      path === 'direct' || direct.length === 0
        ? null
        : { chunk: over('chunkUs', direct), request: over('ttftUs', direct) },
    cpuPerChunkUs: cpus.length === 0 ? null : median(cpus),
    foreignCpuPct: median(own.map((each) => each.foreignCpuPct)),
  };
}

/** Lines -> the proxy against nginx; empty where one of them was not run. */
export function ratios(lines: readonly Line[], results: readonly StepResult[]): Ratio[] {
  return lines
    .filter((each) => each.path === 'proxy')
    .flatMap((proxy) => {
      const nginx = lines.find(
        (it) => it.path === 'nginx' && it.streams === proxy.streams && it.mode === proxy.mode,
      );
      if (nginx === undefined) return [];
      return (['chunk', 'request'] as const).flatMap((what) =>
        (['p50', 'p99'] as const).map((at) => ratio(proxy, nginx, what, at, results)),
      );
    });
}

function ratio(
  proxy: Line,
  nginx: Line,
  what: Ratio['what'],
  at: Ratio['at'],
  results: readonly StepResult[],
): Ratio {
  const part = what === 'chunk' ? 'chunkUs' : 'ttftUs';
  const of = (path: PathName) =>
    results
      .filter((it) => it.path === path && it.cell.streams === proxy.streams && it.cell.mode === proxy.mode)
      .sort((a, b) => a.round - b.round)
      .map((it) => spread(it.warm[part])[at]);
  const [mine, theirs] = [of('proxy'), of('nginx')];
  const rounds = mine.map((value, n) => value / (theirs[n] ?? Number.NaN));
  const theirsAdded = nginx.added?.[what][at] ?? 0;
  const added = theirsAdded > 0 ? Math.max(0, proxy.added?.[what][at] ?? Number.NaN) / theirsAdded : null;
  return {
    streams: proxy.streams,
    mode: proxy.mode,
    what,
    at,
    added,
    whole: median(rounds),
    lo: Math.min(...rounds),
    hi: Math.max(...rounds),
    isMet: added === null ? null : added <= goal,
  };
}
