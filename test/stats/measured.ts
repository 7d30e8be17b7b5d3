import type { Observation } from '../../src/measure/timeline.ts';
import type { MeasuredRequest, SummaryInput } from '../../src/stats/summarize.ts';

/** A request of 48 tokens that went well, in round numbers; `over` says what differs. */
export function measured(
  query: string,
  over: {
    trace?: Partial<MeasuredRequest['trace']>;
    observation?: Partial<Observation>;
    engineTimes?: MeasuredRequest['engineTimes'];
  } = {},
): MeasuredRequest {
  return {
    trace: {
      launch: 1,
      arm: 'candidate',
      round: 1,
      query,
      outcome: 'ok',
      error: null,
      finishReason: 'length',
      textSha256: null,
      usage: { promptTokens: 30, completionTokens: 48, cachedTokens: 0 },
      ...over.trace,
    },
    observation: {
      launch: 1,
      arm: 'candidate',
      pair: null,
      round: 1,
      query,
      outcome: 'ok',
      ttftMs: 20,
      ttfatMs: 20,
      tpotMs: 10,
      itlMs: [10, 10, 10],
      e2eMs: 490,
      decodeMs: 470,
      decodeTokS: 100,
      e2eTokS: 98,
      tokens: 48,
      tokensSource: 'usage',
      decodeSource: 'per-chunk',
      promptTokens: 30,
      cachedTokens: 0,
      connectMs: null,
      firstByteMs: 19,
      findings: [],
      ...over.observation,
    },
    engineTimes: over.engineTimes ?? null,
  };
}

/** The input of a summary of these requests and nothing else of note. */
export function input(requests: readonly MeasuredRequest[], over: Partial<SummaryInput> = {}): SummaryInput {
  return {
    arm: 'candidate',
    requests,
    planned: requests.length,
    warmUps: [],
    speculative: false,
    clientErrorMs: 0.1,
    findings: [],
    ...over,
  };
}
