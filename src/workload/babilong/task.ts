import { BenchError, ExitCode } from '../../errors.ts';

/** The BABILong tasks that bench knows: bAbI 1 to 5, in which every answer is one of a few words. */
export const recallTasks = ['qa1', 'qa2', 'qa3', 'qa4', 'qa5'] as const;

/** One of them. */
export type RecallTask = (typeof recallTasks)[number];

const rooms = ['bathroom', 'bedroom', 'garden', 'hallway', 'kitchen', 'office'] as const;

/** Every word that can be an answer, by task (`TASK_LABELS` of booydar/babilong, `babilong/metrics.py`). */
export const taskLabels: Readonly<Record<RecallTask, readonly string[]>> = {
  qa1: rooms,
  qa2: rooms,
  qa3: rooms,
  qa4: rooms,
  qa5: ['Bill', 'Fred', 'Jeff', 'Mary', 'apple', 'football', 'milk'],
};

const longest = 1_000_000;
const allowed = 'use 0k, 1k, 2k, 4k, ... 1M: a multiple of 1000 up to 1000000';

/**
 * The nominal length that a text names, in GPT-2 tokens: `4k` -> 4000, `0k` -> 0, `1M` -> 1000000, `8000` -> 8000.
 * @throws BenchError (exit 2) for anything else, saying what is allowed.
 */
export function parseContext(text: string): number {
  const parts = /^(\d{1,7})([kM]?)$/.exec(text.trim());
  const unit = { k: 1000, M: 1_000_000, '': 1 }[parts?.[2] ?? ''] ?? 1;
  const tokens = parts === null ? Number.NaN : Number(parts[1]) * unit;
  // A bare 0 is more likely a slip than the wish for a context without noise.
  if (tokens % 1000 === 0 && tokens <= longest && (tokens > 0 || unit > 1)) return tokens;
  throw new BenchError(`'${text}' is no context length`, { exitCode: ExitCode.usage, hint: `${allowed}.` });
}

/** The name of a nominal length, as the data sets on the hub call it: 4000 -> `4k`, 1000000 -> `1M`. */
export function contextName(nominalTokens: number): string {
  return nominalTokens > 0 && nominalTokens % 1_000_000 === 0
    ? `${nominalTokens / 1_000_000}M`
    : `${nominalTokens / 1000}k`;
}

/**
 * How many GPT-2 tokens a context of a nominal length has: 300 fewer, which the official generator leaves for the
 * rest of the prompt (`data/create_tasks.py`); null for 0k, whose context is the facts alone.
 */
export function contextBudget(nominalTokens: number): number | null {
  return nominalTokens === 0 ? null : nominalTokens - 300;
}
