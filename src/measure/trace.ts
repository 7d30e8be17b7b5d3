import type { Json } from '../canonical.ts';

/** What one piece of a response stream was. */
export type ChunkKind = 'role' | 'reasoning' | 'content' | 'tool' | 'usage' | 'comment' | 'done' | 'error';

/** [tNs since the run's epoch, kind, bytes of the frame, tokens in this chunk when the engine says so]. */
export type Chunk = readonly [tNs: number, kind: ChunkKind, bytes: number, tokens: number | null];

/** How a request ended; all but `ok` are errors. */
export type Outcome =
  | 'ok'
  | 'http-error'
  | 'error-frame'
  | 'bad-frame'
  | 'empty'
  | 'truncated'
  | 'timeout'
  | 'aborted';

/** Token counts as the engine stated them. */
export interface Usage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly cachedTokens: number | null;
}

/** What one request did, stamp by stamp: a line of requests.jsonl. All `*Ns` count from the run's epoch. */
export interface RequestTrace {
  readonly launch: number;
  readonly arm: 'baseline' | 'candidate';
  readonly pair: number | null;
  readonly round: number;
  readonly query: string;
  /** Sent as `x-request-id`. */
  readonly requestId: string;
  /** The `max_tokens` that was sent; null: none was. */
  readonly maxTokens: number | null;
  readonly scheduledNs: number;
  /** Just before the last piece of the request was handed to the kernel; null when it never came to that. */
  readonly sentNs: number | null;
  /** When a new connection was made for this request; null on a reused one. */
  readonly connectNs: number | null;
  readonly headersNs: number | null;
  readonly firstByteNs: number | null;
  readonly chunks: readonly Chunk[];
  readonly doneNs: number | null;
  readonly status: number | null;
  readonly finishReason: string | null;
  readonly usage: Usage | null;
  readonly engineTimings: Json;
  readonly outcome: Outcome;
  readonly error: string | null;
  /** sha256 of reasoning + answer text; null when there was none. */
  readonly textSha256: string | null;
}

/** What was said, kept beside the trace only with `keep_outputs: true`. */
export interface OutputText {
  readonly requestId: string;
  readonly query: string;
  readonly round: number;
  readonly reasoning: string;
  readonly answer: string;
}
