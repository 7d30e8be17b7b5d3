import type { Json } from '../canonical.ts';
import type { Query } from '../workload/query.ts';
import type { RequestSettings } from './engine.ts';

/** Request fields of a chat completion that every OpenAI-compatible server here understands. */
export const chatFields = [
  'frequency_penalty',
  'logit_bias',
  'logprobs',
  'parallel_tool_calls',
  'presence_penalty',
  'response_format',
  'seed',
  'stop',
  'temperature',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
] as const;

/**
 * The part of a streaming chat-completions body that all engines share. The query's own fields win over the
 * workload's sampling, since the row says what it wants.
 */
export function chatBody(
  query: Pick<Query, 'messages' | 'fields'>,
  settings: RequestSettings,
): { readonly [key: string]: Json } {
  return {
    model: settings.model,
    messages: query.messages,
    stream: true,
    stream_options: { include_usage: true },
    ...(settings.maxTokens === null ? {} : { max_tokens: settings.maxTokens }),
    ...(settings.ignoreEos ? { ignore_eos: true } : {}),
    ...settings.sampling,
    ...query.fields,
  };
}
