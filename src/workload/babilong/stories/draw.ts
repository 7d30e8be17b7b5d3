/** Choices made from a stream of numbers in [0, 1). */
export interface Draw {
  /** A whole number from 0 to `count` - 1. */
  below(count: number): number;
  /** One member of a list, each as likely. */
  of<T>(list: readonly T[]): T;
}

/** Choices from a stream; each takes one number of it. */
export function drawFrom(random: () => number): Draw {
  const below = (count: number) => Math.floor(random() * count);
  return { below, of: <T>(list: readonly T[]) => list[below(list.length)] as T };
}
