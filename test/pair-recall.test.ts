import { describe, expect, it } from 'vitest';
import { pairRecall } from '../src/pair-recall.ts';
import type { RecallPlan } from '../src/recall-plan.ts';
import type { RecallAnswer } from '../src/stats/recall.ts';

const plan = { task: 'qa1', contexts: ['4k', '8k'], n: 200, seed: 0 } as unknown as RecallPlan;
const rule = { marginPt: 5, n: 200, batch: 50, chance: 1 / 6 };

/** Answers to a batch of both contexts; `wrong` says which are not right. */
function answers(from: number, count: number, wrong: (index: number, context: string) => boolean) {
  return plan.contexts.flatMap((context) =>
    Array.from({ length: count }, (_, at): RecallAnswer => {
      const index = from + at;
      const isCorrect = !wrong(index, context);
      return {
        ...{ id: `x-${context}-${index}`, context, index, isCorrect },
        outcome: 'ok',
        isCut: false,
        format: 'one-label',
        textSha256: isCorrect ? 'right' : 'wrong',
      } as RecallAnswer;
    }),
  );
}

const never = () => false;

describe('the items of a run in pairs', () => {
  it('are asked batch by batch, each of both arms, until the gate has decided', () => {
    const recall = pairRecall(plan, rule, 8);
    expect(recall.gate()).toBeNull();
    expect(recall.next('baseline')).toEqual({ from: 0, count: 50 });
    recall.add('baseline', answers(0, 50, never));
    expect(recall.next('baseline')).toBeNull();
    expect(recall.next('candidate')).toEqual({ from: 0, count: 50 });
    expect(recall.gate()).toBeNull();
    // Four of a hundred are lost: open.
    recall.add(
      'candidate',
      answers(0, 50, (index) => index < 2),
    );
    expect(recall.gate()).toMatchObject({ state: 'more', look: 1 });
    expect(recall.next('candidate')).toEqual({ from: 50, count: 50 });
  });

  it('are no more once it has', () => {
    const recall = pairRecall(plan, rule, 8);
    recall.add('baseline', answers(0, 50, never));
    recall.add(
      'candidate',
      answers(0, 50, (index) => index < 20),
    );
    expect(recall.gate()).toMatchObject({ state: 'fail', reason: 'mcnemar-pooled' });
    expect(recall.next('baseline')).toBeNull();
    expect(recall.next('candidate')).toBeNull();
  });

  it('are spread over as many pairs as there may be, and looked at batch by batch all the same', () => {
    const recall = pairRecall(plan, rule, 2);
    expect(recall.next('baseline')).toEqual({ from: 0, count: 100 });
    recall.add('baseline', answers(0, 100, never));
    recall.add('candidate', answers(0, 100, never));
    expect(recall.gate()).toMatchObject({ state: 'pass', reason: 'outputs-equal' });
  });

  it('that an arm did not come to are asked of it before new ones', () => {
    const recall = pairRecall(plan, rule, 8);
    recall.add('baseline', answers(0, 50, never));
    expect(recall.next('candidate')).toEqual({ from: 0, count: 50 });
    expect(recall.next('baseline')).toBeNull();
  });

  it('that were not asked any more count as failed', () => {
    const recall = pairRecall(plan, rule, 8);
    recall.add('baseline', answers(0, 50, never));
    recall.add(
      'candidate',
      answers(0, 50, never).filter(({ context, index }) => context === '4k' || index < 3),
    );
    expect(recall.gate()).toMatchObject({ state: 'fail', reason: 'failures' });
  });

  it('are asked once where nothing is judged', () => {
    const recall = pairRecall(plan, null, 8);
    expect(recall.next('candidate')).toEqual({ from: 0, count: 200 });
    recall.add('candidate', answers(0, 200, never));
    recall.add('baseline', answers(0, 200, never));
    expect(recall.next('candidate')).toBeNull();
    expect(recall.gate()).toBeNull();
  });
});
