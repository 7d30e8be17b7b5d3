import type { Json } from '../canonical.ts';

/** What an engine says of itself once it is warm, before anything is made of it. */
export interface Stated {
  /** Path -> its JSON, of `factsPaths` that answered. */
  readonly endpoints: { readonly [path: string]: Json };
  /** Prometheus text of `metricsPath`; null when it did not answer. */
  readonly metrics: string | null;
  /** Everything it has written so far, line by line, without stamps. */
  readonly log: readonly string[];
}

/**
 * What an engine stated about itself, in words all engines share. A fact that was not seen is absent: nothing here
 * is a default that somebody remembers, and nothing is worked out from the arguments.
 */
export interface EngineFacts {
  readonly attentionBackend?: string;
  /** FlashAttention's own version (2, 3, 4), where that backend names it. */
  readonly flashAttentionVersion?: string;
  readonly moeBackend?: string;
  readonly quantization?: string;
  /** Of weights and activations, without `torch.`: bfloat16, float16. */
  readonly dtype?: string;
  readonly kvCacheDtype?: string;
  readonly kvCacheTokens?: number;
  readonly kvCacheBytes?: number;
  /** Tokens a block of the paged cache holds. */
  readonly kvCacheBlockTokens?: number;
  /** Requests of full length the cache has room for. */
  readonly maxConcurrency?: number;
  /** Longest request, prompt and answer together. */
  readonly maxModelTokens?: number;
  /** Requests it works on at a time at most. */
  readonly maxSequences?: number;
  readonly modelArchitecture?: string;
  readonly modelLoadS?: number;
  readonly modelBytes?: number;
  readonly compileS?: number;
  readonly engineInitS?: number;
  /** Whether CUDA graphs were captured, and how long and how much memory that took. */
  readonly graphsCaptured?: boolean;
  readonly graphCaptureS?: number;
  readonly graphBytes?: number;
  /** Whether decoding was seen to run on them; captured graphs may go unused. */
  readonly graphsUsedInDecode?: boolean;
  /** Kernels that run on a default configuration because none was tuned for this device: the engine's words. */
  readonly untunedKernels?: readonly string[];
  readonly autotunerFallbacks?: number;
  readonly preemptions?: number;
  readonly chunkedPrefill?: boolean;
  readonly chunkedPrefillTokens?: number;
  readonly prefixCaching?: boolean;
  readonly asyncScheduling?: boolean;
  readonly tensorParallel?: number;
  readonly speculativeMethod?: string;
  /** Accepted draft tokens / proposed draft tokens. */
  readonly speculativeAcceptRate?: number;
  /** 1 + accepted draft tokens / steps. */
  readonly speculativeTokensPerStep?: number;
  /** Layers that live on a GPU, of all. */
  readonly layersOnGpu?: number;
  readonly layers?: number;
  readonly threads?: number;
  /** Arguments whose value is not the engine's default, as it names them. */
  readonly nonDefaultArgs?: { readonly [name: string]: Json };
}

type Seen = { readonly [Name in keyof EngineFacts]: EngineFacts[Name] | null | undefined };

/** Keeps what was seen and leaves out the rest. */
export function seenFacts(facts: Seen): EngineFacts {
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => value !== null && value !== undefined),
  ) as EngineFacts;
}
