import { BenchError, ExitCode } from '../../errors.ts';
import type { Book } from './book.ts';
import type { Gpt2 } from './gpt2.ts';
import type { Draw } from './stories/draw.ts';

/** Text to hide facts in. */
export interface Haystack {
  /** A word for ids: `moby`, `dir`. */
  readonly name: string;
  /** Of the text it was read from. */
  readonly sha256: string;
  /** At least one, none empty. */
  readonly books: readonly Book[];
}

/** After so many passages in a row without a usable sentence there are none. */
const mostFruitless = 1000;

/**
 * The noise of one block of items, in the order in which they are made: passages from random places, whose
 * sentences go on in the next item until they are used up (`SentenceSampler` of booydar/babilong).
 */
export class Noise {
  readonly #haystack: Haystack;
  readonly #gpt2: Gpt2;
  readonly #draw: Draw;
  #book: Book | null = null;
  #next = 0;
  #end = 0;

  constructor(haystack: Haystack, gpt2: Gpt2, draw: Draw) {
    this.#haystack = haystack;
    this.#gpt2 = gpt2;
    this.#draw = draw;
  }

  /**
   * Sentences of exactly so many GPT-2 tokens together, each with a space before it; the last one is cut.
   * @throws BenchError (exit 2) when the haystack has no sentence of 10 tokens
   */
  take(tokens: number): string[] {
    const taken: string[] = [];
    let fruitless = 0;
    for (let left = tokens; left > 0; ) {
      const sentence = this.#sentence();
      if (sentence === null) {
        fruitless += 1;
        if (fruitless > mostFruitless) throw noSentences(this.#haystack);
        this.#passage(tokens);
        continue;
      }
      fruitless = 0;
      taken.push(sentence.tokens > left ? this.#gpt2.prefix(sentence.text, left) : sentence.text);
      left -= sentence.tokens;
    }
    return taken;
  }

  /** The next usable sentence of the passage; null: it has no more. */
  #sentence(): { text: string; tokens: number } | null {
    for (; this.#book !== null && this.#next < this.#end; this.#next += 1) {
      const tokens = this.#book.tokens(this.#next, this.#gpt2);
      if (tokens === 0) continue;
      const text = this.#book.noise(this.#next);
      this.#next += 1;
      return { text, tokens };
    }
    return null;
  }

  /** Goes to a random place of a random book, for a passage of 10 characters for each token that is wanted. */
  #passage(tokens: number): void {
    const book = this.#draw.of(this.#haystack.books);
    const { first, end } = book.within(this.#draw.below(book.length), 10 * tokens);
    this.#book = book;
    this.#next = first;
    this.#end = end;
  }
}

function noSentences({ name }: Haystack): BenchError {
  return new BenchError(`the haystack '${name}' has no sentence of 10 tokens or more to hide facts in`, {
    exitCode: ExitCode.usage,
    hint: 'Give a folder of books: plain English prose, as .txt files in UTF-8.',
  });
}
