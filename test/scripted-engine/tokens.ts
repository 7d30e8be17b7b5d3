/** A message of a chat: who says it, and its text. */
export interface Message {
  readonly role: string;
  readonly text: string;
}

/** Special tokens, runs of letters and digits, and every other sign that is no white space: one token each. */
const token = /<s>|<\|\w+\|>|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu;

/** The BOS token, which the chat template puts in front. */
export const bos = '<s>';

/** Length of a text in tokens by this engine's rule; white space counts nothing. */
export function countTokens(text: string): number {
  return text.match(token)?.length ?? 0;
}

/** The ids that stand for a text's tokens: 1 is BOS, the same token has the same id everywhere. */
export function tokenIds(text: string): number[] {
  return Array.from(text.match(token) ?? [], idOf);
}

/** The chat as its template renders it: `<s>`, each message in `<|role|>` and `<|end|>`, and the answer's head. */
export function renderChat(messages: readonly Message[]): string {
  return `${bos}${messages.map(({ role, text }) => `<|${role}|>${text}<|end|>`).join('')}<|assistant|>`;
}

/**
 * What is left of a text of more than `limit` tokens: its last ones (`left` was cut), or the first and last halves
 * (`middle` was cut); the text itself when it is short enough.
 */
export function cutTo(text: string, limit: number, side: 'left' | 'middle'): string {
  const starts = Array.from(text.matchAll(token), ({ index }) => index);
  if (starts.length <= limit) return text;
  const kept = side === 'left' ? 0 : limit >> 1;
  const tail = text.slice(starts[starts.length - limit + kept] ?? text.length);
  // White space between the halves, or two words could become one.
  return kept === 0 ? tail : `${text.slice(0, starts[kept])} ${tail}`;
}

/** FNV-1a over UTF-16 units, into the ids that no special token has. */
function idOf(text: string): number {
  if (text === bos) return 1;
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return 3 + ((hash >>> 0) % 50_000);
}
