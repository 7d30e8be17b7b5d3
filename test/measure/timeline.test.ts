import { expect, test } from 'vitest';
import { observe } from '../../src/measure/timeline.ts';
import type { Chunk, ChunkKind, RequestTrace } from '../../src/measure/trace.ts';

const sentMs = 1_000;

/** Chunks by their time in ms after sent. */
function traceOf(
  chunks: [ms: number, kind: ChunkKind, tokens?: number | null][],
  more: Partial<RequestTrace> = {},
): RequestTrace {
  return {
    launch: 1,
    arm: 'baseline',
    pair: null,
    round: 1,
    query: 'q',
    requestId: 'r',
    maxTokens: null,
    scheduledNs: (sentMs - 7) * 1e6,
    sentNs: sentMs * 1e6,
    connectNs: null,
    headersNs: (sentMs + 30) * 1e6,
    firstByteNs: (sentMs + 29) * 1e6,
    chunks: chunks.map(([ms, kind, tokens]): Chunk => [(sentMs + ms) * 1e6, kind, 10, tokens ?? null]),
    doneNs: (sentMs + 183) * 1e6,
    status: 200,
    finishReason: 'stop',
    usage: null,
    engineTimings: null,
    outcome: 'ok',
    error: null,
    textSha256: null,
    ...more,
  };
}

const usage = (completionTokens: number) => ({
  usage: { promptTokens: 5, completionTokens, cachedTokens: 2 },
});

/** Role at 30 ms, 4 tokens of reasoning at 100, 3 of answer at 140, 2 at 180, usage at 182, [DONE] at 183. */
const worked = (isCounted: boolean) =>
  traceOf(
    [
      [30, 'role'],
      [100, 'reasoning', isCounted ? 4 : null],
      [140, 'content', isCounted ? 3 : null],
      [180, 'content', isCounted ? 2 : null],
      [182, 'usage'],
      [183, 'done'],
    ],
    usage(9),
  );

test('the worked stream, with tokens per chunk', () => {
  expect(observe(worked(true))).toMatchObject({
    ttftMs: 100,
    ttfatMs: 140,
    itlMs: [40, 40],
    e2eMs: 180,
    e2eTokS: 50,
    decodeMs: 80,
    decodeTokS: 62.5,
    tpotMs: 16,
    tokens: 9,
    tokensSource: 'usage',
    decodeSource: 'per-chunk',
    promptTokens: 5,
    cachedTokens: 2,
    firstByteMs: 29,
    connectMs: null,
    findings: [],
  });
});

test('the worked stream, with usage only: the approximation is named', () => {
  expect(observe(worked(false))).toMatchObject({
    decodeTokS: 100,
    tpotMs: 10,
    decodeSource: 'usage-approx',
    e2eTokS: 50,
  });
});

test('what others call TTFT and E2E can be told from the same stamps', () => {
  const { chunks, sentNs, doneNs } = worked(false);
  const ms = (kinds: ChunkKind[], at: number) =>
    ((chunks.filter(([, kind]) => kinds.includes(kind)).at(at)?.[0] ?? 0) - (sentNs ?? 0)) / 1e6;
  const text: ChunkKind[] = ['reasoning', 'content', 'tool'];
  expect(ms(['role', ...text], 0), 'vLLM and InferenceX: first chunk with choices').toBe(30);
  expect(ms(text, 0), 'SGLang, AIPerf, GuideLLM, endpoints').toBe(100);
  expect(ms(['content'], 0), 'inference-perf, llmperf').toBe(140);
  expect(ms(text, -1), 'E2E of vLLM and AIPerf').toBe(180);
  expect(ms(['usage'], -1), 'E2E of InferenceX').toBe(182);
  expect(((doneNs ?? 0) - (sentNs ?? 0)) / 1e6, 'E2E of SGLang, GuideLLM, endpoints').toBe(183);
});

test('one token: no gap, no decode, no TPOT', () => {
  const one = observe(traceOf([[50, 'content']], usage(1)));
  expect(one).toMatchObject({
    ttftMs: 50,
    e2eMs: 50,
    itlMs: [],
    decodeTokS: null,
    tpotMs: null,
    decodeMs: null,
    decodeSource: null,
    tokens: 1,
  });
});

