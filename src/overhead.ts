import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { interpretOpenAi } from './engines/openai-stream.ts';
import { type Clock, startClock } from './measure/clock.ts';
import { connect } from './measure/connection.ts';
import { askInContext } from './measure/replay.ts';
import type { RequestTrace } from './measure/trace.ts';
import { quantileType7 } from './stats/quantile.ts';

/** The client's own error on this machine, against a server whose sends were stamped. Times in ms. */
export interface ClientOverhead {
  /** Of TTFT: the client's, less the server's from arrival to send. */
  readonly ttftP50Ms: number;
  readonly ttftP99Ms: number;
  /** Of the gap between two chunks, absolute. */
  readonly gapP50Ms: number;
  readonly gapP99Ms: number;
  readonly requests: number;
  readonly gaps: number;
}

const requests = 30;
/** The first ones compile the client's code; the engine's warm-up does the same for the measured ones. */
const discarded = 10;
const chunks = 10;

/** One answer as the scripted engine stamped it: see test/scripted-engine. */
interface SendRecord {
  readonly id: string;
  readonly arrivalNs: string;
  readonly frames: readonly [kind: string, tNs: string, deadlineMs: number][];
}

/**
 * Measures bench's own client against the scripted engine, in about a second, before the engine is started.
 * Null when the installation has no scripted engine.
 * @throws the signal's reason when it aborts, Error when the scripted engine does not start.
 */
export async function measureOverhead(
  benchRoot: string,
  signal: AbortSignal,
): Promise<ClientOverhead | null> {
  const program = join(benchRoot, 'dist', 'test', 'scripted-engine', 'main.js');
  if (!existsSync(program)) return null;
  const folder = mkdtempSync(join(tmpdir(), 'bench-overhead-'));
  const [log, pace] = [join(folder, 'sends.jsonl'), join(folder, 'pace.json')];
  writeFileSync(pace, JSON.stringify({ chunks, ttftMs: 4, itlMs: 2 }));
  const server = startServer([program, '--log', log, '--script', pace]);
  try {
    const clock = startClock();
    const traces = await askAll(await addressOf(server), clock, signal);
    signal.throwIfAborted();
    server.stdin?.end();
    await new Promise((resolve) => server.once('close', resolve));
    return compare(traces.slice(discarded), readRecords(log), clock);
  } finally {
    server.stdin?.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The server ends when its standard input does, so it cannot outlive bench. */
function startServer(args: readonly string[]): ChildProcess {
  const script = '"$@" & server=$!; cat >/dev/null; kill "$server"; wait "$server"';
  return spawn('/bin/sh', ['-c', script, 'sh', process.execPath, ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    env: {},
  });
}

async function addressOf(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('the scripted engine has no output');
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /listening on (\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('the scripted engine ended before it listened');
}

async function askAll(url: string, clock: Clock, signal: AbortSignal): Promise<RequestTrace[]> {
  const connection = connect(url, clock);
  const context = {
    connection,
    clock,
    signal,
    timeoutMs: 5_000,
    interpret: interpretOpenAi,
    identity: { launch: 0, arm: 'candidate' as const, pair: null },
  };
  const body = { model: 'scripted', stream: true, messages: [{ role: 'user', content: 'x' }] };
  const traces: RequestTrace[] = [];
  for (let at = 0; at < requests && !signal.aborted; at += 1) {
    const wire = { path: '/v1/chat/completions', headers: {}, body, requestId: `overhead-${at}` };
    traces.push((await askInContext(context, wire, { round: 0, query: wire.requestId })).trace);
  }
  connection.close();
  return traces;
}

function readRecords(path: string): Map<string, SendRecord> {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  const records = lines.map((line) => JSON.parse(line) as SendRecord);
  return new Map(records.map((record) => [record.id, record]));
}

function compare(
  traces: readonly RequestTrace[],
  records: ReadonlyMap<string, SendRecord>,
  clock: Clock,
): ClientOverhead | null {
  const ttft: number[] = [];
  const gaps: number[] = [];
  for (const trace of traces) {
    const record = records.get(trace.requestId);
    const seen = trace.chunks.filter(([, kind]) => kind === 'content').map(([tNs]) => tNs);
    const sent = (record?.frames ?? [])
      .filter(([kind]) => kind === 'content')
      .map(([, tNs]) => sinceEpoch(tNs, clock));
    const [firstSeen, firstSent] = [seen[0], sent[0]];
    if (record === undefined || trace.sentNs === null || firstSeen === undefined || firstSent === undefined)
      continue;
    ttft.push((firstSeen - trace.sentNs - (firstSent - sinceEpoch(record.arrivalNs, clock))) / 1e6);
    const errors = seen.map((tNs, at) => tNs - (sent[at] ?? tNs));
    gaps.push(...errors.slice(1).map((error, at) => Math.abs(error - (errors[at] ?? error)) / 1e6));
  }
  if (ttft.length === 0 || gaps.length === 0) return null;
  const at = (values: number[], p: number): number =>
    quantileType7(
      [...values].sort((a, b) => a - b),
      p,
    );
  return {
    ttftP50Ms: at(ttft, 0.5),
    ttftP99Ms: at(ttft, 0.99),
    gapP50Ms: at(gaps, 0.5),
    gapP99Ms: at(gaps, 0.99),
    requests: ttft.length,
    gaps: gaps.length,
  };
}

function sinceEpoch(monotonicNs: string, clock: Clock): number {
  return Number(BigInt(monotonicNs) - clock.epochMonotonicNs);
}
