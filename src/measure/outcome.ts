import type { AnswerReader } from './answer-reader.ts';
import type { Outcome } from './trace.ts';

/** Why reading stopped: the answer was whole, or what cut it short. */
export type Ending =
  | { readonly kind: 'complete' | 'timeout' | 'aborted' }
  | { readonly kind: 'closed'; readonly error: string };

/**
 * How a request ended. First what was asked of bench (abort), then what the server said itself (status, error
 * frame, bad JSON), then whether it said all. `[DONE]` makes a stream whole even if the connection breaks right
 * after it. A `finish_reason` without `[DONE]` is whole when the HTTP body ended as its framing promises: the
 * model's own end was said and nothing is missing (some servers never send `[DONE]`; finding `no-done`).
 */
export function outcomeOf(answer: AnswerReader, ending: Ending): { outcome: Outcome; error: string | null } {
  const { response, failure } = answer;
  if (ending.kind === 'aborted' && !answer.isDone) return { outcome: 'aborted', error: 'stopped by bench' };
  if (response.head !== null && !answer.isSuccess()) {
    return {
      outcome: 'http-error',
      error: `HTTP ${response.head.status}: ${answer.errorExcerpt()}`.replace(/: $/, ''),
    };
  }
  if (failure !== null) return failure;
  const coding = response.head?.headers.get('content-encoding') ?? 'identity';
  if (coding !== 'identity')
    return { outcome: 'http-error', error: `the answer is ${coding}-compressed, unasked` };
  if (answer.isDone) return whole(answer);
  if (ending.kind === 'timeout')
    return { outcome: 'timeout', error: `no whole answer in time, ${progress(answer)}` };
  if (ending.kind === 'closed')
    return { outcome: 'truncated', error: `${ending.error}, ${progress(answer)}` };
  const broken = answer.protocolError();
  if (broken !== null) return { outcome: 'http-error', error: broken };
  if (answer.findings.has('not-streamed')) return whole(answer);
  if (answer.finishReason === null) {
    return {
      outcome: 'truncated',
      error: `the stream ended without finish_reason and [DONE], ${progress(answer)}`,
    };
  }
  answer.findings.add('no-done');
  return whole(answer);
}

function whole(answer: AnswerReader): { outcome: Outcome; error: string | null } {
  if (answer.hasTokens()) return { outcome: 'ok', error: null };
  return { outcome: 'empty', error: 'the answer ended well but holds no token' };
}

function progress(answer: AnswerReader): string {
  if (answer.response.head === null) return 'before any byte of the answer';
  const count = answer.chunks.filter(
    ([, kind]) => kind === 'reasoning' || kind === 'content' || kind === 'tool',
  ).length;
  return count === 0 ? 'before the first token' : `after ${count} chunks of text`;
}
