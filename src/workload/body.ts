import type { Json } from '../canonical.ts';
import { firstJsonError } from '../json-position.ts';
import { CellError, quoted } from './cell-error.ts';
import { parseMessages } from './messages.ts';
import { fateOf } from './noise.ts';
import type { Message } from './query.ts';

type JsonObject = { readonly [key: string]: Json };

/** What is left of a chat-completion request once noise is dropped. */
export interface Body {
  readonly messages: readonly Message[];
  /** `max_tokens` or `max_completion_tokens`; null when the body sets neither. */
  readonly maxTokens: number | null;
  readonly fields: JsonObject;
  /** Names of the noise fields that were in it. */
  readonly dropped: readonly string[];
}

/**
 * Reads the JSON chat-completion request of a `body` cell. A field that is null counts as absent, as in OpenAI's
 * API. Sampling fields stay: the row says how it wants to be sampled, and the workload hash holds what it said.
 * @throws CellError (column `body`) when it is not JSON, holds no messages, or asks for more than one answer.
 */
export function parseBody(text: string): Body {
  const body = parseObject(text);
  const present = Object.entries(body).filter((entry): entry is [string, Json] => entry[1] !== null);
  refuseSeveralAnswers(body.n ?? null);
  const { messages, dropped } = parseMessages(body.messages ?? null);
  return {
    messages,
    maxTokens: outputLimit(body),
    fields: Object.fromEntries(present.filter(([name]) => fateOf(name) === 'keep' && !understood.has(name))),
    dropped: [...present.map(([name]) => name).filter(isSaidWhenDropped), ...dropped],
  };
}

/** Fields that become a part of the query of their own, or can only have one value. */
const understood: ReadonlySet<string> = new Set(['messages', 'max_tokens', 'max_completion_tokens', 'n']);

function isSaidWhenDropped(name: string): boolean {
  const fate = fateOf(name);
  return fate === 'routing' || fate === 'bench';
}

function parseObject(text: string): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    const at = firstJsonError(text) ?? text.length;
    const where =
      at === text.length
        ? `ends too early, after ${quoted(text.slice(-20))}`
        : `is not JSON at character ${at + 1}: ${quoted(text.slice(at, at + 20))} after ${quoted(text.slice(Math.max(0, at - 20), at))}`;
    throw new CellError('body', `the body ${where}; expected one JSON object; correct it there`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new CellError(
      'body',
      `the body is ${quoted(text)}; expected a JSON object; write {"messages": [...]}`,
    );
  }
  return value as JsonObject;
}

function refuseSeveralAnswers(n: Json): void {
  if (n === null || n === 1) return;
  throw new CellError(
    'body',
    `n is ${JSON.stringify(n)}; expected 1, since one stream is timed per request; remove n or repeat the row`,
  );
}

function outputLimit(body: JsonObject): number | null {
  const old = positiveInteger(body.max_tokens ?? null, 'max_tokens');
  const current = positiveInteger(body.max_completion_tokens ?? null, 'max_completion_tokens');
  if (old !== null && current !== null && old !== current) {
    throw new CellError(
      'body',
      `max_tokens is ${old} and max_completion_tokens is ${current}; expected one limit; remove one of them`,
    );
  }
  return current ?? old;
}

function positiveInteger(value: Json, name: string): number | null {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new CellError(
    'body',
    `${name} is ${quoted(JSON.stringify(value))}; expected a whole number from 1; correct or remove it`,
  );
}
