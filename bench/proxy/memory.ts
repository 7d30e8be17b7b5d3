import { readFileSync } from 'node:fs';
import { pace } from '../clock/plan.ts';
import { type Bench, stream } from './run-step.ts';

const streams = 64;
const chunksWanted = 200_000;
const sampleMs = 500;

/** Resident memory of the proxy while it streams. */
export interface MemoryResult {
  readonly chunks: number;
  /** MiB, at equal distances over the run. */
  readonly rssMiB: readonly number[];
  /** Medians of the second and of the last quarter. */
  readonly earlyMiB: number;
  readonly lateMiB: number;
}

/** Streams 200,000 chunks through the proxy and watches its memory. */
export async function watchMemory(bench: Bench): Promise<MemoryResult> {
  const requests = Math.ceil(chunksWanted / streams / pace.tokens);
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(rssMiB(bench.paths.proxy.pid)), sampleMs);
  try {
    const load = { streams, mode: 'staggered', requests, warmup: 0, spreadMs: 190, name: 'memory' };
    const { truth } = await stream('proxy', load, bench);
    const chunks = [...truth.values()].reduce((total, { tokens }) => total + tokens.length, 0);
    const quarter = Math.floor(samples.length / 4);
    const earlyMiB = middle(samples.slice(quarter, 2 * quarter));
    return { chunks, rssMiB: tenths(samples), earlyMiB, lateMiB: middle(samples.slice(-quarter)) };
  } finally {
    clearInterval(timer);
  }
}

function rssMiB(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return (pages * 4096) / 2 ** 20;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function tenths(samples: readonly number[]): number[] {
  return Array.from(
    { length: 11 },
    (_, at) => samples[Math.round((at / 10) * (samples.length - 1))] ?? Number.NaN,
  );
}
