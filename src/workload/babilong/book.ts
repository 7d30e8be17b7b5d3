import type { Gpt2 } from './gpt2.ts';
import { type Span, sentenceSpans } from './punkt.ts';

/** Sentences with fewer GPT-2 tokens are no noise (`min_sentence_len` of the official sampler). */
const fewestTokens = 10;

/**
 * A text and its sentences. Each is counted once, when it is first used: what a long run keeps is bounded by the
 * text.
 */
export class Book {
  readonly #text: string;
  readonly #isLeftOut: (sentence: string) => boolean;
  #spans: readonly Span[] | null = null;
  /** By sentence: 0 is not counted yet, else 1 + its tokens, or 1 when it is no noise. */
  #counts = new Uint32Array();

  /** @param isLeftOut which sentences are no noise, besides the short ones. */
  constructor(text: string, isLeftOut: (sentence: string) => boolean = () => false) {
    this.#text = text;
    this.#isLeftOut = isLeftOut;
  }

  /** Its length in UTF-16 units. */
  get length(): number {
    return this.#text.length;
  }

  /**
   * The sentences of a passage but its first and last one, which are cut: numbers from `first` to before `end`.
   * They are those of the whole text, so that they are found and counted once. Punkt, given the passage alone,
   * differs where it starts with the last letter of a sentence, which then looks like an initial: 1 of 100.
   */
  within(start: number, length: number): { first: number; end: number } {
    const spans = this.#sentences();
    const cut = firstWhere(spans.length, (at) => (spans[at]?.[1] ?? 0) > start);
    const beyond = firstWhere(spans.length, (at) => (spans[at]?.[0] ?? 0) >= start + length);
    return { first: cut + 1, end: beyond - 1 };
  }

  /** A sentence as noise has it: with a space before it. */
  noise(sentence: number): string {
    const [start, end] = this.#sentences()[sentence] ?? [0, 0];
    return ` ${this.#text.slice(start, end)}`;
  }

  /** The GPT-2 tokens of a sentence as noise; 0 when it is none. */
  tokens(sentence: number, gpt2: Gpt2): number {
    const known = this.#counts[sentence] ?? 0;
    if (known > 0) return known - 1;
    const text = this.noise(sentence);
    const count = this.#isLeftOut(text) ? 0 : gpt2.count(text);
    const usable = count < fewestTokens ? 0 : count;
    this.#counts[sentence] = usable + 1;
    return usable;
  }

  #sentences(): readonly Span[] {
    if (this.#spans === null) {
      this.#spans = sentenceSpans(this.#text);
      this.#counts = new Uint32Array(this.#spans.length);
    }
    return this.#spans;
  }
}

/** The first number below `count` for which a test holds that holds for all later ones too; `count` if for none. */
function firstWhere(count: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
