import { type Errors, median, noErrors, type Spread, spread } from './compare.ts';
import type { Cell, ClientName, Mode } from './plan.ts';
import type { StepResult } from './run-step.ts';

/** One client under one load, all rounds pooled. Times in us unless the name says ms. */
export interface Line {
  readonly client: ClientName;
  readonly streams: number;
  readonly mode: Mode;
  readonly warm: Readonly<Record<keyof Errors, Spread>>;
  /** The first request of each stream of a fresh process. */
  readonly coldTtftUs: Spread;
  readonly cpuPerTokenUs: number;
  /** Event-loop delay: medians over rounds of p50, p99 and max; it includes its own 10 ms timer. Null for the floor. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** Per round: p50 and p99 of the warm TTFT, gap and chunk errors. */
  readonly rounds: readonly Readonly<Record<Judged, Pick<Spread, 'p50' | 'p99'>>>[];
  readonly foreignCpuPct: number;
  readonly stealPct: number;
}

/** The errors that goals are stated for. */
export type Judged = 'ttftUs' | 'gapUs' | 'chunkUs';

/** All steps of a run -> one line for each cell and client. */
export function summarize(
  results: readonly StepResult[],
  cells: readonly Cell[],
  clients: readonly ClientName[],
): Line[] {
  return cells.flatMap((cell) =>
    clients.map((client) =>
      line(results.filter((result) => result.cell === cell && result.client === client)),
    ),
  );
}

function line(results: readonly StepResult[]): Line {
  const first = results[0];
  if (first === undefined) throw new Error('a cell without a result');
  const sum = (pick: (result: StepResult) => number) =>
    results.reduce((total, result) => total + pick(result), 0);
  const mean = (pick: (result: StepResult) => number) => sum(pick) / results.length;
  return {
    client: first.client,
    streams: first.cell.streams,
    mode: first.cell.mode,
    warm: spreads(pool(results.map((result) => result.warm))),
    coldTtftUs: spread(results.flatMap((result) => result.cold.ttftUs)),
    cpuPerTokenUs: sum((result) => result.facts.cpuUs) / sum((result) => result.facts.tokens),
    loopDelayMs: loopDelay(results),
    rounds: results.map(({ warm }) => ({
      ttftUs: spread(warm.ttftUs),
      gapUs: spread(warm.gapUs),
      chunkUs: spread(warm.chunkUs),
    })),
    foreignCpuPct: mean((result) => result.foreignCpuPct),
    stealPct: mean((result) => result.stealPct),
  };
}

function pool(all: readonly Errors[]): Errors {
  const pooled = noErrors();
  for (const errors of all) {
    for (const key of Object.keys(pooled) as (keyof Errors)[]) {
      for (const value of errors[key]) pooled[key].push(value);
    }
  }
  return pooled;
}

function spreads(errors: Errors): Record<keyof Errors, Spread> {
  const { ttftUs, ttftAtCallUs, gapUs, chunkUs, jitterUs, writeUs } = errors;
  return {
    ttftUs: spread(ttftUs),
    ttftAtCallUs: spread(ttftAtCallUs),
    gapUs: spread(gapUs),
    chunkUs: spread(chunkUs),
    jitterUs: spread(jitterUs),
    writeUs: spread(writeUs),
  };
}

function loopDelay(results: readonly StepResult[]): Line['loopDelayMs'] {
  const seen = results.flatMap(({ facts }) => (facts.loopDelayNs === null ? [] : [facts.loopDelayNs]));
  if (seen.length === 0) return null;
  const middle = (i: 0 | 1 | 2) => median(seen.map((delay) => delay[i])) / 1e6;
  return { p50: middle(0), p99: middle(1), max: middle(2) };
}
