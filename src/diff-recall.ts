import type { RunRecord } from './ledger/record.ts';
import { scoredItems } from './scored-items.ts';
import { compareRecall, type RecallArm, type RecallDifference } from './verdict/recall-compare.ts';

/**
 * What two runs answered to the same items, context by context, with Holm over the contexts; null where one of them has no
 * items or they share none.
 */
export function recallBetween(a: RunRecord | null, b: RunRecord | null): readonly RecallDifference[] | null {
  const [one, other] = [armOf('A', a), armOf('B', b)];
  if (one === null || other === null) return null;
  const shared = compareRecall([one, other]).differences.filter(({ n }) => n > 0);
  return shared.length === 0 ? null : shared;
}

function armOf(name: string, record: RunRecord | null): RecallArm | null {
  const items = record?.recall?.items ?? [];
  if (record === null || items.length === 0) return null;
  const contexts = [...new Set(items.map(({ context }) => context))];
  return { name, contexts: contexts.map((context) => ({ context, items: scoredItems(record, context) })) };
}
