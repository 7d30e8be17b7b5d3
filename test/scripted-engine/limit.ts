import type { Asked } from './asked.ts';
import { plain, type Script } from './script.ts';
import { cutTo } from './tokens.ts';

/**
 * How an engine shows that a prompt is too long: by a 400 in an engine's own words (`sglang-stream`: by an error frame
 * of a 200 that streams), or by cutting it and saying nothing.
 */
export const refusals = ['vllm', 'llamacpp', 'sglang', 'sglang-stream', 'cut-left', 'cut-middle'] as const;

/** How an engine breaks under a prompt: by its memory, by a signal, by an exit, or by silence. */
export const breakings = ['oom', 'segfault', 'exit', 'hang'] as const;

/** The longest context that the engine says it takes. */
export interface ContextLimit {
  readonly tokens: number;
  readonly refusal: (typeof refusals)[number];
}

/** A prompt of more than so many tokens breaks the engine, whatever it says it takes. */
export interface Breaking {
  readonly beyondTokens: number;
  readonly how: (typeof breakings)[number];
}

/** The chat as far as the engine reads it: all of it, or what a silent cut leaves. */
export function seenOf(rendered: string, limit: ContextLimit | null): string {
  if (limit?.refusal === 'cut-left') return cutTo(rendered, limit.tokens, 'left');
  if (limit?.refusal === 'cut-middle') return cutTo(rendered, limit.tokens, 'middle');
  return rendered;
}

/**
 * The script that refuses a request which does not fit, by the engine's own rule; null when it fits. vLLM 0.32 and
 * SGLang 0.5 count the tokens asked for too (prompt + max_tokens <= limit), llama.cpp does not (prompt < limit).
 */
export function refusalOf(
  limit: ContextLimit | null,
  { promptTokens, maxTokens, stream }: Pick<Asked, 'promptTokens' | 'maxTokens' | 'stream'>,
): Script | null {
  if (limit === null) return null;
  const { tokens, refusal } = limit;
  const sizes = { prompt: promptTokens, output: maxTokens ?? 0, limit: tokens };
  if (refusal === 'llamacpp') return promptTokens < tokens ? null : refused(llamacppError(sizes));
  const fits = sizes.prompt + sizes.output <= tokens;
  if (refusal === 'vllm') return fits ? null : refused(vllmError(sizes));
  if (refusal === 'sglang' || refusal === 'sglang-stream') {
    if (fits && promptTokens < tokens) return null;
    const error = sglangError(sizes);
    if (refusal === 'sglang' || !stream) return refused(error);
    return {
      ...plain,
      ttftMs: 0,
      fault: { after: 0, kind: 'error-object' },
      faultText: JSON.stringify({ error }),
    };
  }
  return null;
}

/** What vLLM logs when its cache cannot hold the context that was asked for; it ends with that. */
export function tooLongToServe(wantedTokens: number, heldTokens: number): string {
  return [
    `(EngineCore pid=163) ERROR 11-25 02:08:32 [core.py:1510] ValueError: To serve at least one request with the model's max seq len (${wantedTokens}),`,
    '(15.75 GiB KV cache is needed, which is larger than the available KV cache memory (9.81 GiB).',
    `Based on the available memory, the estimated maximum model length is ${heldTokens}.`,
    'Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.',
  ].join(' ');
}

/** What vLLM logs when a prefill finds no memory; it ends with that. */
export const outOfMemory = [
  '(EngineCore pid=163) ERROR 11-25 02:08:32 [core.py:1510] EngineCore encountered a fatal error.',
  '(EngineCore pid=163) ERROR 11-25 02:08:32 [core.py:1510] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 0 has a total capacity of 23.56 GiB of which 650.06 MiB is free.',
].join('\n');

interface Sizes {
  readonly prompt: number;
  readonly output: number;
  readonly limit: number;
}

function refused(body: object): Script {
  return { ...plain, ttftMs: 0, status: 400, body: JSON.stringify(body) };
}

function vllmError({ prompt, output, limit }: Sizes): object {
  const why =
    prompt > limit
      ? // It stops to count one token beyond the limit.
        `your prompt contains at least ${limit + 1} input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=${limit + 1})`
      : `you requested ${output} output tokens and your prompt contains ${prompt} input tokens, for a total of ${prompt + output} tokens. Please reduce the length of the input prompt or the number of requested output tokens. (parameter=input_tokens, value=${prompt})`;
  const message = `This model's maximum context length is ${limit} tokens. However, ${why}`;
  return { error: { message, type: 'BadRequestError', param: 'input_tokens', code: 400 } };
}

function llamacppError({ prompt, limit }: Sizes): object {
  const message = `request (${prompt} tokens) exceeds the available context size (${limit} tokens), try increasing it`;
  const type = 'exceed_context_size_error';
  return { error: { code: 400, message, type, n_prompt_tokens: prompt, n_ctx: limit } };
}

function sglangError({ prompt, output, limit }: Sizes): object {
  const message =
    prompt >= limit
      ? `The input (${prompt} tokens) is longer than the model's context length (${limit} tokens).`
      : `Requested token count exceeds the model's maximum context length of ${limit} tokens. You requested a total of ${prompt + output} tokens: ${prompt} tokens from the input messages and ${output} tokens for the completion. Please reduce the number of tokens in the input messages or the completion to fit within the limit.`;
  return { object: 'error', message, type: 'BadRequestError', param: null, code: 400 };
}
