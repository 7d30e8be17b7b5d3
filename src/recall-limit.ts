import { contextLimit } from './engine-lint.ts';
import { BenchError, ExitCode } from './errors.ts';
import type { Plan } from './plan.ts';
import type { Readied } from './set-up.ts';
import { contextBudget, parseContext } from './workload/babilong/task.ts';

/** A context that is too long for the engine, told before it was started. */
export class ContextTooLong extends BenchError {
  override readonly name = 'ContextTooLong';
}

/** Tokens of a served model a GPT-2 token of English prose, at the very least (o200k: 0.96). */
const leastShare = 0.8;
/** GPT-2 tokens of instruction, examples and question of the shortest prompt (qa4). */
const promptTokens = 152;

/**
 * Refuses contexts that the engine cannot serve, as far as its arguments or its model tell before it starts.
 * @throws ContextTooLong (exit 2) that names them.
 */
export function requireContexts({ recall, engine, loaded }: Plan, { experiment }: Readied): void {
  const limit = recall === null ? null : contextLimit(engine, experiment, loaded.root);
  if (recall === null || limit === null) return;
  const needed = (context: string): number =>
    leastShare * ((contextBudget(parseContext(context)) ?? 0) + promptTokens) + recall.maxTokens;
  const tooLong = recall.contexts.filter((context) => needed(context) > limit.tokens);
  if (tooLong.length === 0) return;
  throw new ContextTooLong(
    `The engine of ${loaded.configPath} serves ${limit.tokens} tokens (${limit.from} says so): ${tooLong.join(', ')} cannot fit`,
    {
      exitCode: ExitCode.usage,
      hint: 'Leave those contexts out, or give the engine a longer one; `bench cliff` finds the longest that works.',
    },
  );
}
