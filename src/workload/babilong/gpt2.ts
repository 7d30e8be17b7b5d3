/** GPT-2's tokenizer, in which BABILong measures all lengths, whatever model is asked. */
export interface Gpt2 {
  /** How many tokens a text has. Special tokens in it are plain text. */
  count(text: string): number;
  /**
   * The text of the first so many tokens; bytes that a cut leaves incomplete become U+FFFD, as in the official
   * data.
   */
  prefix(text: string, tokens: number): string;
}

/** Loads the tokenizer, about 140 ms. Call it only when items are made. */
export async function loadGpt2(): Promise<Gpt2> {
  const [{ Tiktoken }, { default: ranks }] = await Promise.all([
    import('js-tiktoken/lite'),
    import('js-tiktoken/ranks/gpt2'),
  ]);
  const tokenizer = new Tiktoken(ranks);
  return {
    count: (text) => tokenizer.encode(text, [], []).length,
    prefix: (text, tokens) => tokenizer.decode(tokenizer.encode(text, [], []).slice(0, tokens)),
  };
}
