import type { RecallItem } from '../../../src/workload/babilong/item.ts';
import type { RecallData } from '../../../src/workload/babilong/load.ts';
import { parseContext, type RecallTask } from '../../../src/workload/babilong/task.ts';

/** Items of a source, all at once. */
export async function items(
  data: RecallData,
  task: RecallTask,
  context: string,
  from = 0,
  count = 1,
  seed = 0,
) {
  const made: RecallItem[] = [];
  const wanted = { task, nominalTokens: parseContext(context), from, count, seed };
  for await (const item of data.items(wanted)) made.push(item);
  return made;
}

/** The context that a prompt holds. */
export function contextOf({ prompt }: RecallItem): string {
  return prompt.slice(prompt.indexOf('<context>\n') + 10, prompt.lastIndexOf('\n</context>'));
}
