import type { Json } from '../canonical.ts';
import type { ChunkKind, Usage } from '../measure/trace.ts';
import type { Query } from '../workload/query.ts';

/** The engines a file may name. */
export const engineNames = ['vllm', 'sglang', 'trtllm', 'llamacpp', 'custom', 'openai'] as const;
export type EngineName = (typeof engineNames)[number];

/** One decoded event of a response stream, whatever the engine calls its fields. */
export interface StreamEvent {
  readonly kind: ChunkKind;
  readonly reasoning: string;
  /** Answer text (content or tool-call arguments). */
  readonly answer: string;
  readonly finishReason: string | null;
  readonly usage: Usage | null;
  /** The engine's own account of its time, as it gave it (llama.cpp `timings`). */
  readonly timings: Json;
  /** Tokens generated so far by the engine's count, when each chunk says so. */
  readonly generatedTokens: number | null;
  /** The engine's error text when the event is an error frame. */
  readonly error: string | null;
}

/** Decoded JSON of one SSE data line -> its meaning. Never throws: what it cannot read is kind `role`. */
export type InterpretEvent = (data: Json) => StreamEvent;

/** What a request carries beside its query; sent explicitly, so no engine default can differ unseen. */
export interface RequestSettings {
  readonly model: string;
  readonly maxTokens: number | null;
  readonly ignoreEos: boolean;
  readonly cache: 'cold' | 'warm';
  readonly sampling: { readonly [key: string]: Json };
  /** Unique per request: makes a cold prefix cache where the engine salts its keys. */
  readonly requestId: string;
}

/** One request by the engine's own clock. */
export interface OwnTimes {
  /** From the start of prompt processing to the first token. */
  readonly promptMs: number | null;
  /** From the first token to the last. */
  readonly decodeMs: number | null;
  /** Prompt tokens taken from a cache instead of being computed. */
  readonly cachedTokens: number | null;
}

/** How bench adds the address to a command line. */
export interface AddressFlags {
  readonly host: string | null;
  readonly port: string | null;
}

/** How a dead engine's log is read: the first pattern that matches names the cause. */
export interface CausePattern {
  readonly pattern: RegExp;
  /** A crash reason of the ledger: oom-load, bad-flag, model-missing ... */
  readonly reason: string;
  /** What to do about it, one sentence. */
  readonly hint: string;
}

/**
 * How to launch one inference engine and how to talk to it. Pure: says what to do, does nothing.
 * To add one: copy `custom.ts`, fill the same names in the same order, add a line to `index.ts` (the
 * compiler insists), a recorded stream to `test/fixtures/streams/`, and its row to `test/engines/`.
 */
export interface Engine {
  readonly name: EngineName;
  /** The sentence bench says when asked to run it and it cannot yet; null when it can. */
  readonly notYet: string | null;
  readonly address: AddressFlags;
  /** Whether the port stays held until the engine owns it, or is let go just before the spawn. */
  readonly holdPort: 'until-owned' | 'until-spawn';
  readonly healthPath: string;
  /** Environment variables it commonly fails or slows down without. */
  readonly needsEnv: readonly string[];
  /** Request fields of a `body` row it understands; any other is an error. */
  readonly fields: ReadonlySet<string>;
  /** Its own words for a cold prefix cache; `unverified` when it has none. */
  readonly coldCache: 'enforced' | 'unverified';
  requestBody(
    query: Pick<Query, 'messages' | 'fields'>,
    settings: RequestSettings,
  ): { readonly [key: string]: Json };
  readonly interpret: InterpretEvent;
  /** The engine's own account of one request, from what `interpret` kept of it; null when it gives none. */
  ownTimes(timings: Json): OwnTimes | null;
  /** Path whose JSON tells version and settings, and how to read a version from it. */
  readonly factsPath: string | null;
  version(facts: Json): string | null;
  /** Whether these arguments turn a draft method on: then outputs end where the model ends them. */
  speculates(args: readonly string[]): boolean;
  readonly causes: readonly CausePattern[];
}
