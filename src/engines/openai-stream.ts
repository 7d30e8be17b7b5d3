import type { Json } from '../canonical.ts';
import type { ChunkKind, Usage } from '../measure/trace.ts';
import type { InterpretEvent } from './engine.ts';
import { asNumber, asText } from './json-reading.ts';

type JsonObject = { readonly [key: string]: Json | undefined };

const noFields: JsonObject = {};
const noItems: readonly Json[] = [];

/**
 * The meaning of one chat-completions chunk as OpenAI defines it and engines vary it: `reasoning_content` or
 * `reasoning`, tool calls and `refusal` as answer text (a tool's name counts: the model wrote it), `text` of
 * the older completions, `message` of an answer that was not streamed, llama.cpp `timings`, and usage in every
 * chunk (vLLM `continuous_usage_stats`), which then is the count so far. Null members mean absent ones.
 */
export const interpretOpenAi: InterpretEvent = (data) => {
  const body = objectOf(data) ?? noFields;
  let [reasoning, content, tool, hasChoices] = ['', '', '', false];
  let finishReason: string | null = null;
  for (const value of arrayOf(body.choices)) {
    const choice = objectOf(value);
    if (choice === null) continue;
    hasChoices = true;
    const delta = objectOf(choice.delta) ?? objectOf(choice.message) ?? noFields;
    // Some servers send both names with the same text: one of them counts.
    reasoning += textOf(delta.reasoning_content) || textOf(delta.reasoning);
    content += textOf(delta.content) + textOf(delta.refusal) + textOf(choice.text);
    for (const call of arrayOf(delta.tool_calls)) tool += callText(objectOf(call)?.function);
    tool += callText(delta.function_call);
    finishReason ??= asText(choice.finish_reason);
  }
  const error = errorOf(body) ?? finishError(finishReason);
  const usage = usageOf(body);
  return {
    kind: kindOf({ error, content, tool, reasoning, hasChoices, usage }),
    reasoning,
    answer: content + tool,
    finishReason,
    usage,
    timings: objectOf(body.timings) === null ? null : (body.timings as Json),
    generatedTokens: asNumber(objectOf(body.timings)?.predicted_n) ?? usage?.completionTokens ?? null,
    error,
  };
};

function kindOf(of: {
  error: string | null;
  content: string;
  tool: string;
  reasoning: string;
  hasChoices: boolean;
  usage: Usage | null;
}): ChunkKind {
  if (of.error !== null) return 'error';
  if (of.content !== '') return 'content';
  if (of.tool !== '') return 'tool';
  if (of.reasoning !== '') return 'reasoning';
  return !of.hasChoices && of.usage !== null ? 'usage' : 'role';
}

function callText(call: Json | undefined): string {
  const named = objectOf(call);
  if (named === null) return '';
  const args = named.arguments;
  const argsText =
    typeof args === 'string' || args === undefined || args === null ? (args ?? '') : JSON.stringify(args);
  return (asText(named.name) ?? '') + argsText;
}

/** A text, or the texts of content parts. */
function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return arrayOf(value)
    .map((part) => asText(objectOf(part)?.text) ?? '')
    .join('');
}

function errorOf(body: JsonObject): string | null {
  const error = body.error;
  if (typeof error === 'string') return error === '' ? 'error' : error;
  const details = objectOf(error) ?? (body.object === 'error' ? body : null);
  if (details === null)
    return error === undefined || error === null || error === false ? null : JSON.stringify(error);
  const message = asText(details.message) ?? JSON.stringify(details);
  const code = details.code ?? details.type;
  return typeof code === 'string' || typeof code === 'number' ? `${message} (${code})` : message;
}

/** vLLM and SGLang end a request that they gave up with one of these, in a stream that is otherwise fine. */
function finishError(finishReason: string | null): string | null {
  return finishReason === 'abort' || finishReason === 'error' ? `finish_reason ${finishReason}` : null;
}

function usageOf(body: JsonObject): Usage | null {
  const usage = objectOf(body.usage);
  if (usage === null) return null;
  const details = objectOf(usage.prompt_tokens_details);
  return {
    promptTokens: asNumber(usage.prompt_tokens),
    completionTokens: asNumber(usage.completion_tokens),
    cachedTokens: asNumber(details?.cached_tokens) ?? asNumber(objectOf(body.timings)?.cache_n),
  };
}

function objectOf(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

function arrayOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : noItems;
}
