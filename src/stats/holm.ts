/**
 * p values adjusted for their number, in the order given: an adjusted p of at most alpha rejects with a probability of any
 * false rejection of at most alpha, however the tests depend on each other. The i-th smallest of m is multiplied by
 * m - i + 1 and is no less than the one before (S. Holm, Scand. J. Stat. 6 (1979)).
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((p, index) => ({ p, index })).sort((one, other) => one.p - other.p);
  const adjusted = ps.map(() => 1);
  let least = 0;
  order.forEach(({ p, index }, rank) => {
    least = Math.max(least, Math.min(1, p * (ps.length - rank)));
    adjusted[index] = least;
  });
  return adjusted;
}
