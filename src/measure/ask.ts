import { type Json, sha256Hex } from '../canonical.ts';
import type { InterpretEvent } from '../engines/engine.ts';
import { AnswerReader } from './answer-reader.ts';
import type { Connection } from './connection.ts';
import { describeError, Exchange } from './exchange.ts';
import { type Ending, outcomeOf } from './outcome.ts';
import { encodeRequest, type Headers } from './request.ts';
import type { RequestTrace } from './trace.ts';

/** Where in a run a request belongs. */
export type RequestIdentity = Pick<RequestTrace, 'launch' | 'arm' | 'pair' | 'round' | 'query'>;

/** One streaming request. */
export interface AskRequest {
  /** Below the connection's base URL: `/v1/chat/completions`. */
  readonly path: string;
  /** Beside content-type and x-request-id, which are added: authorization, say. */
  readonly headers: Headers;
  readonly body: Json;
  readonly requestId: string;
  /** From sent to the last byte; before that, for connecting and sending. */
  readonly timeoutMs: number;
  readonly interpret: InterpretEvent;
  /** Takes secrets out of what an error quotes; absent: there are none. */
  readonly redact?: (text: string) => string;
  readonly signal: AbortSignal;
  readonly identity: RequestIdentity;
  readonly scheduledNs: number;
}

/** What came of a request. */
export interface Answer {
  readonly trace: RequestTrace;
  readonly text: { readonly reasoning: string; readonly answer: string };
  /** `not-streamed`, `no-done`, `data-after-done`, `stale-connection`. */
  readonly findings: readonly string[];
}

interface Progress {
  connectNs: number | null;
  sentNs: number | null;
}

/**
 * Asks one question over a warm connection and notes when each piece of the answer came. Whatever the server
 * does ends as an outcome, never as an exception. A request is written once: when a reused connection turns out
 * closed before any byte of response, the server may have begun the work, so it is `truncated` with the finding
 * `stale-connection` instead of a silent second try that would hide it and measure a warmed cache.
 */
export async function ask(connection: Connection, request: AskRequest): Promise<Answer> {
  const answer = new AnswerReader(request.interpret, request.redact);
  const headers = {
    ...request.headers,
    'content-type': 'application/json',
    'x-request-id': request.requestId,
  };
  const bytes = encodeRequest({
    method: 'POST',
    host: connection.host,
    path: connection.path(request.path),
    headers,
    body: JSON.stringify(request.body),
  });
  const progress: Progress = { connectNs: null, sentNs: null };
  const ending =
    (await prepare(connection, request, progress)) ??
    (await new Exchange(connection, answer, request).run(bytes, (tNs) => {
      progress.sentNs = tNs;
    }));
  if (ending.kind === 'complete') connection.release(answer.response);
  else connection.close();
  const isStale = ending.kind === 'closed' && answer.firstByteNs === null && progress.connectNs === null;
  if (isStale && progress.sentNs !== null) answer.findings.add('stale-connection');
  return answerOf(request, progress, answer, ending);
}

/** Gets the connection ready; null when it is. */
async function prepare(
  connection: Connection,
  request: AskRequest,
  progress: Progress,
): Promise<Ending | null> {
  if (await connection.isReusable()) return null;
  const timeout = AbortSignal.timeout(request.timeoutMs);
  try {
    progress.connectNs = await connection.prepare(
      request.headers,
      AbortSignal.any([request.signal, timeout]),
    );
    return null;
  } catch (error) {
    if (request.signal.aborted) return { kind: 'aborted' };
    if (timeout.aborted) return { kind: 'timeout' };
    return { kind: 'closed', error: `could not connect: ${describeError(error)}` };
  }
}

function answerOf(request: AskRequest, progress: Progress, answer: AnswerReader, ending: Ending): Answer {
  const { outcome, error } = outcomeOf(answer, ending);
  const { reasoning } = answer;
  const text = reasoning + answer.answer;
  const { launch, arm, pair, round, query } = request.identity;
  const trace: RequestTrace = {
    // Named one by one: V8 makes an object of 9 kB out of a spread that more members follow.
    launch,
    arm,
    pair,
    round,
    query,
    requestId: request.requestId,
    maxTokens: limitIn(request.body),
    scheduledNs: request.scheduledNs,
    sentNs: progress.sentNs,
    connectNs: progress.connectNs,
    headersNs: answer.headersNs,
    firstByteNs: answer.firstByteNs,
    chunks: answer.chunks,
    doneNs: answer.doneNs,
    status: answer.response.head?.status ?? null,
    finishReason: answer.finishReason,
    usage: answer.usage,
    engineTimings: answer.timings,
    outcome,
    error,
    textSha256: text === '' ? null : sha256Hex(text),
  };
  return { trace, text: { reasoning, answer: answer.answer }, findings: [...answer.findings] };
}

function limitIn(body: Json): number | null {
  if (body === null || typeof body !== 'object' || !('max_tokens' in body)) return null;
  return typeof body.max_tokens === 'number' ? body.max_tokens : null;
}
