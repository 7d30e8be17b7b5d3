import { upperNormalQuantile } from './normal-quantile.ts';

/** What two arms made of the same items. */
export interface PairedCounts {
  readonly n: number;
  /** Items that the first arm has right and the second wrong. */
  readonly lost: number;
  /** Items that the second arm has right and the first wrong. */
  readonly gained: number;
}

/**
 * One-sided upper bound of the drop, the first arm's share of right items less the second's: the largest drop that the
 * paired score test does not reject (T. Tango, Stat. Med. 17 (1998) 891), by bisection to 1e-12. It holds up where a Wald
 * interval has width 0, without discordant items: z^2 / (n + z^2).
 * @param confidence in [0.5, 1).
 * @returns a share in [-1, 1].
 * @throws RangeError unless n > 0, lost and gained are from 0 and no more than n together.
 */
export function tangoUpper(counts: PairedCounts, confidence: number): number {
  const { n, lost, gained } = counts;
  if (!(n > 0 && lost >= 0 && gained >= 0 && lost + gained <= n)) {
    throw new RangeError(`${lost} lost and ${gained} gained of ${n} items are no paired counts`);
  }
  const z = upperNormalQuantile(1 - confidence);
  let [low, high] = [(lost - gained) / n, 1];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (scoreZ(counts, middle) > -z) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * How far the drop seen lies above `drop`, in standard errors under it. There the items gained have the probability that
 * is most likely among those with P(lost) - P(gained) = drop: the positive root of Tango's quadratic.
 */
function scoreZ({ n, lost, gained }: PairedCounts, drop: number): number {
  const linear = (2 * n - lost + gained) * drop - lost - gained;
  const constant = -gained * drop * (1 - drop);
  const root = Math.sqrt(Math.max(0, linear * linear - 8 * n * constant));
  const gain = linear > 0 ? (-2 * constant) / (root + linear) : (root - linear) / (4 * n);
  const variance = n * (2 * gain + drop * (1 - drop));
  const beyond = lost - gained - n * drop;
  return variance > 0 ? beyond / Math.sqrt(variance) : Math.sign(beyond) * Number.POSITIVE_INFINITY;
}
