import { sha256Hex } from '../canonical.ts';

/**
 * Seeded numbers in [0, 1), the same on every machine for the same name: mulberry32 (Tommy Ettinger, public
 * domain), started from a hash of the name so that neighbouring seeds give unrelated streams.
 */
export function randomStream(name: string): () => number {
  let state = Number.parseInt(sha256Hex(name).slice(0, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
