/** How a stream goes wrong, and after how many chunks of text (0: before any byte of the response). */
export interface Fault {
  readonly after: number;
  readonly kind: 'close' | 'reset' | 'stall' | 'garbage' | 'error-object' | 'error-text' | 'error-top';
}

/** What one answer looks like on the wire and when each piece leaves. Times are ms since the request was read. */
export interface Script {
  /** Chunks of text; null: as many as the request's `max_tokens` allows, else 16. */
  readonly chunks: number | null;
  readonly tokensPerChunk: number;
  /** Deadline of the first chunk of text; chunk i leaves at `ttftMs + i * itlMs`. */
  readonly ttftMs: number;
  readonly itlMs: number;
  /** Deadline of a role-only chunk (`content: null`); null: none. */
  readonly roleAtMs: number | null;
  /** Deadline of a chunk with `content: ""`; null: none. */
  readonly emptyAtMs: number | null;
  /** So many chunks of text are reasoning, the rest are the answer. */
  readonly reasoningChunks: number;
  readonly reasoningKey: 'reasoning_content' | 'reasoning';
  /** The answer is a tool call: its name first, then its arguments in pieces. */
  readonly tools: boolean;
  /** Adds `tool_calls: null` and other null members to every delta. */
  readonly nulls: boolean;
  readonly usage: 'end' | 'every' | 'none';
  /** Prompt tokens that the usage says came from the prefix cache. */
  readonly cachedTokens: number;
  /** After the last chunk of text. */
  readonly usageDelayMs: number;
  /** llama.cpp's `timings` beside the usage, as planned. */
  readonly timings: boolean;
  readonly finishReason: string | null;
  readonly done: boolean;
  /** After the chunk before it. */
  readonly doneDelayMs: number;
  /** A chunk of text after [DONE], which no client should take. */
  readonly textAfterDone: boolean;
  readonly eol: '\n' | '\r\n' | '\r';
  /** A space after `data:`. */
  readonly space: boolean;
  readonly bom: boolean;
  /** A comment before every k-th chunk of text; 0: none. */
  readonly commentEvery: number;
  /** The JSON of a frame over two `data:` lines. */
  readonly multiLine: boolean;
  /** The blank line after the last frame. */
  readonly terminated: boolean;
  /** So many frames leave in one write, with the last one's deadline. */
  readonly framesPerWrite: number;
  /** Each frame of text leaves in so many writes, 1 ms apart, one cut inside a UTF-8 sequence. */
  readonly writesPerFrame: number;
  /** What the chunks of text say, in turn; null: words of the engine's own. */
  readonly texts: readonly string[] | null;
  /** Extra bytes in every chunk of text. */
  readonly padBytes: number;
  readonly fault: Fault | null;
  /** What the frame of an error or of garbage holds; null: words of the engine's own. */
  readonly faultText: string | null;
  /** How long a stall lasts; null: for ever. */
  readonly stallMs: number | null;
  /** A status other than 200 sends `body` and nothing else. */
  readonly status: number;
  readonly body: string;
  /** False: one JSON document, though a stream was asked for. */
  readonly streamed: boolean;
  /** How the body ends: by its framing, or by the close of the connection. */
  readonly transfer: 'chunked' | 'close';
  /** Says `Connection: close`. */
  readonly closeAfter: boolean;
}

/** One token a chunk at 50 a second after 100 ms: what a script starts from. */
export const plain: Script = {
  chunks: null,
  tokensPerChunk: 1,
  ttftMs: 100,
  itlMs: 20,
  roleAtMs: null,
  emptyAtMs: null,
  reasoningChunks: 0,
  reasoningKey: 'reasoning_content',
  tools: false,
  nulls: false,
  usage: 'end',
  cachedTokens: 0,
  usageDelayMs: 0,
  timings: false,
  finishReason: 'length',
  done: true,
  doneDelayMs: 0,
  textAfterDone: false,
  eol: '\n',
  space: true,
  bom: false,
  commentEvery: 0,
  multiLine: false,
  terminated: true,
  framesPerWrite: 1,
  writesPerFrame: 1,
  texts: null,
  padBytes: 0,
  fault: null,
  faultText: null,
  stallMs: null,
  status: 200,
  body: '',
  streamed: true,
  transfer: 'chunked',
  closeAfter: false,
};

