import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { addRequest, type Errors, noErrors } from './compare.ts';
import type { Binaries } from './compile.ts';
import { type Job, toArgv } from './job.ts';
import { cpuTime } from './machine.ts';
import { type ClientName, pace, requestMs, type Step } from './plan.ts';
import { type ClientFacts, readClaims, readTruth } from './stamps.ts';

/** What one client process under one load gave. */
export interface StepResult extends Step {
  readonly cold: Errors;
  readonly warm: Errors;
  readonly facts: ClientFacts;
  /** CPU taken by anything but the engine, the client and this process, in % of one core. */
  readonly foreignCpuPct: number;
  /** Time the hypervisor kept from this machine, in % of one core. */
  readonly stealPct: number;
}

/** Starts a fresh engine and a fresh client, waits for the client, stops the engine, compares their stamps. */
export async function runStep(step: Step, binaries: Binaries, folder: string): Promise<StepResult> {
  const { cell, client, round } = step;
  const name = `${round}-${cell.streams}-${cell.mode}-${client}`;
  const epochNs = process.hrtime.bigint();
  const before = { ...cpuTime(), own: process.cpuUsage() };
  const engineLog = join(folder, `${name}.engine`);
  const engine = await startEngine(binaries.engine, epochNs, cell.mode, engineLog);
  const job: Job = {
    port: engine.port,
    streams: cell.streams,
    requests: cell.warmup + cell.measured,
    warmup: cell.warmup,
    tokens: pace.tokens,
    spreadMs: cell.mode === 'burst' || cell.streams === 1 ? 0 : requestMs,
    epochNs,
    prefix: client,
    out: join(folder, `${name}.client`),
  };
  try {
    await runClient(client, binaries, job);
  } finally {
    const gone = once(engine.process, 'exit');
    engine.process.kill('SIGTERM');
    await gone;
  }
  const wallUs = Number(process.hrtime.bigint() - epochNs) / 1000;
  const after = cpuTime();
  const own = process.cpuUsage(before.own);
  const { truth, cpuUs } = readTruth(readFileSync(engineLog, 'utf8'));
  const { claims, facts } = readClaims(readFileSync(job.out, 'utf8'));
  const result = { ...step, cold: noErrors(), warm: noErrors(), facts };
  for (const [id, claim] of claims) {
    const k = Number(id.split('-').at(-1));
    const known = truth.get(id);
    if (known === undefined) throw new Error(`request ${id} never reached the engine`);
    if (k === 0) addRequest(result.cold, id, claim, known);
    if (k >= cell.warmup) addRequest(result.warm, id, claim, known);
  }
  const oursUs = cpuUs + facts.totalCpuUs + own.user + own.system;
  const percent = (us: number) => Math.max(0, (100 * us) / wallUs);
  return {
    ...result,
    foreignCpuPct: percent(after.busyUs - before.busyUs - oursUs),
    stealPct: percent(after.stealUs - before.stealUs),
  };
}

async function startEngine(
  binary: string,
  epochNs: bigint,
  mode: string,
  log: string,
): Promise<{ process: ChildProcess; port: number }> {
  const child = spawn(binary, [epochNs, pace.ttftMs * 1000, pace.itlMs * 1000, mode, log].map(String), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { process: child, port: Number(line.split(' ')[1]) };
}

async function runClient(client: ClientName, binaries: Binaries, job: Job): Promise<void> {
  const script = join(dirname(fileURLToPath(import.meta.url)), `client-${client}.js`);
  const [command, args] = client === 'floor' ? [binaries.floor, []] : [process.execPath, [script]];
  const child = spawn(command, [...args, ...toArgv(job)], { stdio: ['ignore', 'inherit', 'inherit'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), 20_000 + 3 * requestMs * job.requests);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(limit);
  if (code !== 0) throw new Error(`the ${client} client ended with ${signal ?? `exit ${code}`}`);
}
