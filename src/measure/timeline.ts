import type { Chunk, Outcome, RequestTrace } from './trace.ts';

/** What one request came to. Times are ms, speeds tokens a second; null: not measured, never 0. */
export interface Observation {
  readonly launch: number;
  readonly arm: RequestTrace['arm'];
  readonly pair: number | null;
  readonly round: number;
  readonly query: string;
  readonly outcome: Outcome;
  /** Sent to the first token of any kind. */
  readonly ttftMs: number | null;
  /** Sent to the first token of the answer, reasoning left out. */
  readonly ttfatMs: number | null;
  /** Gaps between chunks of text, in order; empty when there are fewer than two. */
  readonly itlMs: readonly number[];
  /** Time per token after the first chunk: the inverse of `decodeTokS`. */
  readonly tpotMs: number | null;
  /** Sent to the last token. */
  readonly e2eMs: number | null;
  readonly e2eTokS: number | null;
  readonly decodeTokS: number | null;
  /** First token to last token: what decode is measured over. */
  readonly decodeMs: number | null;
  readonly tokens: number | null;
  /** `usage`: the engine's own count; `chunks`: what its chunks add up to, else how many, where it states none that can be. */
  readonly tokensSource: 'usage' | 'chunks' | null;
  /** `per-chunk`: tokens after the first chunk are known; `usage-approx`: n - 1 stands for them. */
  readonly decodeSource: 'per-chunk' | 'usage-approx' | null;
  readonly promptTokens: number | null;
  readonly cachedTokens: number | null;
  /** Scheduled until the new connection stood; null when one was reused. Not part of any other time. */
  readonly connectMs: number | null;
  /** Sent to the first byte of the response. */
  readonly firstByteMs: number | null;
  /** `usage-mismatch`. */
  readonly findings: readonly string[];
}

/**
 * Stamps -> metrics. Decode speed is the tokens after the first chunk over the time after it, since a first
 * chunk of k tokens (speculation, held-back reasoning) would make n - 1 too large. A request that did not end
 * `ok` has no metrics: its stamps stay in the trace.
 */
export function observe(trace: RequestTrace): Observation {
  const { launch, arm, pair, round, query, outcome } = trace;
  const isOk = outcome === 'ok' && trace.sentNs !== null;
  const text = isOk ? trace.chunks.filter(isText) : [];
  const since = (tNs: number | null | undefined): number | null =>
    isOk && trace.sentNs !== null && tNs !== null && tNs !== undefined ? (tNs - trace.sentNs) / 1e6 : null;
  const count = countTokens(trace, text);
  const decode = decodeOf(text, count.tokens);
  const e2eMs = since(text.at(-1)?.[0]);
  return {
    ...{ launch, arm, pair, round, query, outcome },
    ttftMs: since(text[0]?.[0]),
    ttfatMs: since(text.find(([, kind]) => kind !== 'reasoning')?.[0]),
    itlMs: text.slice(1).map(([tNs], at) => (tNs - (text[at]?.[0] ?? tNs)) / 1e6),
    tpotMs: decode.tokS === null ? null : 1000 / decode.tokS,
    e2eMs,
    e2eTokS: count.tokens !== null && e2eMs !== null && e2eMs > 0 ? (count.tokens * 1000) / e2eMs : null,
    decodeTokS: decode.tokS,
    decodeMs: decode.ms,
    ...{ tokens: count.tokens, tokensSource: count.source, decodeSource: decode.source },
    promptTokens: trace.usage?.promptTokens ?? null,
    cachedTokens: trace.usage?.cachedTokens ?? null,
    connectMs: trace.connectNs === null ? null : (trace.connectNs - trace.scheduledNs) / 1e6,
    firstByteMs: since(trace.firstByteNs),
    findings: count.isMismatch ? ['usage-mismatch'] : [],
  };
}

/** Whether a chunk carries text that the model wrote: the only chunks that times are taken from. */
function isText([, kind]: Chunk): boolean {
  return kind === 'reasoning' || kind === 'content' || kind === 'tool';
}

/** Tokens of all these chunks; null unless each says its own. */
function sumTokens(chunks: readonly Chunk[]): number | null {
  return chunks.reduce<number | null>(
    (sum, [, , , tokens]) => (sum === null || tokens === null ? null : sum + tokens),
    0,
  );
}

function countTokens(
  trace: RequestTrace,
  text: readonly Chunk[],
): { tokens: number | null; source: Observation['tokensSource']; isMismatch: boolean } {
  if (text.length === 0) return { tokens: null, source: null, isMismatch: false };
  const stated = trace.usage?.completionTokens ?? null;
  const summed = sumTokens(text);
  if (stated === null) return { tokens: summed ?? text.length, source: 'chunks', isMismatch: false };
  // The end-of-text token is in the usage but in no chunk; without counts, more chunks than tokens cannot be.
  const isMismatch = summed === null ? text.length > stated : Math.abs(summed - stated) > 1;
  // More than was allowed cannot be, unless the chunks say so too: then the engine passed the limit over.
  const chunked = summed ?? text.length;
  const limit = trace.maxTokens ?? Number.POSITIVE_INFINITY;
  if (stated > limit && chunked <= limit) return { tokens: chunked, source: 'chunks', isMismatch: true };
  return { tokens: stated, source: 'usage', isMismatch };
}

function decodeOf(
  text: readonly Chunk[],
  tokens: number | null,
): { tokS: number | null; ms: number | null; source: Observation['decodeSource'] } {
  const none = { tokS: null, ms: null, source: null };
  const [first, last] = [text[0], text.at(-1)];
  if (first === undefined || last === undefined || last[0] <= first[0] || tokens === null) return none;
  const ms = (last[0] - first[0]) / 1e6;
  const counted = sumTokens(text.slice(1));
  const isCounted = counted !== null && first[3] !== null;
  const after = isCounted ? counted : tokens - 1;
  if (after < 1) return none;
  return { tokS: (after * 1000) / ms, ms, source: isCounted ? 'per-chunk' : 'usage-approx' };
}
