import { createServer, type Server, type Socket } from 'node:net';
import { completion } from './completion.ts';
import { type HttpRequest, RequestReader } from './http-request.ts';
import type { RequestRecord } from './play.ts';
import { plain } from './script.ts';
import { type EngineState, reply, type ScriptedEngineOptions } from './state.ts';
import { tokenize } from './tokenize.ts';

/** A running scripted engine. */
export interface ScriptedEngine {
  readonly url: string;
  readonly port: number;
  /** By `x-request-id`; the latest where an id was used twice. */
  readonly records: ReadonlyMap<string, RequestRecord>;
  /** Drops every connection and stops listening. */
  close(): Promise<void>;
}

const defaults: Required<ScriptedEngineOptions> = {
  host: '127.0.0.1',
  port: 0,
  scripts: [plain],
  pace: {},
  readyAfterMs: 0,
  keepAliveMs: 5_000,
  dieAfterRequests: null,
  onDie: () => {},
  onRecord: () => {},
  model: 'scripted',
  onCompletion: () => {},
  skewPercent: 0,
  recall: null,
  limit: null,
  breaking: null,
  onBreak: () => {},
  doubleBos: false,
  prefillUsPerToken: 0,
  onRequest: () => {},
};

/** Starts an engine in this process. @throws the listen error (EADDRINUSE ...). */
export async function startScriptedEngine(options: ScriptedEngineOptions = {}): Promise<ScriptedEngine> {
  const full = { ...defaults, ...options };
  const readyAtMs = performance.now() + full.readyAfterMs;
  const state: EngineState = { options: full, records: new Map(), readyAtMs, completions: 0, tokens: 0 };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, state);
  });
  await listen(server, full.port, full.host);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : full.port;
  return {
    url: `http://${full.host}:${port}`,
    port,
    records: state.records,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** One connection: its requests one after another, and its idle timer between them. */
function serve(socket: Socket, state: EngineState): void {
  const reader = new RequestReader();
  let queue = Promise.resolve();
  let running = 0;
  const idleTimer = () => setTimeout(() => socket.end(), state.options.keepAliveMs);
  let idle = idleTimer();
  const answered = () => {
    running -= 1;
    if (running === 0 && !socket.destroyed) idle = idleTimer();
  };
  const drop = () => {
    socket.destroy();
  };
  socket.on('data', (bytes: Buffer) => {
    for (const request of readAll(reader, bytes, socket)) {
      running += 1;
      clearTimeout(idle);
      queue = queue.then(() => route(socket, request, state)).then(answered, drop);
    }
  });
  socket.on('error', drop);
  socket.on('close', () => clearTimeout(idle));
}

function readAll(reader: RequestReader, bytes: Buffer, socket: Socket): HttpRequest[] {
  try {
    return reader.push(bytes);
  } catch {
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    return [];
  }
}

async function route(socket: Socket, request: HttpRequest, state: EngineState): Promise<void> {
  const isCompletion = request.method === 'POST' && request.path === '/v1/chat/completions';
  if (isCompletion && isReady(state)) await completion(socket, request, state);
  else reply(socket, ...untimed(request, state));
}

function isReady(state: EngineState): boolean {
  return performance.now() >= state.readyAtMs;
}

/** Status and body of everything but a completion. */
function untimed({ method, path, body }: HttpRequest, state: EngineState): [status: number, body: unknown] {
  const loading = { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } };
  if (method === 'GET' && path === '/stamps') return [200, [...state.records.values()]];
  if (method === 'GET' && path.startsWith('/stamps/')) {
    const record = state.records.get(decodeURIComponent(path.slice('/stamps/'.length)));
    return record === undefined ? [404, { error: { message: 'no such request' } }] : [200, record];
  }
  if (method === 'GET' && path === '/metrics') return [200, metrics(state)];
  if (!isReady(state)) return [503, loading];
  if (method === 'GET' && path === '/health') return [200, { status: 'ok' }];
  if (method === 'GET' && path === '/version') return [200, { version: '0.0.0-scripted' }];
  const limitTokens = state.options.limit?.tokens ?? null;
  const counted = method === 'POST' ? tokenize(path, body, limitTokens) : null;
  if (counted !== null) return counted;
  const length = limitTokens === null ? {} : { max_model_len: limitTokens };
  const model = { id: state.options.model, object: 'model', created: 0, owned_by: 'scripted', ...length };
  if (method === 'GET' && path === '/v1/models') return [200, { object: 'list', data: [model] }];
  return [404, { error: { message: `no ${method} ${path}`, code: 404 } }];
}

function metrics(state: EngineState): string {
  const counters = {
    scripted_requests_total: state.completions,
    scripted_tokens_total: state.tokens,
    ...witness([...state.records.values()], 1 + state.options.skewPercent / 100),
  };
  return Object.entries(counters)
    .map(([name, value]) => `# TYPE ${name} counter\n${name} ${value}\n`)
    .join('');
}

/** What it did, as vLLM's histograms and counters put it; every time multiplied by `factor`. */
function witness(records: readonly RequestRecord[], factor: number): { [name: string]: number } {
  const texts = records.map(({ arrivalNs, frames }) => ({
    arrivalNs: Number(arrivalNs),
    stampsNs: frames
      .filter(([kind]) => kind === 'content' || kind === 'reasoning' || kind === 'tool')
      .map(([, tNs]) => Number(tNs)),
  }));
  const started = texts.flatMap(({ arrivalNs, stampsNs }) =>
    stampsNs[0] === undefined ? [] : [stampsNs[0] - arrivalNs],
  );
  const gaps = texts.flatMap(({ stampsNs }) =>
    stampsNs.slice(1).map((tNs, at) => tNs - (stampsNs[at] ?? tNs)),
  );
  const seconds = (times: readonly number[]): number =>
    (times.reduce((sum, time) => sum + time, 0) * factor) / 1e9;
  return {
    'vllm:time_to_first_token_seconds_sum': seconds(started),
    'vllm:time_to_first_token_seconds_count': started.length,
    'vllm:inter_token_latency_seconds_sum': seconds(gaps),
    'vllm:inter_token_latency_seconds_count': gaps.length,
    'vllm:num_preemptions_total': 0,
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}
