import type { Json } from '../canonical.ts';

/** One message of a chat, as OpenAI's chat-completions API takes it. */
export type Message = { readonly role: string; readonly content: Json } & { readonly [key: string]: Json };

/** One row of a query file: what to ask, before an engine's adapter makes a request body of it. */
export interface Query {
  /** Unique in its file; the row's own `id`, else its 1-based row number as text. */
  readonly id: string;
  readonly messages: readonly Message[];
  /** The row's own output limit in tokens; null: the workload's. */
  readonly maxTokens: number | null;
  /** Other request fields of a `body` row (tools, response_format, stop ...), noise dropped. */
  readonly fields: { readonly [key: string]: Json };
  /** The file's other columns, kept for grouping. */
  readonly tags: { readonly [column: string]: string };
}
