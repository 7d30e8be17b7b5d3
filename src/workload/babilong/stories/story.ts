import type { Draw } from './draw.ts';

/** One bAbI item: what happened, a question and its answer. */
export interface Story {
  /** Sentences, in the order in which things happen. */
  readonly facts: readonly string[];
  /** As bAbI has it: with a space at its end, but for qa4. */
  readonly question: string;
  readonly target: string;
  /** Positions in `facts`, from 0, of those that the answer follows from. */
  readonly supporting: readonly number[];
}

/** Tells a story up to its question number `asked` (from 1); earlier questions are left out of the facts. */
export type Teller = (draw: Draw, asked: number) => Story;
