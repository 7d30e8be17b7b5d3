import type { RequestTrace } from '../measure/trace.ts';
import type { RecallAnswer } from '../stats/recall.ts';

/**
 * How a probe ended. `too-long`: refused as too long; `cut`: answered to less than the whole prompt, and nobody was told;
 * `oom`, `died`: it ended the engine, for want of memory or otherwise; `error`: anything else.
 */
export type ProbeResult = 'works' | 'too-long' | 'cut' | 'oom' | 'died' | 'timeout' | 'error';

/** A result and the words that show it. */
export interface Judged {
  readonly result: ProbeResult;
  readonly detail: string | null;
}

type Refusable = Pick<RequestTrace, 'outcome' | 'status' | 'error'>;

/** Characters of what an engine said that a ladder keeps. */
const longestQuote = 300;

/**
 * The words in which engines refuse a long prompt: vLLM "maximum context length is", SGLang "is longer than the model's context
 * length", llama.cpp "exceeds the available context size", TensorRT-LLM "should not exceed max_num_tokens".
 */
const tooLong =
  /(exceed|longer than|too (long|large)|maximum|greater than)[\s\S]*(context|length|tokens|prompt)|(context|length|tokens|prompt)[\s\S]*(exceed|longer than|too (long|large)|maximum|greater than)/i;

/** Statuses of a refusal for what the request is; TensorRT-LLM says 500 where others say 400. */
const refusals: ReadonlySet<number> = new Set([400, 413, 422, 500]);

/** What an answer shows of a prompt that left the engine alive. */
export function judgeAnswer(
  { outcome, status, error }: Refusable,
  {
    isCut,
    promptTokens,
    expectedTokens,
    contextTokens,
  }: Pick<RecallAnswer, 'isCut' | 'promptTokens' | 'expectedTokens' | 'contextTokens'>,
): Judged {
  if (outcome === 'ok' && isCut) {
    const whole =
      expectedTokens === null ? `a context of ${contextTokens} GPT-2 tokens` : `${expectedTokens} tokens`;
    return { result: 'cut', detail: `answered after reading ${promptTokens} of ${whole}` };
  }
  if (outcome === 'ok') return { result: 'works', detail: null };
  const detail = error === null ? outcome : quote(error);
  if (outcome === 'timeout') return { result: 'timeout', detail };
  return { result: isTooLong({ outcome, status, error }) ? 'too-long' : 'error', detail };
}

/** One token more or less where a template and a text meet. */
const tolerance = 2;

type Counts = Pick<RecallAnswer, 'promptTokens' | 'expectedTokens'>;

/** By how many tokens an engine's count of a prompt is below its tokeniser's; null: one of them is not known. */
export function lackOf({ promptTokens, expectedTokens }: Counts): number | null {
  return promptTokens === null || expectedTokens === null ? null : expectedTokens - promptTokens;
}

/**
 * Whether an engine read less than the whole prompt, to a few tokens.
 * @param usual the lack of a short prompt; null: not known, and then only what is far below is a cut.
 */
export function isShort(scored: Counts & Pick<RecallAnswer, 'isCut'>, usual: number | null): boolean {
  const lack = lackOf(scored);
  return scored.isCut || (usual !== null && lack !== null && lack > usual + tolerance);
}

/** Whether an engine refused a prompt for its length. */
export function isTooLong({ outcome, status, error }: Refusable): boolean {
  const isRefused = outcome === 'error-frame' || (outcome === 'http-error' && refusals.has(status ?? 0));
  const saysSo = tooLong.test(error ?? '') && !/out of memory/i.test(error ?? '');
  return isRefused && (saysSo || status === 413);
}

/**
 * What the death of an engine says.
 * @param reason the crash reason of the ledger: `oom-run`, `engine-error` ...
 * @param lines the last of its log.
 */
export function judgeDeath({
  reason,
  message,
  lines,
}: {
  readonly reason: string;
  readonly message: string;
  readonly lines: readonly string[];
}): Judged {
  const isOom = reason.startsWith('oom');
  const telling = lines.findLast((line) => (isOom ? /memory|alloc/i : /error|fatal|fault/i).test(line));
  const said = telling === undefined ? '' : ` It said: ${withoutPrefix(telling)}`;
  return { result: isOom ? 'oom' : 'died', detail: quote(`${reason}: ${message}${said}`) };
}

/** A line of a log without process, level and time, where it names an exception. */
function withoutPrefix(line: string): string {
  return /[\w.]*(?:Error|Exception): .*/.exec(line)?.[0] ?? line.trim();
}

function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= longestQuote ? line : `${line.slice(0, longestQuote)}...`;
}
