import type { ArmAnswer, PairedCell, PairedItem } from '../../src/verdict/recall-counts.ts';

/** How many items of a context came out how; the first letter is the parent's: right, wrong. */
export interface Made {
  readonly rr?: number;
  readonly rw?: number;
  readonly wr?: number;
  readonly ww?: number;
}

export const right: ArmAnswer = { outcome: 'ok', correct: true, format: true, textSha256: 'right' };
export const wrong: ArmAnswer = { outcome: 'ok', correct: false, format: true, textSha256: 'wrong' };
export const noLabel: ArmAnswer = { ...wrong, format: false, textSha256: 'no label' };
export const failed: ArmAnswer = { outcome: 'failed', correct: false, format: false, textSha256: null };

/** So many items that were answered like this. */
export function items(count: number, parent: ArmAnswer, child: ArmAnswer): PairedItem[] {
  return Array.from({ length: count }, (_, index) => ({ id: `item ${index}`, parent, child }));
}

/** A context made of these items. */
export function cell(context: string, { rr = 0, rw = 0, wr = 0, ww = 0 }: Made): PairedCell {
  return {
    context,
    items: [
      ...items(rr, right, right),
      ...items(rw, right, wrong),
      ...items(wr, wrong, right),
      ...items(ww, wrong, wrong),
    ],
  };
}
