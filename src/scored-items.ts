import type { RunRecord } from './ledger/record.ts';
import type { RecallArm } from './verdict/recall-compare.ts';

/** Items of a record at one context that were answered to the whole prompt, under names that equal prompts alone share. */
export function scoredItems(
  { recall }: Pick<RunRecord, 'recall'>,
  context: string,
): RecallArm['contexts'][number]['items'] {
  return (recall?.items ?? []).flatMap(({ id, promptSha256, verdict, context: own }) =>
    own === context && (verdict === 'correct' || verdict === 'wrong')
      ? [{ id: `${id} ${promptSha256}`, correct: verdict === 'correct' }]
      : [],
  );
}
