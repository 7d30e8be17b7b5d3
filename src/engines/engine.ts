import type { Json } from '../canonical.ts';
import type { ChunkKind, Usage } from '../measure/trace.ts';
import type { Query } from '../workload/query.ts';
import type { CountPrompt } from './count-prompt.ts';
import type { EngineFacts, Stated } from './facts.ts';
import type { RecallFields } from './recall-fields.ts';

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

/** What the engine itself says about a knob that does not do what the file asks; a finding on the row. */
export interface Notice {
  readonly code:
    | 'flag-unknown'
    | 'flag-ignored'
    | 'flag-overridden'
    | 'flag-deprecated'
    | 'fallback'
    | 'untuned-kernel'
    | 'autotune';
  /** The flag or field the sentence names, when it names one. */
  readonly flag: string | null;
  /** The engine's own line, without its prefix. */
  readonly text: string;
}

/** How far an engine has come while it starts. */
export type StartPhase =
  | 'weights-loading'
  | 'weights-loaded'
  | 'compiling'
  | 'compiled'
  | 'graphs-capturing'
  | 'graphs-captured'
  | 'autotuned'
  | 'kv-allocated'
  | 'warming-up'
  | 'bound'
  | 'serving';

/** A line of the log that says a phase was reached. */
export interface PhasePattern {
  readonly pattern: RegExp;
  readonly phase: StartPhase;
}

/** Means over the requests that ended between two readings of an engine's own histograms. */
export interface HistogramTimes {
  readonly ttftMs: number | null;
  readonly itlMs: number | null;
  /** How many requests the TTFT is over. */
  readonly requests: number;
}

/** What an engine's counters rose by between two readings; null where it does not count. */
export interface CountedBetween {
  /** Prompt tokens taken from the prefix cache. */
  readonly cachedTokens: number | null;
  readonly preemptions: number | null;
  /** Accepted draft tokens / proposed draft tokens. */
  readonly speculativeAcceptRate: number | null;
  /** 1 + accepted draft tokens / steps. */
  readonly speculativeTokensPerStep: number | null;
}

/** One flag as the engine's own help declares it. */
export interface FlagFact {
  /** Its longest name: `--ctx-size`. */
  readonly flag: string;
  /** Other names: `-c`, `--no-enable-prefix-caching`. */
  readonly aliases: readonly string[];
  readonly takesValue: boolean;
  /** The only values it takes; null when any will do. */
  readonly choices: readonly string[] | null;
  /** The choices are words that stand where the value does: `[on|off]`, `{none,linear}`, no `N` or `0...100` among them. */
  readonly isClosed?: true;
  /** Takes a list, or says that it may be given again. */
  readonly takesMany?: true;
  /** As the help writes it; null when it does not. */
  readonly defaultValue: string | null;
  /** The help's own sentence, where it says that the flag is gone or will go. */
  readonly removed?: string;
  readonly deprecated?: string;
}

/** How an engine is made to print all its flags, and how it reads a command line. */
export interface HelpFact {
  /** The words after the program (see `helpWords`). */
  readonly args: readonly string[];
  /** Names of the program, and of the module that `python -m` starts: nothing else is ever started for its help. */
  readonly program: RegExp;
  readonly module: RegExp | null;
  /** Whether a beginning of a flag that only one flag has stands for it. */
  readonly abbreviates: boolean;
  /** Whether `--flag=value` in one word is the same as in two. */
  readonly joins: boolean;
  /** Spellings that it rewrites before it looks for flags; null: none. */
  readonly rewrites: RegExp | null;
  /** What it reads besides, by listed choice, where it refuses every other value; null: not known to refuse. */
  readonly alsoReads: { readonly [choice: string]: readonly string[] } | null;
  /** Flags that add up when given again, though the help does not say so; null: nothing is known of any. */
  readonly addsUp: RegExp | null;
  /** Flags of earlier versions -> what stands for them in this one, when anything does. */
  readonly renamed: { readonly [flag: string]: string };
}

/** What `lintArgs` looks at; null: not known here. */
export interface LintInput {
  /** The whole command line after the program. */
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string };
  /** GPUs the engine would see; compute capability such as `9.0`. */
  readonly gpus: readonly { readonly name: string; readonly computeCapability: string | null }[] | null;
  /** The model's config.json. */
  readonly modelConfig: Json;
  /** Tokens that the model of a GGUF file was trained on at once. */
  readonly ggufContext?: number | null;
}

/** Something about the arguments that will not do what it seems to. */
export interface LintProblem {
  readonly flag: string;
  /** One sentence: what is wrong, and what to write instead. */
  readonly text: string;
  /** An error cannot work; a warning probably is not what was meant. */
  readonly level: 'error' | 'warning';
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
  /** POST that empties the prefix cache, for whoever must begin with an empty one; null when there is none. */
  readonly cacheReset: { readonly path: string } | null;
  requestBody(
    query: Pick<Query, 'messages' | 'fields'>,
    settings: RequestSettings,
  ): { readonly [key: string]: Json };
  /** How it is asked for what it remembers. */
  readonly recall: RecallFields;
  /** How it is asked for the tokens of a prompt; null when it cannot be. */
  readonly countPrompt: CountPrompt | null;
  readonly interpret: InterpretEvent;
  /** The engine's own account of one request, from what `interpret` kept of it; null when it gives none. */
  ownTimes(timings: Json): OwnTimes | null;
  /** Paths (GET, JSON, untimed) that tell version and settings. */
  readonly factsPaths: readonly string[];
  /** Path of its counters in Prometheus text; null when it has none. */
  readonly metricsPath: string | null;
  facts(stated: Stated): EngineFacts;
  /** Its version, as it states it. */
  version(stated: Stated): string | null;
  /** What the log says about knobs that are unknown, ignored, overridden or fell back. */
  notices(log: readonly string[]): readonly Notice[];
  readonly phases: readonly PhasePattern[];
  /** Lines that mean it compiles or tunes: while requests are timed that voids the numbers. */
  readonly busyPatterns: readonly RegExp[];
  /** The second witness: means from two readings of `metricsPath`; null when the histograms are not there. */
  histogramTimes(before: string, after: string): HistogramTimes | null;
  /** What its counters say of the requests between two readings of `metricsPath`. */
  countedBetween(before: string, after: string): CountedBetween;
  /** Tokens that one request may have, prompt and answer together, as these arguments say; null: they do not. */
  contextLimit(args: readonly string[]): number | null;
  /** Flags that set it: a search for the longest context that works sets the first. */
  readonly contextFlags: readonly string[];
  /** Whether these arguments turn a draft method on: then outputs end where the model ends them. */
  speculates(args: readonly string[]): boolean;
  /** Folders and files whose state makes a start cold or warm, by the child's environment. */
  compileCaches(env: { readonly [name: string]: string }): readonly string[];
  /** How it prints all its flags; null when it cannot. */
  readonly help: HelpFact | null;
  parseHelp(text: string): readonly FlagFact[];
  /** What is wrong with the arguments as far as can be said without starting it. */
  lintArgs(input: LintInput): readonly LintProblem[];
  readonly causes: readonly CausePattern[];
}
