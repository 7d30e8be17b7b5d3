import type { Query } from '../workload/query.ts';
import { type Answer, type AskRequest, ask } from './ask.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import { type LoopDelay, LoopDelayMonitor } from './loop-delay.ts';
import type { RequestTrace } from './trace.ts';

/** What a query becomes on the wire; made by the story with the engine's adapter. */
export type WireRequest = Pick<AskRequest, 'path' | 'headers' | 'body' | 'requestId'>;

/** What every request of a launch has in common. */
export interface LaunchContext extends Pick<AskRequest, 'timeoutMs' | 'interpret' | 'redact' | 'signal'> {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly identity: Pick<RequestTrace, 'launch' | 'arm' | 'pair'>;
}

/** Queries that are there, or that come one by one. */
export type QueryList = readonly Query[] | AsyncIterable<Query>;

/** What a replay came to; the answers themselves went to `onTrace`. */
export interface ReplayResult {
  /** Requests that ended by themselves, whatever their outcome. */
  readonly finished: number;
  /** The signal ended it early; the request in flight then was reported as `aborted`. */
  readonly isStopped: boolean;
  readonly loopDelay: LoopDelay | null;
  /** Findings of all answers, each once, sorted. */
  readonly findings: readonly string[];
}

/** How long a broken connection waits for the news that the engine has died before the next request is tried. */
const deathNewsMs = 300;

/**
 * Asks every query of every round, one at a time, and hands each answer over as it ends; the next request waits
 * until `onTrace` has stored it. Stops when the signal says so (interrupted, engine dead).
 */
export async function replay(
  context: LaunchContext & {
    /** Queries in the order to ask them, one list a round; a list may be made while it is asked. */
    readonly rounds: readonly QueryList[];
    wireRequest(query: Query, round: number): WireRequest;
    onTrace(answer: Answer): void | Promise<void>;
    /** Ends it early, as planned, once so many requests are enough; asked before each but the first. */
    isEnough?(finished: number): boolean;
  },
): Promise<ReplayResult> {
  const monitor = new LoopDelayMonitor(context.clock);
  const findings = new Set<string>();
  let finished = 0;
  for await (const { query, round } of inOrder(context.rounds)) {
    if (context.signal.aborted || (finished > 0 && context.isEnough?.(finished))) break;
    const wire = context.wireRequest(query, round);
    monitor.resume();
    const answer = await askInContext(context, wire, { round, query: query.id });
    monitor.pause();
    for (const finding of answer.findings) findings.add(finding);
    if (answer.trace.outcome !== 'aborted') finished += 1;
    await context.onTrace(answer);
    if (answer.trace.outcome === 'truncated') await pauseUnlessAborted(deathNewsMs, context.signal);
  }
  return {
    finished,
    isStopped: context.signal.aborted,
    loopDelay: monitor.result(),
    findings: [...findings].sort(),
  };
}

async function* inOrder(rounds: readonly QueryList[]): AsyncGenerator<{ query: Query; round: number }> {
  for (const [at, queries] of rounds.entries())
    for await (const query of queries) yield { query, round: at + 1 };
}

/** One request of a launch, scheduled now. */
export function askInContext(
  context: LaunchContext,
  wire: WireRequest,
  place: Pick<RequestTrace, 'round' | 'query'>,
): Promise<Answer> {
  return ask(context.connection, {
    ...wire,
    timeoutMs: context.timeoutMs,
    interpret: context.interpret,
    ...(context.redact === undefined ? {} : { redact: context.redact }),
    signal: context.signal,
    identity: { ...context.identity, ...place },
    scheduledNs: context.clock.now(),
  });
}

function pauseUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
