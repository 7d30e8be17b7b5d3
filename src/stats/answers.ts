/** Units in a run of text that is looked for again. */
const gram = 4;
/** Texts of fewer words are looked at by character. */
const fewestWords = 8;

/**
 * Where two texts first differ: how many code points they begin with in common; null when they are equal. A text that goes
 * on where the other ends differs there.
 */
export function firstDivergence(one: string, other: string): number | null {
  if (one === other) return null;
  const rest = other[Symbol.iterator]();
  let index = 0;
  for (const character of one) {
    if (rest.next().value !== character) return index;
    index += 1;
  }
  return index;
}

/**
 * How much a text repeats itself, from 0 to almost 1: the share of its 4-grams of words that occurred before,
 * 1 - distinct / all (seq-rep-4 of S. Welleck et al., "Neural Text Generation with Unlikelihood Training", ICLR (2020)).
 * Words are what white space separates; a text of fewer than 8 words is taken by code points, its white space as it is.
 * @returns null for a text without a 4-gram, as an empty one.
 */
export function repetition(text: string): number | null {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const units = words.length < fewestWords ? [...text] : words;
  const all = units.length - gram + 1;
  if (all < 1) return null;
  const distinct = new Set(
    Array.from({ length: all }, (_, at) => JSON.stringify(units.slice(at, at + gram))),
  );
  return 1 - distinct.size / all;
}
