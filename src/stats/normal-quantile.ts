import { twoSidedNormalP } from './normal-tail.ts';

/**
 * The z that a standard normal exceeds with probability `tail`: Newton's steps from 0, which stay below the root, for the
 * tail is convex there, and end where they no longer rise.
 * @param tail in (0, 0.5].
 * @throws RangeError for a tail out of range.
 */
export function upperNormalQuantile(tail: number): number {
  if (!(tail > 0 && tail <= 0.5)) throw new RangeError(`an upper tail lies in (0, 0.5], not at ${tail}`);
  let z = 0;
  for (;;) {
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const next = z + (twoSidedNormalP(z) / 2 - tail) / density;
    if (!(next - z > 1e-15 * next)) return Math.max(z, next);
    z = next;
  }
}
