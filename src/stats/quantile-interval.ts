/** What a sample says about a quantile of what it was drawn from; null: on that side it says nothing. */
export interface QuantileInterval {
  readonly lower: number | null;
  readonly upper: number | null;
  /** The probability that the interval holds the quantile, as computed, not as asked for. */
  readonly coverage: number;
}

/** How sure the interval should be, and how many independent values the sample is worth. */
export interface IntervalOptions {
  /** Wanted coverage; default 0.95. */
  readonly level?: number;
  /** Fewer than the values when they are correlated (`effectiveN`); default: all of them. */
  readonly independent?: number;
}

/**
 * Distribution-free confidence interval for the p-quantile (0 < p < 1) of values sorted ascending, from two of
 * them: with B ~ Binomial(n, p), the order statistics x(l), x(u) hold it with probability
 * P(B <= u - 1) - P(B <= l - 1). l is the largest rank with P(B <= l - 1) <= alpha / 2, u the smallest with
 * P(B <= u - 1) >= 1 - alpha / 2; a rank outside 1..n is an open side. Exact for continuous distributions, at
 * least as sure for others. H. A. David, H. N. Nagaraja, Order Statistics, 3rd ed. (2003), section 7.1.
 *
 * With `independent` below the number of values, the ranks are found for that many and widened outward to the
 * sample (R. S. Woodruff, "Confidence Intervals for Medians and Other Position Measures", JASA 47 (1952)).
 * Throws RangeError when the sample is empty.
 */
export function quantileInterval(
  sorted: readonly number[],
  p: number,
  options: IntervalOptions = {},
): QuantileInterval {
  if (sorted.length === 0) throw new RangeError('no values');
  const independent = options.independent ?? sorted.length;
  const { lowerRank, upperRank, coverage } = quantileRanks(independent, p, options.level ?? 0.95);
  const scale = sorted.length / independent;
  return {
    lower: lowerRank === null ? null : (sorted[Math.floor((lowerRank - 1) * scale)] as number),
    upper: upperRank === null ? null : (sorted[Math.ceil(upperRank * scale) - 1] as number),
    coverage,
  };
}

interface Ranks {
  readonly lowerRank: number | null;
  readonly upperRank: number | null;
  readonly coverage: number;
}

function quantileRanks(n: number, p: number, level: number): Ranks {
  const tail = (1 - level) / 2;
  const cdf = binomialCdf(n, p);
  let lowerRank: number | null = null;
  let upperRank: number | null = null;
  for (let rank = 1; rank <= n; rank += 1) {
    const below = cdf[rank - 1] as number;
    if (below <= tail) lowerRank = rank;
    if (below >= 1 - tail) {
      upperRank = rank;
      break;
    }
  }
  const belowLower = lowerRank === null ? 0 : (cdf[lowerRank - 1] as number);
  const belowUpper = upperRank === null ? 1 : (cdf[upperRank - 1] as number);
  return { lowerRank, upperRank, coverage: belowUpper - belowLower };
}

/** P(B <= k) for k = 0..n - 1; the terms by recurrence in logarithms, so that a large n does not underflow. */
function binomialCdf(n: number, p: number): number[] {
  const logOdds = Math.log(p) - Math.log1p(-p);
  let logTerm = n * Math.log1p(-p);
  let sum = 0;
  return Array.from({ length: n }, (_, k) => {
    if (k > 0) logTerm += Math.log((n - k + 1) / k) + logOdds;
    sum += Math.exp(logTerm);
    return Math.min(1, sum);
  });
}
