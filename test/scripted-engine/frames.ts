import type { PlannedRequest } from './plan.ts';
import type { Script } from './script.ts';
import { textOfTokens } from './text.ts';

/** What a frame is to a client that reads it right. */
export type FrameKind = 'role' | 'reasoning' | 'content' | 'tool' | 'usage' | 'comment' | 'done' | 'error';

/** A frame before it is bytes: what it says and when it leaves. */
export interface Frame {
  readonly kind: FrameKind;
  readonly text: string;
  readonly atMs: number;
}

/** The whole stream of a script, in order, and the truth about it. */
export interface FrameList {
  readonly frames: readonly Frame[];
  readonly reasoning: string;
  readonly answer: string;
  readonly tokens: number;
}

/** Every frame of the answer up to the fault, where there is one. */
export function jsonFrames(script: Script, request: PlannedRequest): FrameList {
  const { fault } = script;
  const isCut = fault !== null && !(fault.kind === 'stall' && script.stallMs !== null);
  const whole = chunkCount(script, request);
  const count = isCut ? Math.min(whole, fault.after) : whole;
  const said = Array.from({ length: count }, (_, at) => deltaOf(at, script));
  const text = said.flatMap(({ kind, delta }, at): Frame[] => {
    const atMs = script.ttftMs + at * script.itlMs;
    const hasComment = script.commentEvery > 0 && at % script.commentEvery === 0;
    const frame = { kind, text: chunkOf(script, request, { delta, finish: null, chunks: at + 1 }), atMs };
    return hasComment ? [{ kind: 'comment', text: 'ping', atMs }, frame] : [frame];
  });
  const lastMs = script.ttftMs + Math.max(0, count - 1) * script.itlMs;
  const end = isCut ? faultFrames(script, lastMs) : endFrames(script, request, count, lastMs);
  return {
    frames: [...leadFrames(script, request), ...text, ...end],
    reasoning: said.map((part) => part.reasoning).join(''),
    answer: said.map((part) => part.answer).join(''),
    tokens: count * script.tokensPerChunk,
  };
}

/** As many chunks as the script says, else as `max_tokens` allows, else 16; never more than `max_tokens` allows. */
function chunkCount(script: Script, request: PlannedRequest): number {
  const allowed = request.maxTokens === null ? null : Math.ceil(request.maxTokens / script.tokensPerChunk);
  return Math.min(script.chunks ?? allowed ?? 16, allowed ?? Number.POSITIVE_INFINITY);
}

function leadFrames(script: Script, request: PlannedRequest): Frame[] {
  const lead: [number | null, object][] = [
    [script.roleAtMs, { role: 'assistant', content: null }],
    [script.emptyAtMs, { role: 'assistant', content: '' }],
  ];
  return lead.flatMap(([atMs, delta]): Frame[] =>
    atMs === null
      ? []
      : [{ kind: 'role', text: chunkOf(script, request, { delta, finish: null, chunks: 0 }), atMs }],
  );
}

/** The bytes of a frame in the script's dialect. */
export function frameOf(frame: Frame, script: Script, place: { isFirst: boolean; isLast: boolean }): Buffer {
  const { eol } = script;
  const bom = script.bom && place.isFirst ? '\uFEFF' : '';
  const end = place.isLast && !script.terminated ? '' : eol + eol;
  if (frame.kind === 'comment') return Buffer.from(`${bom}: ${frame.text}${end}`);
  const colon = script.space ? 'data: ' : 'data:';
  // Between two members of the object: white space there changes nothing.
  const cutAt = script.multiLine && frame.kind !== 'done' ? frame.text.indexOf(',"') + 1 : 0;
  const lines = cutAt > 0 ? [frame.text.slice(0, cutAt), frame.text.slice(cutAt)] : [frame.text];
  return Buffer.from(bom + lines.map((line) => colon + line).join(eol) + end);
}

