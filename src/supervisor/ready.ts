import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Json } from '../canonical.ts';

/** Why an engine that still runs cannot be used. */
export class ReadyFailure extends Error {
  override readonly name = 'ReadyFailure';
  /** Crash reason of the ledger. */
  readonly reason: string;
  readonly hint: string;

  constructor(reason: string, message: string, hint: string) {
    super(message);
    this.reason = reason;
    this.hint = hint;
  }
}

/** What readiness is asked of. */
export interface ReadyProbe {
  readonly name: string;
  readonly baseUrl: string;
  readonly healthPath: string;
  readonly model: string | null;
  readyRequest(model: string): { readonly [key: string]: Json };
  /** Sent with every question: authorization, say. */
  readonly headers: { readonly [name: string]: string };
  /** Takes secrets out of a text. */
  redact(text: string): string;
  onHealthy(): void;
  /** Told of each step's last answer, so that a timeout can say how far it came. */
  onProgress(sentence: string): void;
}

const POLL_MS = 50;
/** One question about health or models. */
const ASK_MS = 5_000;
/** So many server errors of the completion are forgiven: some engines say 500 while they finish loading. */
const FORGIVEN = 3;

type Answer = { readonly status: number; readonly text: string };

/**
 * Asks until the engine can work: healthy, then its model list names the model, then one tiny completion
 * succeeds. Bounded by the signal (timeout, death, interruption), never by itself.
 * @returns the model id it serves.
 * @throws ReadyFailure when it answers but cannot be used; the signal's reason when it aborts.
 */
export async function waitUntilReady(probe: ReadyProbe, signal: AbortSignal): Promise<string> {
  // Every question has its own connection: none is left idle for the engine to close.
  const dispatcher = new Agent({ pipelining: 0, headersTimeout: 0, bodyTimeout: 0 });
  const ask: Ask = async (path, body) => {
    const answer = await askOnce(
      dispatcher,
      { url: probe.baseUrl + path, body, headers: probe.headers },
      signal,
    );
    if (answer?.status === 401)
      throw unauthorized(`${body === null ? 'GET' : 'POST'} ${path}`, answer, probe);
    return answer;
  };
  try {
    await untilHealthy(probe, ask, signal);
    probe.onHealthy();
    const model = await servedModel(probe, ask, signal);
    await complete(probe, ask, model, signal);
    return model;
  } finally {
    await dispatcher.destroy();
  }
}

/** Whether a server on a port of 127.0.0.1 answers its health path with a success. */
export async function isHealthy(port: number, healthPath: string): Promise<boolean> {
  const dispatcher = new Agent({ pipelining: 0 });
  try {
    const answer = await askOnce(
      dispatcher,
      { url: `http://127.0.0.1:${port}${healthPath}`, body: null, headers: {} },
      AbortSignal.timeout(1_000),
    );
    return answer !== null && isSuccess(answer);
  } finally {
    await dispatcher.destroy();
  }
}

type Ask = (path: string, body: Json) => Promise<Answer | null>;

async function untilHealthy(probe: ReadyProbe, ask: Ask, signal: AbortSignal): Promise<void> {
  await repeat(signal, async () => {
    const answer = await ask(probe.healthPath, null);
    probe.onProgress(`GET ${probe.healthPath} ${describe(answer)}`);
    return answer !== null && isSuccess(answer) ? true : null;
  });
}

