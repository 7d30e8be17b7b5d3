import type { Answer } from './ask.ts';
import { askInContext, type LaunchContext, type WireRequest } from './replay.ts';
import { observe } from './timeline.ts';

/** Times of one warm-up request; null: it did not end `ok`, or had too few tokens. */
export interface WarmUpTime {
  readonly ttftMs: number | null;
  readonly decodeTokS: number | null;
  readonly e2eMs: number | null;
}

/** How a warm-up went, cold to warm. */
export interface WarmUpResult {
  readonly times: readonly WarmUpTime[];
  readonly isSteady: boolean;
  /** `not-steady`, or `warm-up-errors` when it was given up since its last three requests failed. */
  readonly findings: readonly string[];
}

const most = 20;
const window = 3;
const spread = 0.05;

/**
 * Asks generated prompts until the engine, and this process's own compiled code, run at their steady speed.
 * Uses the very path that measures. Gives up after three failures in a row: the measured requests will show why.
 */
export async function warmUp<Prompt>(
  context: LaunchContext & {
    /** An endless supply: see `warmupPrompts` of the workload. */
    readonly prompts: Iterator<Prompt>;
    /** At least so many requests. */
    readonly minimum: number;
    /** Times of a warm-up just before this one: the speed must be steady across both. */
    readonly earlier?: readonly WarmUpTime[];
    /** Ends it early, unsteady, once so many requests are enough; asked before each but the first. */
    isEnough?(asked: number): boolean;
    wireRequest(prompt: Prompt, index: number): WireRequest;
    onTrace(answer: Answer): void | Promise<void>;
  },
): Promise<WarmUpResult> {
  const times: WarmUpTime[] = [];
  for (;;) {
    const state = steadiness(times, context.minimum, context.earlier);
    if (state === 'steady') return { times, isSteady: true, findings: [] };
    if (state === 'not-steady') return { times, isSteady: false, findings: ['not-steady'] };
    if (state === 'failing') return { times, isSteady: false, findings: ['warm-up-errors'] };
    if (times.length > 0 && context.isEnough?.(times.length))
      return { times, isSteady: false, findings: ['not-steady'] };
    const next = context.prompts.next();
    if (next.done === true || context.signal.aborted)
      return { times, isSteady: false, findings: ['not-steady'] };
    const index = times.length;
    const wire = context.wireRequest(next.value, index);
    const answer = await askInContext(context, wire, { round: 0, query: `warm-up-${index + 1}` });
    await context.onTrace(answer);
    const { ttftMs, decodeTokS, e2eMs } = observe(answer.trace);
    times.push({ ttftMs, decodeTokS, e2eMs });
  }
}

/**
 * Whether the warm-up may end: once there are `minimum` requests and the last three decode speeds are within 5 %
 * of their median. Where answers are too short to have a decode speed, the whole request's time stands in for it.
 * After 20 requests, or the minimum where that is more, it ends unsteady; `failing`, once the last three failed.
 */
export function steadiness(
  times: readonly WarmUpTime[],
  minimum: number,
  earlier: readonly WarmUpTime[] = [],
): 'go-on' | 'steady' | 'not-steady' | 'failing' {
  const last = [...earlier, ...times].slice(-window);
  if (times.length >= window && last.every((time) => time.e2eMs === null)) return 'failing';
  if (times.length >= minimum && last.length === window && isNarrow(last)) return 'steady';
  return times.length >= Math.max(most, minimum) ? 'not-steady' : 'go-on';
}

function isNarrow(last: readonly WarmUpTime[]): boolean {
  const rates = last.map((time) => time.decodeTokS);
  const values = (rates.every((rate) => rate === null) ? last.map((time) => time.e2eMs) : rates).filter(
    (value) => value !== null,
  );
  if (values.length < window) return false;
  const median = [...values].sort((a, b) => a - b)[1] ?? 0;
  return values.every((value) => Math.abs(value - median) <= spread * median);
}