const busy = '{"error":{"message":"overloaded","type":"server_error","code":503}}';

/** The named scripts: the cases that streaming clients commonly get wrong. */
export const cases = {
  plain,
  C0: { ...plain, chunks: 20 },
  C1: { ...plain, chunks: 20, roleAtMs: 30 },
  C2: { ...plain, chunks: 20, emptyAtMs: 30 },
  C3: { ...plain, chunks: 24, reasoningChunks: 20, nulls: true },
  'C3-reasoning': { ...plain, chunks: 24, reasoningChunks: 20, reasoningKey: 'reasoning' },
  'C3-only': { ...plain, chunks: 20, reasoningChunks: 20 },
  C4: { ...plain, chunks: 20, tools: true, finishReason: 'tool_calls' },
  C5: { ...plain, chunks: 20, tokensPerChunk: 3 },
  'C5-continuous': { ...plain, chunks: 20, tokensPerChunk: 3, usage: 'every', roleAtMs: 30 },
  'C6-coalesced': { ...plain, chunks: 20, framesPerWrite: 4 },
  'C6-split': { ...plain, chunks: 20, writesPerFrame: 3 },
  'C6-crlf': { ...plain, chunks: 20, eol: '\r\n' },
  'C6-cr': { ...plain, chunks: 20, eol: '\r' },
  'C6-comments': { ...plain, chunks: 20, commentEvery: 3 },
  'C6-nospace': { ...plain, chunks: 20, space: false },
  'C6-bom': { ...plain, chunks: 20, bom: true },
  'C6-multiline': { ...plain, chunks: 20, multiLine: true },
  'C6-unterminated': { ...plain, chunks: 20, terminated: false },
  C7: { ...plain, chunks: 20, usageDelayMs: 50, doneDelayMs: 150 },
  C8: { ...plain, chunks: 7, usage: 'none', finishReason: 'stop' },
  C9: { ...plain, chunks: 20, fault: { after: 10, kind: 'error-object' } },
  'C9-text': { ...plain, chunks: 20, fault: { after: 10, kind: 'error-text' } },
  'C9-top': { ...plain, chunks: 20, fault: { after: 10, kind: 'error-top' } },
  'C9-garbage': { ...plain, chunks: 20, fault: { after: 10, kind: 'garbage' } },
  'C9-close': { ...plain, chunks: 20, fault: { after: 10, kind: 'close' } },
  'C9-close-body': { ...plain, chunks: 20, fault: { after: 10, kind: 'close' }, transfer: 'close' },
  'C9-reset': { ...plain, chunks: 20, fault: { after: 10, kind: 'reset' } },
  'C9-503': { ...plain, status: 503, body: busy },
  'C9-429': { ...plain, status: 429, body: 'slow down' },
  C10: { ...plain, chunks: 1 },
  C11: { ...plain, chunks: 20, fault: { after: 10, kind: 'stall' }, stallMs: 2_000 },
  'C11-forever': { ...plain, chunks: 20, fault: { after: 10, kind: 'stall' } },
  C12: { ...plain, fault: { after: 0, kind: 'close' } },
  C13: { ...plain, chunks: 5, padBytes: 100_000 },
  empty: { ...plain, chunks: 0, finishReason: 'stop' },
  'never-answers': { ...plain, fault: { after: 0, kind: 'stall' } },
  'no-done': { ...plain, chunks: 20, done: false },
  'no-end': { ...plain, chunks: 20, done: false, finishReason: null, usage: 'none' },
  'after-done': { ...plain, chunks: 20, textAfterDone: true },
  'not-streamed': { ...plain, chunks: 20, streamed: false },
  'close-delimited': { ...plain, chunks: 20, transfer: 'close' },
  'connection-close': { ...plain, chunks: 20, closeAfter: true },
  llamacpp: { ...plain, roleAtMs: 99, timings: true },
} satisfies Record<string, Script>;

/** The script of a name. @throws Error that lists the names when there is none. */
export function namedScript(name: string): Script {
  const script = (cases as Record<string, Script>)[name];
  if (script === undefined) throw new Error(`no script ${name}; there are: ${Object.keys(cases).join(', ')}`);
  return script;
}
