import type { Json } from '../canonical.ts';
import type { InterpretEvent, StreamEvent } from '../engines/engine.ts';
import { HttpResponse } from './http-response.ts';
import { type SseFrame, SseParser } from './sse.ts';
import type { Chunk, Usage } from './trace.ts';

/** A failure that the server spelled out inside its answer. */
export interface AnswerFailure {
  readonly outcome: 'error-frame' | 'bad-frame';
  readonly error: string;
}

/** A frame, or an answer that is not streamed, beyond this is refused instead of filling the memory. */
const maxFrameBytes = 64 * 1024 * 1024;
/** How much of an error's body is kept. */
const maxErrorBytes = 64 * 1024;

const JSON_START = new Set(Buffer.from('{['));
const WHITE_SPACE = new Set(Buffer.from(' \t\r\n'));

/**
 * Reads one answer from stamped bytes: HTTP, then an event stream or one JSON document, then the engine's
 * meaning. Pure: knows no socket and no clock; what it has seen so far stands in its fields.
 */
export class AnswerReader {
  readonly response = new HttpResponse();
  readonly chunks: Chunk[] = [];
  readonly findings = new Set<string>();
  firstByteNs: number | null = null;
  headersNs: number | null = null;
  /** Stamp of `[DONE]`, else of the read that completed the body. */
  doneNs: number | null = null;
  isDone = false;
  reasoning = '';
  answer = '';
  finishReason: string | null = null;
  usage: Usage | null = null;
  timings: Json = null;
  failure: AnswerFailure | null = null;
  /** Too much to go on reading. */
  isRefused = false;
  private readonly interpret: InterpretEvent;
  private readonly redact: (text: string) => string;
  private readonly sse = new SseParser();
  private mode: 'unknown' | 'sse' | 'json' | 'error' = 'unknown';
  private pieces: Buffer[] = [];
  private pieceBytes = 0;
  /** Stamp of the read that is being taken. */
  private readNs = 0;
  private countedTokens: number | null = 0;

  /** @param redact takes secrets out of what an error quotes. */
  constructor(interpret: InterpretEvent, redact: (text: string) => string = (text) => text) {
    this.interpret = interpret;
    this.redact = redact;
  }

  /** Takes the bytes of one read. */
  push(tNs: number, bytes: Buffer): void {
    this.firstByteNs ??= tNs;
    this.readNs = tNs;
    this.response.push(bytes, this.takeBody);
    if (this.response.head !== null) this.headersNs ??= tNs;
    if (this.response.isComplete()) this.finishBody(tNs);
  }

  /** The connection ended: what is complete with that is completed. */
  end(tNs: number): void {
    this.response.end();
    this.finishBody(tNs);
  }

  /** Whether the server has said its last word, though the body may not have ended. */
  hasLastWord(): boolean {
    return this.isDone || this.failure?.outcome === 'error-frame';
  }

  /** Whether the status is one of success; false before there is one. */
  isSuccess(): boolean {
    const status = this.response.head?.status ?? 0;
    return status >= 200 && status < 300;
  }

  hasTokens(): boolean {
    return this.reasoning !== '' || this.answer !== '';
  }

  /** The body of a refused request, white space collapsed, at most 500 characters. */
  errorExcerpt(): string {
    return this.quote(Buffer.concat(this.pieces).toString('utf8').replace(/\s+/g, ' ').trim(), 500);
  }

  /** What broke the protocol, at most 200 characters; null while nothing has. */
  protocolError(): string | null {
    return this.response.error === null ? null : this.quote(this.response.error, 200);
  }

  /** Redacted before it is cut: nobody recognises half a secret. */
  private quote(text: string, length: number): string {
    const clean = this.redact(text);
    return clean.length > length ? `${clean.slice(0, length)}...` : clean;
  }

  private readonly takeBody = (bytes: Buffer): void => {
    if (this.mode === 'unknown') this.mode = this.isSuccess() ? sniff(bytes) : 'error';
    if (this.mode === 'sse') {
      this.sse.push(this.readNs, bytes, this.takeFrame);
      if (this.sse.pendingBytes() > maxFrameBytes) this.refuse();
    } else if (this.mode !== 'unknown') {
      if (this.mode === 'json' && this.pieceBytes > maxFrameBytes) this.refuse();
      if (this.mode === 'error' && this.pieceBytes > maxErrorBytes) return;
      this.pieces.push(bytes);
      this.pieceBytes += bytes.length;
    }
  };

  private finishBody(tNs: number): void {
    // Half a frame is a sign of truncation, not of a server that writes bad JSON.
    const last = this.mode === 'sse' ? this.sse.end()[0] : undefined;
    if (last !== undefined && (isEndMark(last.data) || parseJson(last.data) !== undefined))
      this.takeFrame(last);
    if (this.mode === 'json' && this.response.isComplete()) {
      this.findings.add('not-streamed');
      this.takeData(tNs, Buffer.concat(this.pieces).toString('utf8'), this.pieceBytes);
      this.mode = 'unknown';
    }
    if (this.response.isComplete()) this.doneNs ??= tNs;
  }

  private readonly takeFrame = (frame: SseFrame): void => {
    if (this.isDone) {
      if (frame.kind === 'data') this.findings.add('data-after-done');
    } else if (frame.kind === 'comment' || frame.data.trim() === '') {
      this.chunks.push([frame.tNs, 'comment', frame.bytes, null]);
    } else if (isEndMark(frame.data)) {
      this.isDone = true;
      this.doneNs = frame.tNs;
      this.chunks.push([frame.tNs, 'done', frame.bytes, null]);
    } else {
      this.takeData(frame.tNs, frame.data, frame.bytes);
    }
  };

  private takeData(tNs: number, text: string, bytes: number): void {
    const data = parseJson(text);
    if (data === undefined) {
      this.failure ??= { outcome: 'bad-frame', error: `not JSON: ${JSON.stringify(this.quote(text, 200))}` };
      this.chunks.push([tNs, 'error', bytes, null]);
      return;
    }
    const event = this.interpret(data);
    this.reasoning += event.reasoning;
    this.answer += event.answer;
    this.finishReason = event.finishReason ?? this.finishReason;
    this.usage = event.usage ?? this.usage;
    this.timings = event.timings ?? this.timings;
    if (event.error !== null) this.failure ??= { outcome: 'error-frame', error: event.error };
    this.chunks.push([tNs, event.kind, bytes, this.tokensOf(event)]);
  }

  /** Tokens since the last chunk that had text; unknown for good once such a chunk came without a count. */
  private tokensOf(event: StreamEvent): number | null {
    if (event.reasoning === '' && event.answer === '') return null;
    const before = this.countedTokens;
    this.countedTokens = before === null ? null : event.generatedTokens;
    return before === null || this.countedTokens === null ? null : this.countedTokens - before;
  }

  private refuse(): void {
    this.failure ??= { outcome: 'bad-frame', error: `one frame has over ${maxFrameBytes} bytes` };
    this.isRefused = true;
  }
}

/** `{` and `[` start no line of an event stream, so the first byte tells, whatever the content type says. */
function sniff(bytes: Buffer): 'sse' | 'json' | 'unknown' {
  const first = bytes.find((byte) => !WHITE_SPACE.has(byte));
  if (first === undefined) return 'unknown';
  return JSON_START.has(first) ? 'json' : 'sse';
}

function isEndMark(data: string): boolean {
  return data.trim() === '[DONE]';
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
