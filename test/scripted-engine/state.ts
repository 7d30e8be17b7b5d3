import type { Socket } from 'node:net';
import type { Breaking, ContextLimit } from './limit.ts';
import type { Pace } from './plan.ts';
import type { RequestRecord } from './play.ts';
import type { Recall, Recalled } from './recall.ts';
import type { Script } from './script.ts';

/** A chat completion as it was sent, and what the engine made of it. */
export interface RequestEntry {
  readonly id: string;
  readonly body: { readonly [key: string]: unknown };
  /** As it was sent; `seenTokens` is what a silent cut left of it. */
  readonly promptTokens: number;
  readonly seenTokens: number;
  readonly fate: 'answered' | 'refused' | Breaking['how'];
  /** The answer to a BABILong prompt, where the engine recalls. */
  readonly recalled: Recalled | null;
}

/** How a scripted engine behaves; every member has a default. */
export interface ScriptedEngineOptions {
  readonly host?: string;
  /** 0: the kernel chooses. */
  readonly port?: number;
  /** Taken in turn by requests whose prompt has no `[[case:NAME]]`. */
  readonly scripts?: readonly Script[];
  readonly pace?: Partial<Pace>;
  /** `/health` says 503 "Loading model" for so long. */
  readonly readyAfterMs?: number;
  /** An idle connection is closed after so long, as uvicorn does. */
  readonly keepAliveMs?: number;
  /** Calls `onDie` in the middle of the answer to the k-th completion. */
  readonly dieAfterRequests?: number | null;
  readonly onDie?: () => void;
  readonly onRecord?: (record: RequestRecord) => void;
  readonly model?: string;
  /** Called as the k-th completion begins, before its first byte. */
  readonly onCompletion?: (count: number) => void;
  /** What the histograms of `/metrics` say of a time is so much more than it was. */
  readonly skewPercent?: number;
  /** How well it answers BABILong prompts; null: it takes them as any other. */
  readonly recall?: Recall | null;
  readonly limit?: ContextLimit | null;
  readonly breaking?: Breaking | null;
  /** Ends the engine as it says; without it the connection stays silent. Never called for `hang`. */
  readonly onBreak?: (how: Breaking['how']) => void;
  /** Puts a BOS before the one of the chat template, as `/tokenize` does not. */
  readonly doubleBos?: boolean;
  /** Added to the time of the first token, for each token of the prompt. */
  readonly prefillUsPerToken?: number;
  /** Called as a completion begins, after `onCompletion`. */
  readonly onRequest?: (entry: RequestEntry) => void;
}

/** What the handlers of one engine share. */
export interface EngineState {
  readonly options: Required<ScriptedEngineOptions>;
  readonly records: Map<string, RequestRecord>;
  readonly readyAtMs: number;
  completions: number;
  tokens: number;
}

/** Writes a whole response: JSON, or text as it stands. */
export function reply(socket: Socket, status: number, body: unknown): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = text.startsWith('{') || text.startsWith('[') ? 'application/json' : 'text/plain';
  const head = `HTTP/1.1 ${status} Scripted\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`;
  socket.write(head + text);
}
