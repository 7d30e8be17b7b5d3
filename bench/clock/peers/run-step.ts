import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { toArgv } from '../job.ts';
import { cpuTime } from '../machine.ts';
import { pace, requestMs } from '../plan.ts';
import { readClaims, readTruth } from '../stamps.ts';
import { aiperfRun, readAiperf } from './aiperf.ts';
import { compare, type PeerErrors } from './errors.ts';
import { guidellmRun, readGuidellm } from './guidellm.ts';
import { readOwn } from './own.ts';
import type { PeerName, PeerStep } from './plan.ts';
import { finish, start } from './processes.ts';
import type { Load, Reading } from './reading.ts';

/** Where the programs are: the compiled engine, and the python of each installed peer. */
export interface Programs {
  readonly engine: string;
  readonly python: ReadonlyMap<PeerName, string>;
}

/** What one client under one load gave. */
export interface PeerStepResult extends PeerStep {
  readonly errors: PeerErrors;
  /** CPU taken by anything but the engine, the client and this process, in % of one core. */
  readonly foreignCpuPct: number;
}

interface Told {
  readonly readings: readonly Reading[];
  readonly cpuUs: number;
}

/** Runs one client against a fresh engine. @throws Error that says how the client failed. */
export async function runPeerStep(
  step: PeerStep,
  programs: Programs,
  scratch: string,
): Promise<PeerStepResult> {
  const { cell, client, round } = step;
  const folder = join(scratch, `${round}-${cell.streams}-${cell.mode}-${client}`);
  mkdirSync(folder, { recursive: true });
  const epochNs = process.hrtime.bigint();
  const before = { ...cpuTime(), own: process.cpuUsage() };
  const log = join(folder, 'engine');
  const engine = await startEngine(programs.engine, [
    epochNs,
    pace.ttftMs * 1000,
    pace.itlMs * 1000,
    cell.mode,
    log,
  ]);
  const requests = cell.streams * (cell.warmup + cell.measured);
  const load = { port: engine.port, streams: cell.streams, requests, tokens: pace.tokens, folder };
  let told: Told;
  try {
    told = client === 'bench' ? await runOwn(step, load, epochNs) : await runPeer(client, load, programs);
  } finally {
    await engine.stop();
  }
  const wallUs = Number(process.hrtime.bigint() - epochNs) / 1000;
  const own = process.cpuUsage(before.own);
  const { truth, cpuUs } = readTruth(readFileSync(log, 'utf8'));
  for (const [id, { tokens }] of truth) if (tokens.length < pace.tokens) truth.delete(id);
  const oursUs = cpuUs + told.cpuUs + own.user + own.system;
  return {
    ...step,
    errors: compare(told.readings, truth, cell.streams * cell.warmup, cell.streams),
    foreignCpuPct: Math.max(0, (100 * (cpuTime().busyUs - before.busyUs - oursUs)) / wallUs),
  };
}

async function startEngine(
  binary: string,
  args: readonly unknown[],
): Promise<{ readonly port: number; stop(): Promise<unknown> }> {
  const child = start(binary, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new Error('the engine has no stdout');
  const gone = once(child, 'exit');
  const early = gone.then(([code, signal]) => {
    throw new Error(`the engine ended at once: ${signal ?? `exit ${code}`}`);
  });
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), early])) as [string];
  early.catch(() => undefined);
  const stop = () => {
    child.kill('SIGTERM');
    return gone;
  };
  return { port: Number(line.split(' ')[1]), stop };
}

/** bench's own request path in a process of its own, as in `npm run bench:clock`. */
async function runOwn({ cell }: PeerStep, load: Load, epochNs: bigint): Promise<Told> {
  const { port, streams, tokens, folder } = load;
  const { warmup, measured, mode } = cell;
  const out = join(folder, 'client');
  const spreadMs = mode === 'burst' || streams === 1 ? 0 : requestMs;
  const job = {
    port,
    streams,
    requests: warmup + measured,
    warmup,
    tokens,
    spreadMs,
    epochNs,
    prefix: 'bench',
    out,
  };
  const script = join(dirname(fileURLToPath(import.meta.url)), '..', 'client-bench.js');
  const child = start(process.execPath, [script, ...toArgv(job)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const { failure, lastLine } = await finish(child, limitMs(load));
  if (failure !== null) throw new Error(`${failure}: ${lastLine}`);
  const text = readFileSync(out, 'utf8');
  return { readings: readOwn(text), cpuUs: readClaims(text).facts.totalCpuUs };
}

/** Runs the peer and writes the CPU time of it and its descendants to the file named first. */
const launcher = `import resource, subprocess, sys
code = subprocess.call([sys.executable] + sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], "w").write(str(used.ru_utime + used.ru_stime))
sys.exit(code)`;

async function runPeer(client: Exclude<PeerName, 'bench'>, load: Load, { python }: Programs): Promise<Told> {
  const [prepare, read] = client === 'guidellm' ? [guidellmRun, readGuidellm] : [aiperfRun, readAiperf];
  const { args, env, out } = prepare(load);
  const cpuFile = join(load.folder, 'cpu');
  const command = python.get(client) ?? 'python3';
  const child = start(command, ['-c', launcher, cpuFile, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: load.folder,
    env: {
      ...ownSettings(client),
      PATH: process.env.PATH,
      HOME: load.folder,
      TMPDIR: load.folder,
      ...env,
    },
  });
  const { failure, lastLine } = await finish(child, limitMs(load));
  if (failure !== null) throw new Error(`${failure}: ${lastLine}`);
  if (!existsSync(out)) throw new Error(`it wrote no export: ${lastLine}`);
  return { readings: read(readFileSync(out, 'utf8')), cpuUs: Number(readFileSync(cpuFile, 'utf8')) * 1e6 };
}

/** The caller's settings of this peer, GUIDELLM__MAX_WORKER_PROCESSES=2 say; nothing else of the environment. */
export function ownSettings(client: PeerName): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith(`${client.toUpperCase()}_`));
  return Object.fromEntries(own.map(([name, value]) => [name, value ?? '']));
}

/** Start, tenfold the time the requests need, export. */
function limitMs({ streams, requests }: Load): number {
  return 180_000 + (10 * requestMs * requests) / streams;
}
