import type { Json } from './canonical.ts';
import type { CountedPrompt, CountPrompt } from './engines/count-prompt.ts';
import type { Engine } from './engines/engine.ts';
import type { Answer } from './measure/ask.ts';
import { observe } from './measure/timeline.ts';
import { type RecallPlan, recallFields } from './recall-plan.ts';
import type { Target } from './session.ts';
import { isPromptCut, type RecallAnswer } from './stats/recall.ts';
import { postJson } from './supervisor/untimed.ts';
import type { RecallAsking } from './timed-part.ts';
import type { RecallItem } from './workload/babilong/item.ts';
import { scoreLax, scoreStrict, scoreSubstring } from './workload/babilong/score.ts';
import { parseContext } from './workload/babilong/task.ts';
import type { Query } from './workload/query.ts';

/** Which items of each context a launch is asked. */
export interface RecallBatch {
  readonly from: number;
  readonly count: number;
}

/** A warm-up is not waited for as long as thoughts may be. */
const shortAnswer = 20;

/** So many items of a context that all fail end it: the rest would fail alike, perhaps by a timeout each. */
const enoughFailures = 3;

/**
 * Makes the items of a launch one by one, asks the engine how long each prompt is, and scores each answer.
 * @param onScored is given each as it comes.
 */
export async function askRecall(input: {
  readonly plan: RecallPlan;
  readonly batch: RecallBatch;
  readonly engine: Engine;
  readonly target: Target;
  readonly cache: 'cold' | 'warm';
  readonly idPrefix: string;
  onScored(answer: RecallAnswer): void;
}): Promise<RecallAsking> {
  const { plan, batch, engine, target, cache, idPrefix } = input;
  const open = new Map<string, RecallItem>();
  const failures = new Map<string, { asked: number; failed: number }>();
  const isHopeless = (context: string): boolean => {
    const seen = failures.get(context);
    return seen !== undefined && seen.asked === seen.failed && seen.failed >= enoughFailures;
  };
  const [shortest] = plan.contexts;
  const samples: Query[] = [];
  for await (const item of itemsOf(plan, shortest ?? '0k', { ...batch, count: 1 }))
    samples.push({ ...queryOf(item), maxTokens: shortAnswer });
  return {
    samples,
    planned: plan.contexts.length * batch.count,
    items: queriesOf(plan, batch, open, isHopeless),
    settings: {
      idPrefix: `${idPrefix}-recall`,
      maxTokens: plan.maxTokens,
      ignoreEos: false,
      cache,
      sampling: recallFields(engine, plan.thinking),
    },
    async onAnswer(answer) {
      const item = open.get(answer.trace.query);
      if (item === undefined || answer.trace.outcome === 'aborted') return;
      open.delete(item.id);
      const seen = failures.get(item.context) ?? { asked: 0, failed: 0 };
      failures.set(item.context, {
        asked: seen.asked + 1,
        failed: seen.failed + (answer.trace.outcome === 'ok' ? 0 : 1),
      });
      input.onScored(await scoreAnswer({ plan, engine, target }, item, answer));
    },
  };
}

function itemsOf(plan: RecallPlan, context: string, { from, count }: RecallBatch): AsyncIterable<RecallItem> {
  const { task, seed, data } = plan;
  return data.items({ task, nominalTokens: parseContext(context), from, count, seed });
}

async function* queriesOf(
  plan: RecallPlan,
  batch: RecallBatch,
  open: Map<string, RecallItem>,
  isHopeless: (context: string) => boolean,
): AsyncGenerator<Query> {
  for (const context of plan.contexts) {
    for await (const item of itemsOf(plan, context, batch)) {
      if (isHopeless(context)) break;
      open.set(item.id, item);
      yield queryOf(item);
    }
  }
}

/** An item as what is asked. */
export function queryOf(item: RecallItem): Query {
  return {
    id: item.id,
    messages: [{ role: 'user', content: item.prompt }],
    maxTokens: null,
    fields: {},
    tags: { task: item.task, context: item.context },
  };
}

/** Asks the engine how long an item's prompt is, between two requests so that it disturbs none, and scores the answer. */
export async function scoreAnswer(
  asked: { readonly plan: RecallPlan; readonly engine: Engine; readonly target: Target },
  item: RecallItem,
  answer: Answer,
): Promise<RecallAnswer> {
  const { plan, engine, target } = asked;
  // One that hangs or is dying would only be waited for.
  const isThere = answer.trace.outcome !== 'timeout' && answer.trace.outcome !== 'truncated';
  const counted = isThere ? await countPrompt(engine, target, item, plan) : null;
  return scored(plan, item, answer, counted);
}

async function countPrompt(
  { countPrompt, recall }: Engine,
  { model, baseUrl, headers }: Target,
  item: RecallItem,
  { thinking }: RecallPlan,
): Promise<CountedPrompt | null> {
  if (countPrompt === null) return null;
  const root = baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
  const { messages } = queryOf(item);
  const steps: ReturnType<CountPrompt> = countPrompt({ model, messages, fields: recall.thinking[thinking] });
  let step = steps.next();
  while (step.done !== true) {
    const { status, text } = await postJson(`${root}${step.value.path}`, headers, step.value.body);
    step = steps.next(status === 200 ? jsonOrNull(text) : null);
  }
  return step.value;
}

function jsonOrNull(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function scored(
  plan: RecallPlan,
  item: RecallItem,
  { trace, text }: Answer,
  counted: CountedPrompt | null,
): RecallAnswer {
  const { id, context, index, promptSha256, question, target, contextTokens } = item;
  const output = { task: plan.task, question, target, output: text.answer };
  const byScorer = { strict: scoreStrict(output), lax: scoreLax(output), substring: scoreSubstring(output) };
  const observation = observe(trace);
  const promptTokens = trace.usage?.promptTokens ?? null;
  const expectedTokens = counted?.tokens ?? null;
  return {
    ...{ id, context, index, promptSha256, question, target, contextTokens },
    answer: text.answer,
    textSha256: trace.textSha256,
    outcome: trace.outcome,
    finishReason: trace.finishReason,
    isCorrect: byScorer[plan.scorer].correct,
    scores: {
      strict: byScorer.strict.correct,
      lax: byScorer.lax.correct,
      substring: byScorer.substring.correct,
    },
    format: byScorer.strict.format,
    promptTokens,
    expectedTokens,
    isCut: isPromptCut(promptTokens, expectedTokens, contextTokens),
    startsTwice: counted?.startsTwice ?? false,
    hasThought: text.reasoning !== '' || /^\s*<think/i.test(text.answer),
    ttftMs: observation.ttftMs,
    e2eMs: observation.e2eMs,
  };
}