/** Usage as OpenAI writes it after so many chunks of text. */
export function usageOf(chunks: number, script: Script, request: PlannedRequest): object {
  const completion = chunks * script.tokensPerChunk;
  return {
    prompt_tokens: request.promptTokens,
    completion_tokens: completion,
    total_tokens: request.promptTokens + completion,
    prompt_tokens_details: { cached_tokens: script.cachedTokens },
  };
}

function deltaOf(at: number, script: Script) {
  const own = script.texts?.[at % script.texts.length];
  const words = own ?? textOfTokens(at * script.tokensPerChunk, script.tokensPerChunk);
  const text = words + 'x'.repeat(script.padBytes);
  if (at < script.reasoningChunks) {
    return {
      kind: 'reasoning' as const,
      reasoning: text,
      answer: '',
      delta: { [script.reasoningKey]: text },
    };
  }
  if (!script.tools)
    return { kind: 'content' as const, reasoning: '', answer: text, delta: { content: text } };
  const isFirst = at === script.reasoningChunks;
  const call = isFirst
    ? { index: 0, id: 'call_0', type: 'function', function: { name: 'look_up', arguments: '' } }
    : { index: 0, function: { arguments: text } };
  return {
    kind: 'tool' as const,
    reasoning: '',
    answer: isFirst ? 'look_up' : text,
    delta: { tool_calls: [call] },
  };
}

function endFrames(script: Script, request: PlannedRequest, count: number, lastMs: number): Frame[] {
  const frames: Frame[] = [];
  if (script.finishReason !== null) {
    const text = chunkOf(script, request, { delta: {}, finish: script.finishReason, chunks: count });
    frames.push({ kind: 'role', text, atMs: lastMs });
  }
  const usageMs = lastMs + script.usageDelayMs;
  if (script.usage !== 'none') {
    const timings = script.timings ? { timings: timingsOf(count, script, request) } : {};
    const usage = { usage: usageOf(count, script, request), ...timings };
    frames.push({
      kind: 'usage',
      text: JSON.stringify({ ...header(request), choices: [], ...usage }),
      atMs: usageMs,
    });
  }
  const doneMs = usageMs + script.doneDelayMs;
  if (script.done) frames.push({ kind: 'done', text: '[DONE]', atMs: doneMs });
  if (script.textAfterDone) {
    const text = chunkOf(script, request, { delta: { content: 'late' }, finish: null, chunks: count });
    frames.push({ kind: 'content', text, atMs: doneMs });
  }
  return frames;
}

function faultFrames(script: Script, atMs: number): Frame[] {
  const text = {
    garbage: '{"choices": [oops',
    'error-object': '{"error":{"message":"CUDA error: out of memory","type":"server_error","code":500}}',
    'error-text': '{"error":"Request failed during generation"}',
    'error-top': '{"object":"error","message":"the worker died","code":500}',
  } as Record<string, string>;
  const said = text[script.fault?.kind ?? ''];
  return said === undefined ? [] : [{ kind: 'error', text: script.faultText ?? said, atMs }];
}

function timingsOf(count: number, script: Script, request: PlannedRequest): object {
  return {
    cache_n: 0,
    prompt_n: request.promptTokens,
    prompt_ms: script.ttftMs,
    predicted_n: count * script.tokensPerChunk,
    predicted_ms: Math.max(0, count - 1) * script.itlMs,
  };
}

function header(request: PlannedRequest): object {
  return { id: request.id, object: 'chat.completion.chunk', created: 0, model: request.model };
}

function chunkOf(
  script: Script,
  request: PlannedRequest,
  said: { delta: object; finish: string | null; chunks: number },
): string {
  const nulls = script.nulls ? { tool_calls: null, function_call: null, refusal: null, logprobs: null } : {};
  const choices = [{ index: 0, delta: { ...nulls, ...said.delta }, finish_reason: said.finish }];
  const usage = script.usage === 'every' ? { usage: usageOf(said.chunks, script, request) } : {};
  return JSON.stringify({ ...header(request), choices, ...usage });
}