test('all text in one read: no decode speed, never infinity', () => {
  const burst = observe(
    traceOf(
      [
        [50, 'content'],
        [50, 'content'],
      ],
      usage(2),
    ),
  );
  expect(burst).toMatchObject({ itlMs: [0], decodeTokS: null, tpotMs: null });
});

test('nine tokens in one chunk: tokens, but no decode', () => {
  expect(observe(traceOf([[50, 'content', 9]], usage(9)))).toMatchObject({
    tokens: 9,
    decodeTokS: null,
    tpotMs: null,
  });
});

test('without usage the chunks are counted, and it is said', () => {
  expect(
    observe(
      traceOf([
        [10, 'content'],
        [20, 'content'],
        [30, 'content'],
      ]),
    ),
  ).toMatchObject({ tokens: 3, tokensSource: 'chunks', decodeTokS: 100 });
  expect(
    observe(
      traceOf([
        [10, 'content', 2],
        [20, 'content', 2],
      ]),
    ),
  ).toMatchObject({ tokens: 4, tokensSource: 'chunks', decodeSource: 'per-chunk', decodeTokS: 200 });
});

test('reasoning only has no first answer token; a tool call is an answer', () => {
  expect(observe(traceOf([[10, 'reasoning']])).ttfatMs).toBeNull();
  expect(
    observe(
      traceOf([
        [10, 'reasoning'],
        [20, 'tool'],
      ]),
    ).ttfatMs,
  ).toBe(20);
});

test.each([
  ['counts that add up', [2, 2], 4, []],
  ['the end-of-text token', [2, 2], 5, []],
  ['counts that do not', [2, 2], 9, ['usage-mismatch']],
  ['fewer chunks than tokens', [undefined, undefined], 9, []],
  ['more chunks than tokens', [undefined, undefined], 1, ['usage-mismatch']],
] as const)('usage beside chunks: %s', (_name, tokens, stated, findings) => {
  const chunks = tokens.map((count, at): [number, ChunkKind, number?] =>
    count === undefined ? [at, 'content'] : [at, 'content', count],
  );
  expect(observe(traceOf(chunks, usage(stated))).findings).toEqual(findings);
});

test.each([
  ['above the limit', 40, null, { tokens: 3, tokensSource: 'chunks', decodeTokS: 100 }],
  ['above the limit and the counts of chunks', 40, 2, { tokens: 6, tokensSource: 'chunks', decodeTokS: 200 }],
] as const)('a usage %s is not used', (_name, stated, perChunk, expected) => {
  const chunks = [10, 20, 30].map((ms): [number, ChunkKind, number | null] => [ms, 'content', perChunk]);
  const observed = observe(traceOf(chunks, { ...usage(stated), maxTokens: 8 }));
  expect(observed).toMatchObject({ ...expected, findings: ['usage-mismatch'] });
});

test('a limit that the engine passed over makes its count no wrong one', () => {
  const chunks = [10, 20, 30].map((ms): [number, ChunkKind] => [ms, 'content']);
  expect(observe(traceOf(chunks, { ...usage(3), maxTokens: 2 }))).toMatchObject({
    tokens: 3,
    tokensSource: 'usage',
    findings: [],
  });
});

test('a new connection took from scheduled to connected, and is in no other time', () => {
  const trace = traceOf([[10, 'content']], { connectNs: (sentMs - 4) * 1e6 });
  expect(observe(trace)).toMatchObject({ connectMs: 3, ttftMs: 10 });
});

test.each(['truncated', 'timeout', 'error-frame', 'aborted'] as const)('%s has no metrics', (outcome) => {
  const observed = observe(
    traceOf(
      [
        [10, 'content'],
        [20, 'content'],
      ],
      { outcome, ...usage(2) },
    ),
  );
  expect(observed).toMatchObject({
    ttftMs: null,
    ttfatMs: null,
    e2eMs: null,
    e2eTokS: null,
    decodeTokS: null,
    tpotMs: null,
    itlMs: [],
    tokens: null,
    firstByteMs: null,
  });
});
