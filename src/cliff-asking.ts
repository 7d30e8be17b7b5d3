import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engines/engine.ts';
import type { LiveTarget } from './launch-asking.ts';
import type { Answer } from './measure/ask.ts';
import { queryOf, scoreAnswer } from './recall-asking.ts';
import { type RecallPlan, recallFields } from './recall-plan.ts';
import { isShort, isTooLong, type Judged, judgeAnswer, lackOf } from './search/probe-result.ts';
import type { RecallAnswer } from './stats/recall.ts';
import type { RecallAsking } from './timed-part.ts';
import type { RecallItem } from './workload/babilong/item.ts';
import type { Query } from './workload/query.ts';

/** What the probes of one launch need. */
export interface ProbeInput {
  readonly plan: RecallPlan;
  readonly engine: Engine;
  readonly cache: 'cold' | 'warm';
  readonly idPrefix: string;
  /**
   * By how many tokens the engine's count of a short prompt is below its tokeniser's, as a template may have it; null: not
   * known, and a short prompt is asked first, to tell `onShortest`.
   */
  readonly usualLack: number | null;
  onShortest(scored: RecallAnswer): void;
  /** The next length, in thousands of tokens; null: no further one in this launch. */
  next(): number | null;
  /** The context of the probe that is asked, null once it is judged: one that stays open was lost with the engine. */
  onOpen(context: string | null): void;
  /** A probe that the engine survived. */
  onJudged(judged: Judged, scored: RecallAnswer): void;
}

/** How long an engine that answered badly has to die of it, ms: its front may answer before it notices. */
const deathNewsMs = 3_000;

/**
 * Asks one probe after the other of a live engine, each length chosen when the one before it is known. Ends after one that
 * failed other than by a refusal: an engine that is still at work on what timed out would spoil the next.
 */
export async function askProbes(input: ProbeInput, { target, signal }: LiveTarget): Promise<RecallAsking> {
  const { plan, engine } = input;
  const shortest = await probeItem(plan, 0);
  let usualLack = input.usualLack;
  let isGauging = usualLack === null && engine.countPrompt !== null;
  let open: RecallItem | null = null;
  let isSpoilt = false;
  const setOpen = (item: RecallItem | null): void => {
    open = item;
    input.onOpen(item?.context ?? null);
  };
  async function* probes(): AsyncGenerator<Query> {
    if (isGauging) yield queryOf(shortest);
    while (!signal.aborted && open === null && !isSpoilt) {
      const length = input.next();
      if (length === null) return;
      const item = await probeItem(plan, length * 1000);
      setOpen(item);
      yield queryOf(item);
    }
  }
  async function gauge(answer: Answer): Promise<void> {
    isGauging = false;
    const scored = await scoreAnswer({ plan, engine, target }, shortest, answer);
    usualLack = lackOf(scored);
    input.onShortest(scored);
  }
  return {
    samples: [queryOf(shortest)],
    planned: 0,
    items: probes(),
    settings: {
      idPrefix: `${input.idPrefix}-cliff`,
      maxTokens: plan.maxTokens,
      ignoreEos: false,
      cache: input.cache,
      sampling: recallFields(engine, plan.thinking),
    },
    async onAnswer(answer) {
      if (answer.trace.outcome === 'aborted') return;
      if (isGauging) return gauge(answer);
      if (open === null) return;
      if (mayBeDying(answer)) await abortOr(deathNewsMs, signal);
      if (signal.aborted) return;
      const item: RecallItem = open;
      const answered = await scoreAnswer({ plan, engine, target }, item, answer);
      const scored = { ...answered, isCut: isShort(answered, usualLack) };
      const judged = judgeAnswer(answer.trace, scored);
      isSpoilt = judged.result === 'timeout' || judged.result === 'error';
      setOpen(null);
      input.onJudged(judged, scored);
    },
  };
}

/** The same item at every length and every try: made here, so that there is one of any length. */
async function probeItem({ data, task, seed }: RecallPlan, nominalTokens: number): Promise<RecallItem> {
  for await (const item of data.items({ task, nominalTokens, from: 0, count: 1, seed })) return item;
  throw new Error(`no item of ${nominalTokens} tokens`);
}

/** A broken connection, or an error that is the server's own. */
function mayBeDying({ trace }: Answer): boolean {
  const { outcome, status } = trace;
  const isOwn = outcome === 'error-frame' || (outcome === 'http-error' && (status ?? 0) >= 500);
  return outcome === 'truncated' || (isOwn && !isTooLong(trace));
}

async function abortOr(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // It aborted: the caller looks at the signal.
  }
}
