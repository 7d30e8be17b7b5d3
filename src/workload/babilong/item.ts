import { sha256Hex } from '../../canonical.ts';
import { renderPrompt } from './prompts.ts';
import type { RecallTask } from './task.ts';

/** One question to ask. */
export interface RecallItem {
  /** Names everything that made it: `babi1-s0-moby1f2e3d4c-qa1-4k-17`, `hub1f2e3d4c-qa1-4k-17`. */
  readonly id: string;
  readonly task: RecallTask;
  /** The nominal length, such as `4k`. */
  readonly context: string;
  /** GPT-2 tokens of the context alone: 3700 at 4k. */
  readonly contextTokens: number;
  /** From 0. Items of one task with the same index pair across lengths, in data that bench makes. */
  readonly index: number;
  /** The text of the one user message. */
  readonly prompt: string;
  readonly question: string;
  readonly target: string;
  readonly promptSha256: string;
}

/** An item from its parts, with its prompt rendered and hashed. */
export function makeItem(
  parts: Omit<RecallItem, 'prompt' | 'promptSha256' | 'id'> & {
    readonly origin: string;
    readonly text: string;
  },
): RecallItem {
  const { origin, text, ...item } = parts;
  const prompt = renderPrompt(item.task, text, item.question);
  const id = `${origin}-${item.task}-${item.context}-${item.index}`;
  return { id, ...item, prompt, promptSha256: sha256Hex(prompt) };
}
