import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PairedCell, PairedItem } from '../../src/verdict/recall-counts.ts';
import { recallGate } from '../../src/verdict/recall-gate.ts';
import type { RecallRule } from '../../src/verdict/recall-rule.ts';
import { cell, failed, items, noLabel, right, wrong } from './recall-items.ts';

const rule: RecallRule = { marginPt: 5, n: 200, batch: 50, chance: 1 / 6 };
const three = (...made: Parameters<typeof cell>[1][]): PairedCell[] =>
  ['4k', '8k', '16k'].map((context, index) => cell(context, made[index] ?? made[0] ?? {}));
const told = (cells: readonly PairedCell[], of = rule): string => {
  const { state, reason } = recallGate(cells, of);
  return `${state} ${reason}`;
};

describe('the gate', () => {
  it('passes what changes nothing at the first look, when the items are enough for the margin', () => {
    const gate = recallGate(three({ rr: 40, ww: 10 }), rule);
    expect(gate).toMatchObject({ state: 'pass', reason: 'outputs-equal', look: 1 });
    expect(gate.pooled).toMatchObject({ n: 150, lost: 0, gained: 0, lossPt: 0, p: 1 });
    expect(gate.why).toBe(
      'all outputs are equal; 0 items lost and 0 gained of 150: the drop is at most 3.5 points (99 % bound), within the margin of 5.0',
    );
  });

  it('does not pass equal outputs of 50 items: they are too few for 5 points', () => {
    expect(told([cell('4k', { rr: 40, ww: 10 })])).toBe('more open');
    expect(told([cell('4k', { rr: 80, ww: 20 })])).toBe('more open');
    expect(told([cell('4k', { rr: 120, ww: 30 })])).toBe('pass outputs-equal');
  });

  it('passes a loss whose bound is within the margin, and says which rule did', () => {
    expect(told(three({ rr: 148, rw: 2, ww: 50 }))).toBe('pass tango');
  });

  it('passes a loss that is no chance but within the margin: that is what the margin allows', () => {
    const gate = recallGate(three({ rr: 190, rw: 4, ww: 6 }), rule);
    expect(gate.pooled?.p).toBeLessThan(gate.thresholds.pooledP);
    expect(`${gate.state} ${gate.reason}`).toBe('pass tango');
  });

  it('fails a loss over all contexts that is no chance', () => {
    const gate = recallGate(three({ rr: 40, rw: 3, ww: 7 }), rule);
    expect(gate).toMatchObject({ state: 'fail', reason: 'mcnemar-pooled', look: 1 });
    expect(gate.why).toBe('9 items lost and 0 gained of 150: p 0.002 is at most 0.0075');
  });

  it('fails a loss in one context that the others hide', () => {
    const cells = three({ rr: 30, rw: 12, ww: 8 }, { rr: 40, wr: 5, ww: 5 }, { rr: 40, wr: 4, ww: 6 });
    expect(told(cells)).toBe('fail mcnemar-cell:4k');
    expect(recallGate(cells, rule).why).toContain('4k: 12 items lost and 0 gained of 50: p 0.00024');
  });

  it('fails answers that stop naming a label, right or wrong as they were', () => {
    const collapsed = { context: '8k', items: [...items(35, right, right), ...items(15, wrong, noLabel)] };
    const cells = [cell('4k', { rr: 40, ww: 10 }), collapsed];
    expect(told(cells)).toBe('fail format-collapse:8k');
    expect(recallGate(cells, rule).why).toContain('8k: 15 answers no longer name');
  });

  it('fails a child that fails where the parent does not, and takes such items from both arms', () => {
    const withFailed = (child: number, parent: number): PairedCell[] => [
      ...three({ rr: 40, ww: 10 }).slice(0, 2),
      {
        context: '16k',
        items: [
          ...items(50 - child - parent, right, right),
          ...items(child, right, failed),
          ...items(parent, failed, right),
        ],
      },
    ];
    expect(told(withFailed(1, 0))).toBe('fail failures');
    expect(recallGate(withFailed(2, 1), rule).why).toBe(
      '2 items of the child have no answer to the whole prompt, 1 of the parent',
    );
    const gate = recallGate(withFailed(1, 1), rule);
    expect(gate.state).toBe('pass');
    expect(gate.contexts[2]).toMatchObject({
      seen: 50,
      n: 48,
      invalid: 2,
      childInvalid: 1,
      parentInvalid: 1,
    });
  });

  it('asks for more while the loss may be chance, and ends inconclusive when the items are spent', () => {
    expect(told(three({ rr: 40, rw: 1, ww: 9 }))).toBe('more open');
    const spent = recallGate(three({ rr: 187, rw: 3, wr: 1, ww: 9 }), { ...rule, marginPt: 2 });
    expect(spent).toMatchObject({ state: 'inconclusive', reason: 'spent', look: 4 });
    expect(spent.why).toContain('above the margin of 2.0');
  });

  it('decides at looks only, the last of which may be smaller', () => {
    expect(told(three({ rr: 50, ww: 10 }))).toBe('more between-looks');
    expect(told([cell('4k', { rr: 50 }), cell('8k', { rr: 100 })])).toBe('more between-looks');
    const of = { ...rule, n: 120 };
    expect(recallGate(three({ rr: 120 }), of)).toMatchObject({ state: 'pass', look: 3 });
    expect(told(three({ rr: 119 }), of)).toBe('more between-looks');
    expect(() => recallGate(three({ rr: 121 }), of)).toThrow(RangeError);
    expect(() => recallGate([], of)).toThrow(RangeError);
  });
});

