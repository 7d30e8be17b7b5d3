/** How one arm answered one item. */
export interface ArmAnswer {
  /** `cut`: the prompt did not reach the model whole; `failed`: there is no answer. */
  readonly outcome: 'ok' | 'failed' | 'cut';
  readonly correct: boolean;
  /** Whether the answer names a label of the task at all. */
  readonly format: boolean;
  /** Of the answer's text; null when there is none. */
  readonly textSha256: string | null;
}

/** One item, asked of both arms. */
export interface PairedItem {
  readonly id: string;
  readonly parent: ArmAnswer;
  readonly child: ArmAnswer;
}

/** The items of one context, so far. */
export interface PairedCell {
  readonly context: string;
  readonly items: readonly PairedItem[];
}

/** One context in numbers; all but the first five count items that both arms answered. */
export interface RecallCounts {
  readonly context: string;
  /** Items asked, answered or not. */
  readonly seen: number;
  /** Items that leave both arms, because one of them has no answer to the whole prompt. */
  readonly invalid: number;
  /** Items without an answer to the whole prompt, by arm. */
  readonly parentInvalid: number;
  readonly childInvalid: number;
  readonly n: number;
  readonly parentRight: number;
  readonly childRight: number;
  /** Right in the parent and wrong in the child; and the other way. */
  readonly lost: number;
  readonly gained: number;
  /** Answers that name a label in the parent only; in the child only. */
  readonly formatLost: number;
  readonly formatGained: number;
  /** Items whose text is not known to be the same. */
  readonly changed: number;
}

/** Counts the items of one context, in any order. */
export function countCell({ context, items }: PairedCell): RecallCounts {
  const answered = items.filter(({ parent, child }) => parent.outcome === 'ok' && child.outcome === 'ok');
  const count = (
    is: (parent: ArmAnswer, child: ArmAnswer) => boolean,
    among: readonly PairedItem[] = answered,
  ): number => among.filter(({ parent, child }) => is(parent, child)).length;
  return {
    context,
    seen: items.length,
    invalid: items.length - answered.length,
    parentInvalid: count((parent) => parent.outcome !== 'ok', items),
    childInvalid: count((_, child) => child.outcome !== 'ok', items),
    n: answered.length,
    parentRight: count((parent) => parent.correct),
    childRight: count((_, child) => child.correct),
    lost: count((parent, child) => parent.correct && !child.correct),
    gained: count((parent, child) => !parent.correct && child.correct),
    formatLost: count((parent, child) => parent.format && !child.format),
    formatGained: count((parent, child) => !parent.format && child.format),
    changed: count((parent, child) => parent.textSha256 === null || parent.textSha256 !== child.textSha256),
  };
}
