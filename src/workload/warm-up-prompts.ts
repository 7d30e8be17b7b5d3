import { inventText } from './invented-text.ts';
import type { Message, Query } from './query.ts';
import { randomStream } from './random.ts';

/** What a warm-up request asks. */
export interface WarmupPrompt {
  readonly messages: readonly Message[];
  /** The limit of the query whose length it has; null: the workload's. */
  readonly maxTokens: number | null;
}

/** Texts that agree in fewer characters than this share no block of a prefix cache worth the name. */
const headLength = 16;

/**
 * Endless warm-up prompts: invented text, never a query, and no text starts with the same 16 characters as any
 * text of a query or of an earlier prompt, so nothing measured later finds its prefix in a cache. Each has the
 * messages and the lengths (UTF-8 bytes, which follow token counts across scripts better than characters; 24 at
 * least) of one query: the longest first, then the shortest, then always the median, so that the engine meets
 * both extremes while the rates that must grow steady come from prompts of one length. To warm an engine again,
 * go on with the same iterator: a new one repeats its prompts.
 * @throws RangeError without queries
 */
export function* warmupPrompts(
  queries: readonly Query[],
  seed: number,
): Generator<WarmupPrompt, never, void> {
  const models = lengthModels(queries);
  const random = randomStream(`warm-up ${seed}`);
  const heads = new Set(queries.flatMap((query) => query.messages.map((message) => head(textOf(message)))));
  for (let index = 0; ; index += 1) {
    const model = models[Math.min(index, models.length - 1)] as Query;
    const messages = shapeOf(model).map(({ role, bytes }) => ({
      role,
      content: freshText(bytes, random, heads),
    }));
    yield { messages, maxTokens: model.maxTokens };
  }
}

/** The queries whose lengths are copied, in the order of use; the last one serves for ever. */
function lengthModels(queries: readonly Query[]): Query[] {
  const sorted = queries
    .map((query) => ({ query, bytes: totalBytes(query) }))
    .sort((a, b) => a.bytes - b.bytes)
    .map(({ query }) => query);
  const [shortest, longest] = [sorted[0], sorted.at(-1)];
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  if (shortest === undefined || longest === undefined || median === undefined) {
    throw new RangeError('warm-up prompts need at least one query to take their length from');
  }
  return [longest, shortest, median];
}

/** Roles and lengths to copy: those of a plain dialogue, else (tools, pictures) one user message as long as all. */
function shapeOf(query: Query): { role: string; bytes: number }[] {
  const isPlain = query.messages.every(
    ({ role, content }) => ['system', 'user', 'assistant'].includes(role) && typeof content === 'string',
  );
  if (!isPlain) return [{ role: 'user', bytes: totalBytes(query) }];
  return query.messages.map((message) => ({ role: message.role, bytes: Buffer.byteLength(textOf(message)) }));
}

function freshText(bytes: number, random: () => number, heads: Set<string>): string {
  for (;;) {
    const text = inventText(Math.max(bytes, headLength + 8), random);
    if (heads.has(head(text))) continue;
    heads.add(head(text));
    return text;
  }
}

function head(text: string): string {
  return text.slice(0, headLength);
}

function totalBytes(query: Query): number {
  return query.messages.reduce((sum, message) => sum + Buffer.byteLength(textOf(message)), 0);
}

/** All text of a message: its content, or the text parts of it one after the other. */
function textOf(message: Message): string {
  const { content } = message;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (typeof part?.text === 'string' ? part.text : '')).join('');
}