describe('the floor', () => {
  it('takes contexts out of the pool in which the parent is not above chance', () => {
    const gate = recallGate(three({ rr: 40, ww: 10 }, { rr: 12, ww: 38 }, { rr: 13, ww: 37 }), rule);
    expect(gate.contexts.map(({ informative }) => informative)).toEqual([true, false, true]);
    expect(gate.pooled?.n).toBe(100);
  });

  it('does not look at the child: one that collapses stays in the pool', () => {
    expect(told(three({ rr: 40, ww: 10 }, { rw: 14, ww: 36 }))).toBe('fail mcnemar-pooled');
  });

  it('is never passed: nothing is measurable when the parent is at it everywhere', () => {
    const gate = recallGate(three({ rr: 8, ww: 42 }), rule);
    expect(gate).toMatchObject({ state: 'unmeasurable', reason: 'floor', pooled: null });
    expect(gate.why).toContain('not above chance (16.7 % right)');
    expect(told(three({ ww: 50 }))).toBe('unmeasurable floor');
  });

  it('is not what a context has that neither arm answers: that was not measured, and does not pass', () => {
    expect(told([{ context: '4k', items: items(50, failed, failed) }])).toBe('unmeasurable unanswered:4k');
    const answered = three({ rr: 50 });
    const silent = { context: '64k', items: items(50, failed, failed) };
    expect(told([...answered, silent])).toBe('unmeasurable unanswered:64k');
    expect(recallGate([...answered, silent], rule).why).toContain('only 0 of 50 items were answered');
  });

  it('does not end the gate of the contexts that are answered', () => {
    const silent = { context: '16k', items: items(50, failed, failed) };
    expect(told([cell('8k', { rr: 44, rw: 6 }), silent])).toMatch(/^(more|fail) /);
    expect(told([cell('8k', { rr: 20, rw: 30 }), silent])).toMatch(/^fail mcnemar/);
  });

  it("of one context is not made up for by the parent's failures in another", () => {
    const ofParent = { context: '16k', items: items(50, failed, right) };
    const ofChild = { context: '8k', items: items(50, right, failed) };
    expect(told([ofParent, ofChild])).toBe('fail failures');
  });

  it('asks for more where more items would show that the parent is above it', () => {
    expect(told(three({ rr: 12, ww: 38 }))).toBe('more floor');
    expect(told(three({ rr: 12, ww: 38 }), { ...rule, n: 50 })).toBe('unmeasurable floor');
  });
});

const answer = fc.constantFrom(right, right, right, wrong, noLabel);
const cellOf = (context: string): fc.Arbitrary<PairedCell> =>
  fc
    .array(fc.tuple(answer, answer, fc.nat(4)), { minLength: 50, maxLength: 50 })
    .map((pairs) =>
      pairs.map(([parent, child, differs], index) => ({
        id: `${index}`,
        parent,
        child: differs === 0 ? child : parent,
      })),
    )
    .map((made: PairedItem[]) => ({ context, items: made }));
const cells = fc.tuple(cellOf('4k'), cellOf('8k'), cellOf('16k'));
const anyRule = fc.record({
  marginPt: fc.constantFrom(3, 5, 10, 15),
  n: fc.constantFrom(50, 100, 200),
  batch: fc.constant(50),
  chance: fc.constantFrom(1 / 6, 1 / 3),
});

describe('what holds for any answers', () => {
  it('the order of items and of contexts changes nothing', () => {
    fc.assert(
      fc.property(cells, anyRule, fc.infiniteStream(fc.nat()), (seen, of, keys) => {
        const shuffled = seen
          .map(({ context, items: list }) => ({ context, items: shuffle(list, keys) }))
          .reverse();
        const [one, other] = [recallGate(seen, of), recallGate(shuffled, of)];
        expect(other.state).toBe(one.state);
        expect(other.pooled).toEqual(one.pooled);
        expect([...other.contexts].reverse()).toEqual(one.contexts);
      }),
    );
  });

  it('losing one more item never turns fail into anything else, nor anything into pass', () => {
    fc.assert(
      fc.property(cells, anyRule, fc.nat(2), fc.nat(49), fc.boolean(), (seen, of, at, index, hasLabel) => {
        const child = hasLabel ? wrong : noLabel;
        const worse = seen.map((one, nth) => ({
          ...one,
          items: one.items.map((item, i) =>
            nth === at && i === index && item.child.correct ? { ...item, child } : item,
          ),
        }));
        const [before, after] = [recallGate(seen, of).state, recallGate(worse, of).state];
        if (before === 'fail') expect(after).toBe('fail');
        if (after === 'pass') expect(before).toBe('pass');
      }),
      { numRuns: 300 },
    );
  });

  it('a child that is its parent neither fails nor is inconclusive where the margin can be reached', () => {
    fc.assert(
      fc.property(cells, (seen) => {
        const same = seen.map((one) => ({
          ...one,
          items: one.items.map(({ id, parent }) => ({ id, parent, child: parent })),
        }));
        expect(recallGate(same, { ...rule, n: 50 }).state).toMatch(/pass|unmeasurable|inconclusive/);
        expect(recallGate(same, rule).state).not.toBe('fail');
      }),
    );
  });

  it('swapping the arms of what fails never fails by McNemar as well', () => {
    fc.assert(
      fc.property(cells, anyRule, (seen, of) => {
        const swapped = seen.map((one) => ({
          ...one,
          items: one.items.map(({ id, parent, child }) => ({ id, parent: child, child: parent })),
        }));
        const both = [recallGate(seen, of).reason, recallGate(swapped, of).reason];
        expect(both).not.toEqual(['mcnemar-pooled', 'mcnemar-pooled']);
      }),
    );
  });
});

function shuffle<T>(list: readonly T[], keys: Iterator<number>): T[] {
  return list
    .map((value) => ({ value, key: keys.next().value as number }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
