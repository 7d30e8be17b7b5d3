/**
 * P(|Z| >= |z|) for a standard normal Z: erfc(|z| / sqrt 2). By the series of erf below 2 (M. Abramowitz, I. A. Stegun,
 * Handbook of Mathematical Functions (1964), 7.1.6: no term cancels another) and by the continued fraction of erfc
 * above (7.1.14), so that small tails keep their digits.
 */
export function twoSidedNormalP(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  return x < 2 ? 1 - erfSeries(x) : erfcFraction(x);
}

/** erf(x) = 2 / sqrt(pi) exp(-x^2) sum 2^k x^(2k + 1) / (2k + 1)!!. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; term > 1e-17 * sum; k += 1) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...)))), from the inside: 100 levels do from 2 on. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let level = 100; level > 0; level -= 1) tail = x + level / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}
