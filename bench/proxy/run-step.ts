import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { addRequest, type Errors, noErrors } from '../clock/compare.ts';
import type { Binaries } from '../clock/compile.ts';
import { type Job, toArgv } from '../clock/job.ts';
import { cpuTime } from '../clock/machine.ts';
import { pace, requestMs } from '../clock/plan.ts';
import { readClaims, readTruth } from '../clock/stamps.ts';
import type { openPaths } from './paths.ts';
import type { Step } from './plan.ts';

/** What the client saw over one path. */
export interface StepResult extends Step {
  readonly warm: Errors;
  /** CPU of the process in between, us a chunk; null on the direct path. */
  readonly pathCpuUs: number | null;
  /** CPU taken by anything but the engine, the client and the path, in % of one core. */
  readonly foreignCpuPct: number;
}

/** What a step needs beside its own numbers. */
export interface Bench {
  readonly binaries: Binaries;
  readonly folder: string;
  readonly paths: Awaited<ReturnType<typeof openPaths>>;
}

/** A fresh engine, a fresh C client, the path between them; then their stamps are compared. */
export async function runStep(step: Step, bench: Bench): Promise<StepResult> {
  const { cell } = step;
  const requests = cell.warmup + cell.measured;
  const spreadMs = cell.mode === 'burst' || cell.streams === 1 ? 0 : requestMs;
  const done = await stream(
    step.path,
    { ...cell, requests, spreadMs, name: `${step.round}-${cell.streams}-${cell.mode}` },
    bench,
  );
  const warm = noErrors();
  for (const [id, claim] of done.claims) {
    const known = done.truth.get(id);
    if (known === undefined) throw new Error(`request ${id} never reached the engine`);
    if (Number(id.split('-').at(-1)) >= cell.warmup) addRequest(warm, id, claim, known);
  }
  const chunks = cell.streams * requests * pace.tokens;
  return {
    ...step,
    warm,
    pathCpuUs: done.pathCpuUs === null ? null : done.pathCpuUs / chunks,
    foreignCpuPct: done.foreignCpuPct,
  };
}

/** One load over one path. */
export interface Load {
  readonly streams: number;
  readonly mode: string;
  /** A stream, warm-up included. */
  readonly requests: number;
  readonly warmup: number;
  readonly spreadMs: number;
  readonly name: string;
}

/** Runs one client against one engine over a path. */
export async function stream(path: Step['path'], load: Load, bench: Bench) {
  const epochNs = process.hrtime.bigint();
  const before = { ...cpuTime(), own: process.cpuUsage() };
  const log = join(bench.folder, `${load.name}-${path}.engine`);
  const engine = await startEngine(bench.binaries.engine, epochNs, load.mode, log);
  const way = await bench.paths.to(path, engine.port);
  const cpuBefore = cpuUs(way.pid);
  const job: Job = {
    ...load,
    port: way.port,
    tokens: pace.tokens,
    epochNs,
    prefix: path,
    out: join(bench.folder, `${load.name}-${path}.client`),
  };
  try {
    await runFloor(bench.binaries.floor, job);
  } finally {
    const gone = once(engine.process, 'exit');
    engine.process.kill('SIGTERM');
    await gone;
  }
  const pathUs = way.pid === null ? null : cpuUs(way.pid) - cpuBefore;
  await way.close();
  const wallUs = Number(process.hrtime.bigint() - epochNs) / 1000;
  const own = process.cpuUsage(before.own);
  const { truth, cpuUs: engineUs } = readTruth(readFileSync(log, 'utf8'));
  const { claims, facts } = readClaims(readFileSync(job.out, 'utf8'));
  const oursUs = engineUs + facts.totalCpuUs + own.user + own.system + (pathUs ?? 0);
  const foreignUs = cpuTime().busyUs - before.busyUs - oursUs;
  return { truth, claims, pathCpuUs: pathUs, foreignCpuPct: Math.max(0, (100 * foreignUs) / wallUs) };
}

/** User and system time of a process so far, in steps of 10 ms. */
function cpuUs(pid: number | null): number {
  if (pid === null) return 0;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function startEngine(
  binary: string,
  epochNs: bigint,
  mode: string,
  log: string,
): Promise<{ process: ChildProcess; port: number }> {
  const argv = [epochNs, pace.ttftMs * 1000, pace.itlMs * 1000, mode, log].map(String);
  const child = spawn(binary, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { process: child, port: Number(line.split(' ')[1]) };
}

async function runFloor(binary: string, job: Job): Promise<void> {
  const child = spawn(binary, toArgv(job), { stdio: ['ignore', 'inherit', 'inherit'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), 30_000 + 3 * requestMs * job.requests);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(limit);
  if (code !== 0) throw new Error(`the client ended with ${signal ?? `exit ${code}`}`);
}
