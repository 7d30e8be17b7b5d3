import { load1, machine } from '../machine.ts';
import { pace } from '../plan.ts';
import { pool } from './errors.ts';
import { pins } from './install.ts';
import type { PeerName } from './plan.ts';
import { ownSettings, type PeerStepResult } from './run-step.ts';
import { peerContextTable, peerErrorTable, type Result } from './table.ts';

/** What a report is made of, beside the results. */
export interface Circumstances {
  readonly compiler: string;
  readonly startedAt: string;
  /** One-minute load average before the first run. */
  readonly loadBefore: number;
  readonly clients: readonly PeerName[];
  readonly rounds: number;
  readonly warnings: readonly string[];
}

/** Runs and what was around them -> what `--json` prints; times in ms. */
export function report(
  results: readonly PeerStepResult[],
  { compiler, startedAt, loadBefore, clients, rounds, warnings }: Circumstances,
) {
  const lines = lineUp(results, clients);
  const busiest = Math.max(...lines.map(({ foreignCpuPct }) => foreignCpuPct));
  const noise =
    busiest > 5 ? [`other processes took up to ${busiest.toFixed(0)} % of a core: not a quiet machine`] : [];
  return {
    machine: machine(compiler),
    startedAt,
    load1: { before: loadBefore, after: load1() },
    versions: clients.flatMap((name) => (name === 'bench' ? [] : [pins[name].tool, ...pins[name].with])),
    settings: Object.assign({}, ...clients.map(ownSettings)) as Record<string, string>,
    pace,
    rounds,
    lines,
    warnings: [...warnings, ...noise],
  };
}

/** A report for people. */
export function render(it: ReturnType<typeof report>): string {
  const { cpu, cores, memoryGiB, kernel, node, compiler } = it.machine;
  const settings = Object.entries(it.settings).map(([name, value]) => `${name}=${value}`);
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}, ${compiler}`,
    `${it.startedAt}; load ${it.load1.before} before, ${it.load1.after} after; ${it.rounds} rounds; ` +
      `${pace.tokens} tokens a request at ${1000 / pace.itlMs}/s a stream, first one after ${pace.ttftMs} ms`,
    [...it.versions, ...settings].join(' '),
    '',
    'Errors in ms, warm',
    peerErrorTable(it.lines),
    '',
    'What was read and what was true, ms',
    peerContextTable(it.lines),
    '',
    ...it.warnings.map((warning) => `warning: ${warning}`),
    '',
  ].join('\n');
}

function lineUp(results: readonly PeerStepResult[], clients: readonly PeerName[]): Result[] {
  const cells = [...new Set(results.map(({ cell }) => cell))];
  return cells.flatMap((cell) =>
    clients.flatMap((client) => {
      const rounds = results.filter((it) => it.cell === cell && it.client === client);
      const pooled = pool(rounds.map(({ errors }) => errors));
      if (pooled === null) return [];
      const foreignCpuPct = rounds.reduce((sum, it) => sum + it.foreignCpuPct, 0) / rounds.length;
      return [{ client, streams: cell.streams, mode: cell.mode, ...pooled, foreignCpuPct }];
    }),
  );
}
