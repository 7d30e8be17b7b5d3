import type { HttpRequest } from './http-request.ts';
import { bos, countTokens, type Message, renderChat } from './tokens.ts';

/** A chat completion as the engine read it. */
export interface Asked {
  readonly id: string;
  readonly body: { readonly [key: string]: unknown };
  readonly stream: boolean;
  readonly maxTokens: number | null;
  readonly ignoreEos: boolean;
  /** The request wants no thinking, in one of the ways that engines know. */
  readonly thinkingOff: boolean;
  /** All messages as the chat template renders them. */
  readonly rendered: string;
  /** Length of `rendered`, which the usage tells. */
  readonly promptTokens: number;
}

/** Reads a chat completion; fields that no one here knows are no error. Null when it is none. */
export function readAsked(http: HttpRequest, fallbackId: string, doubleBos: boolean): Asked | null {
  try {
    const body = JSON.parse(http.body);
    const rendered = (doubleBos ? bos : '') + renderChat(messagesOf(body.messages));
    return {
      id: http.headers.get('x-request-id') ?? fallbackId,
      body,
      stream: body.stream === true,
      maxTokens: body.max_tokens ?? body.max_completion_tokens ?? null,
      ignoreEos: body.ignore_eos === true,
      thinkingOff: body.chat_template_kwargs?.enable_thinking === false || body.reasoning_effort === 'none',
      rendered,
      promptTokens: countTokens(rendered),
    };
  } catch {
    return null;
  }
}

/** Messages with their texts; parts of a message are put together. @throws TypeError when they are no list. */
export function messagesOf(
  messages: readonly { readonly role?: string; readonly content: unknown }[],
): Message[] {
  return messages.map(({ role, content }) => ({ role: role ?? 'user', text: textOf(content) }));
}

/** The last user message of a rendered chat, or what a cut has left of it. */
export function userTextOf(rendered: string): string {
  const head = '<|user|>';
  const start = rendered.lastIndexOf(head);
  const end = rendered.lastIndexOf('<|end|>');
  return rendered.slice(start === -1 ? 0 : start + head.length, end === -1 ? rendered.length : end);
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const isText = (part: unknown): part is { text: string } =>
    typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string';
  return Array.isArray(content) && content.every(isText)
    ? content.map((part) => part.text).join('\n')
    : JSON.stringify(content);
}
