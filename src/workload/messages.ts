import type { Json } from '../canonical.ts';
import { CellError, quoted } from './cell-error.ts';
import type { Message } from './query.ts';

/**
 * Checks the `messages` of a body and drops `cache_control` marks, which only hosted gateways read.
 * `dropped` names what was dropped.
 * @throws CellError (column `body`) when there are none, one has no role, or nothing is asked in any of them.
 */
export function parseMessages(value: Json): { messages: readonly Message[]; dropped: readonly string[] } {
  if (!Array.isArray(value) || value.length === 0) {
    const what = value === null ? 'the body has no messages' : `messages is ${quoted(JSON.stringify(value))}`;
    throw new CellError(
      'body',
      `${what}; expected a list of at least one {"role", "content"}; add it, or use a \`prompt\` column`,
    );
  }
  const marked = value.map((message: Json, index) => parseMessage(message, index));
  const messages = marked.map((entry) => entry.message);
  if (!messages.some((message) => saysSomething(message.content))) {
    throw new CellError(
      'body',
      'every message is empty; expected something to ask; write it, or delete the row',
    );
  }
  const dropped = marked.some((entry) => entry.hadMark) ? ['cache_control (in messages)'] : [];
  return { messages, dropped };
}

function parseMessage(value: Json, index: number): { message: Message; hadMark: boolean } {
  const at = `messages[${index}]`;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CellError(
      'body',
      `${at} is ${quoted(JSON.stringify(value))}; expected {"role", "content"}; correct it`,
    );
  }
  const message = value as { readonly [key: string]: Json };
  if (typeof message.role !== 'string' || message.role === '') {
    throw new CellError(
      'body',
      `${at} has no role; expected "system", "user", "assistant" or "tool"; add it`,
    );
  }
  const content = message.content ?? null;
  const isContent = typeof content === 'string' || Array.isArray(content);
  if (!isContent && !(content === null && message.role === 'assistant')) {
    throw new CellError(
      'body',
      `the content of ${at} is ${quoted(JSON.stringify(content))}; expected a text or a list of parts; correct it`,
    );
  }
  const own = withoutMark(message);
  const parts = Array.isArray(content) ? content.map((part: Json) => withoutMark(part)) : content;
  const hadMark =
    own !== message || (Array.isArray(content) && content.some((part, i) => part !== (parts as Json[])[i]));
  return { message: { ...(own as Message), role: message.role, content: parts }, hadMark };
}

/** The same value when it bears no mark, else a copy without it. */
function withoutMark(value: Json): Json {
  if (value === null || typeof value !== 'object' || !('cache_control' in value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'cache_control')) as Json;
}

function saysSomething(content: Json): boolean {
  return typeof content === 'string' ? content.trim() !== '' : Array.isArray(content) && content.length > 0;
}
