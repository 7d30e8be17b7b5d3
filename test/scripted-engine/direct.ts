import { type Asked, userTextOf } from './asked.ts';
import { refusalOf, seenOf } from './limit.ts';
import type { PlannedRequest } from './plan.ts';
import { recallAnswer, recallScript } from './recall.ts';
import { namedScript, type Script } from './script.ts';
import type { ScriptedEngineOptions } from './state.ts';
import { countTokens } from './tokens.ts';

interface Directed {
  readonly script: Script;
  readonly request: PlannedRequest;
  /** Nothing is written, be it a stream that was asked for or a document. */
  readonly isBroken: boolean;
}

/**
 * The script that a request gets and the request as it is planned: broken or refused for its length, else answered, by
 * recall where the prompt is an item of BABILong and no tag names its script. Tells `onRequest`, and `onBreak` in a moment.
 */
export function direct(
  asked: Asked,
  script: Script,
  isTagged: boolean,
  options: Required<ScriptedEngineOptions>,
): Directed {
  const { id, body, maxTokens, promptTokens } = asked;
  const { breaking, limit, recall } = options;
  const planned = (seenTokens: number): PlannedRequest => ({
    id,
    model: options.model,
    maxTokens,
    promptTokens: seenTokens,
  });
  const whole = { id, body, promptTokens, seenTokens: promptTokens, recalled: null };
  const refusal = refusalOf(limit, asked);
  if (refusal !== null) {
    options.onRequest({ ...whole, fate: 'refused' });
    return { script: refusal, request: planned(promptTokens), isBroken: false };
  }
  if (breaking !== null && promptTokens > breaking.beyondTokens) {
    const { how } = breaking;
    options.onRequest({ ...whole, fate: how });
    if (how !== 'hang') setImmediate(() => options.onBreak(how));
    return { script: namedScript('never-answers'), request: planned(promptTokens), isBroken: true };
  }
  const seen = seenOf(asked.rendered, limit);
  const seenTokens = seen === asked.rendered ? promptTokens : countTokens(seen);
  const recalled = recall === null || isTagged ? null : recallAnswer(userTextOf(seen), asked, recall);
  options.onRequest({ ...whole, seenTokens, recalled, fate: 'answered' });
  const itlMs = recall?.itlMs ?? script.itlMs;
  const answering = recalled === null ? script : recallScript({ ...script, itlMs }, recalled, asked);
  return {
    script: later(answering, (seenTokens * options.prefillUsPerToken) / 1_000),
    request: planned(seenTokens),
    isBroken: false,
  };
}

/** A script whose first chunks all leave so much later. */
function later(script: Script, ms: number): Script {
  if (ms === 0) return script;
  const { roleAtMs, emptyAtMs, ttftMs } = script;
  return {
    ...script,
    ttftMs: ttftMs + ms,
    roleAtMs: roleAtMs === null ? null : roleAtMs + ms,
    emptyAtMs: emptyAtMs === null ? null : emptyAtMs + ms,
  };
}
