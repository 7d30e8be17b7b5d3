import { parseFlags } from './config/flags.ts';
import type { Engine } from './engines/engine.ts';

/** A prompt that the engine counted. */
export interface CountedPrompt {
  /** By the engine, all of it. */
  readonly promptTokens: number;
  /** By GPT-2, of its context alone. */
  readonly contextTokens: number;
}

/** Tokens of a served model a GPT-2 token of English prose, before any were counted. */
const firstShare = 1.15;

/** GPT-2 tokens of the longest prompt but its context. */
const rest = 300;

/** By how much that may differ between one passage and another. */
const spread = 0.04;

/** Tokens that an engine may keep free. */
const spare = 16;

/**
 * How long a context must be served for a probe, prompt and answer: what it was counted to need, else the longest prompt
 * that was counted and what the context has more, at the rate between the shortest and the longest.
 * @param contextTokens GPT-2 tokens of the probe's context.
 */
export function neededTokens(
  contextTokens: number,
  maxTokens: number,
  counted: readonly CountedPrompt[],
): number {
  const sorted = counted.toSorted((a, b) => a.contextTokens - b.contextTokens);
  const [first, last] = [sorted[0], sorted.at(-1)];
  const room = maxTokens + spare;
  const same = sorted.find((one) => one.contextTokens === contextTokens);
  if (same !== undefined) return same.promptTokens + room;
  if (first === undefined || last === undefined || first.contextTokens === last.contextTokens)
    return Math.ceil(firstShare * (contextTokens + rest)) + room;
  const rate = (last.promptTokens - first.promptTokens) / (last.contextTokens - first.contextTokens);
  const more = contextTokens - last.contextTokens;
  return Math.ceil(last.promptTokens + more * rate + Math.abs(more) * spread) + room;
}

/** Arguments without the flags that set the context's length. */
export function withoutContextFlags(args: readonly string[], { contextFlags }: Engine): string[] {
  const names = new Set(contextFlags.map(normal));
  const found = parseFlags(args).filter(({ flag }) => flag !== null && names.has(normal(flag)));
  return args.filter((_, index) => !found.some(({ start, end }) => start <= index && index < end));
}

/** Arguments that make the engine serve so many tokens to one request. */
export function withContext(args: readonly string[], engine: Engine, tokens: number): string[] {
  const others = withoutContextFlags(args, engine);
  const [flag = ''] = engine.contextFlags;
  const withValue = (value: number): string[] => {
    const stop = others.indexOf('--');
    const end = stop === -1 ? others.length : stop;
    return [...others.slice(0, end), flag, String(value), ...others.slice(end)];
  };
  // llama.cpp shares what the flag says among its slots.
  const served = engine.contextLimit(withValue(tokens)) ?? tokens;
  return withValue(served >= tokens ? tokens : tokens * Math.ceil(tokens / served));
}

/** Python engines read both. */
function normal(flag: string): string {
  return flag.replaceAll('_', '-');
}
