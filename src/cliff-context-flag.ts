import { parseFlags } from './config/flags.ts';
import type { Engine } from './engines/engine.ts';

/** Tokens of a served model a GPT-2 token of English prose, before any was counted. */
const firstShare = 1.15;

/** Tokens of a chat template, and one that some engines keep free. */
const spare = 32;

/**
 * How long a context must be served for a probe: its prompt and its answer.
 * @param length nominal GPT-2 tokens, which context, instruction and question together stay below.
 * @param counted the longest prompt so far by the engine's own count, and the GPT-2 tokens of its context; null: none yet.
 */
export function neededTokens(
  length: number,
  maxTokens: number,
  counted: { readonly promptTokens: number; readonly contextTokens: number } | null,
): number {
  const share = counted === null ? firstShare : counted.promptTokens / counted.contextTokens;
  return Math.ceil(length * share) + maxTokens + spare;
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