/** The id to ask for: the one named if the engine lists it, or the only one it lists. */
async function servedModel(probe: ReadyProbe, ask: Ask, signal: AbortSignal): Promise<string> {
  const answer = await repeat(signal, async () => {
    const models = await ask('/v1/models', null);
    probe.onProgress(`GET /v1/models ${describe(models)}`);
    return models === null || models.status >= 500 ? null : models;
  });
  if (!isSuccess(answer)) throw refused('GET /v1/models', answer, probe);
  const ids = modelIds(answer.text);
  if (probe.model !== null) {
    if (ids.includes(probe.model)) return probe.model;
    throw new ReadyFailure(
      'model-missing',
      `${probe.name} does not serve ${probe.model}; it serves ${ids.join(', ') || 'nothing'}.`,
      'Name one of these under `model:`, or leave it out.',
    );
  }
  const [only, ...others] = ids;
  if (only !== undefined && others.length === 0) return only;
  throw new ReadyFailure(
    only === undefined ? 'model-missing' : 'model-unnamed',
    only === undefined
      ? `${probe.name} lists no model.`
      : `${probe.name} serves several models: ${ids.join(', ')}.`,
    'Name the one to ask for under `model:`.',
  );
}

async function complete(probe: ReadyProbe, ask: Ask, model: string, signal: AbortSignal): Promise<void> {
  let failures = 0;
  await repeat(signal, async () => {
    const answer = await ask('/v1/chat/completions', probe.readyRequest(model));
    probe.onProgress(`POST /v1/chat/completions ${describe(answer)}`);
    if (answer === null || answer.status === 503) return null;
    if (isSuccess(answer) && isCompletion(answer.text)) return true;
    if (answer.status >= 500 && ++failures <= FORGIVEN) {
      await sleep(500, undefined, { signal }).catch(() => undefined);
      return null;
    }
    throw refused('the first completion', answer, probe);
  });
}

/** Repeats until there is a value. */
async function repeat<T>(signal: AbortSignal, attempt: () => Promise<T | null>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const value = await attempt();
    if (value !== null) return value;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** One request; null when the server could not be reached or broke off. A question without body has five seconds. */
async function askOnce(
  dispatcher: Agent,
  { url, body, headers }: { url: string; body: Json; headers: ReadyProbe['headers'] },
  signal: AbortSignal,
): Promise<Answer | null> {
  const limited = body === null ? AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]) : signal;
  try {
    const response = await request(url, {
      dispatcher,
      signal: limited,
      ...(body === null
        ? { method: 'GET', headers }
        : {
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          }),
    });
    return { status: response.statusCode, text: await response.body.text() };
  } catch {
    return null;
  }
}

function isSuccess(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** A body that is an error in a 200 is none. Streams are not taken apart here. */
function isCompletion(text: string): boolean {
  const body = parseObject(text);
  return body === null
    ? /^data:/m.test(text) && !/^data:\s*\{"error"/m.test(text)
    : Array.isArray(body.choices);
}

function modelIds(text: string): string[] {
  const { data } = parseObject(text) ?? {};
  if (!Array.isArray(data)) return [];
  return data.map((model: { id?: unknown } | null) => model?.id).filter((id) => typeof id === 'string');
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function describe(answer: Answer | null): string {
  return answer === null ? 'got no answer' : `answered ${answer.status}`;
}

/** Loading does not end it: an engine asks for its key from its first answer on. */
function unauthorized(what: string, answer: Answer, probe: ReadyProbe): ReadyFailure {
  return new ReadyFailure(
    'api-key',
    said(what, answer, probe),
    probe.headers.authorization === undefined
      ? 'The engine wants an API key: give it `--api-key` in its arguments, and bench sends that key with every request.'
      : 'bench sent the key that `--api-key` in its arguments gives the engine, and the engine wants another.',
  );
}

function said(what: string, answer: Answer, { name, redact }: ReadyProbe): string {
  // Redacted before it is cut: nobody recognises half a secret.
  const text = redact(answer.text).trim().slice(0, 300);
  return `${name} refused ${what} with status ${answer.status}${text === '' ? '' : `: ${text}`}`;
}

function refused(what: string, answer: Answer, probe: ReadyProbe): ReadyFailure {
  return new ReadyFailure(
    'engine-error',
    said(what, answer, probe),
    'The engine runs but cannot answer; its own words are above and in engine.log.',
  );
}
