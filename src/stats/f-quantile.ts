/**
 * Quantile of Fisher's F distribution: the value that F(d1, d2) stays below with probability `p`. By bisection of
 * {@link fCdf} to 1e-12 relative.
 * @param p in (0, 1).
 * @throws RangeError for a probability or degrees of freedom out of range.
 */
export function fQuantile(p: number, d1: number, d2: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a probability lies in (0, 1), not at ${p}`);
  let [low, high] = [0, 1];
  while (fCdf(high, d1, d2) < p) [low, high] = [high, high * 2];
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (fCdf(middle, d1, d2) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * P(F <= x) for Fisher's F with d1 and d2 degrees of freedom: I_z(d1 / 2, d2 / 2) at z = d1 x / (d1 x + d2)
 * (M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions (1964), 26.6.2).
 * @throws RangeError when a number of degrees of freedom is not positive.
 */
export function fCdf(x: number, d1: number, d2: number): number {
  if (!(d1 > 0 && d2 > 0)) throw new RangeError(`degrees of freedom are positive, not ${d1} and ${d2}`);
  return x <= 0 ? 0 : incompleteBeta((d1 * x) / (d1 * x + d2), d1 / 2, d2 / 2);
}

/** Regularised incomplete beta function I_x(a, b); its continued fraction converges fast below the mean only. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(logFront) / a) * betaFraction(x, a, b);
}

/**
 * The continued fraction of I_x(a, b) (NIST Digital Library of Mathematical Functions, 8.17.22) by the modified
 * method of Lentz (I. J. Thompson, A. R. Barnett, J. Comput. Phys. 64 (1986)).
 */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let upper = 1;
  let lower = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = lower;
  for (let m = 1; m < 1000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    const before = fraction;
    for (const term of [even, odd]) {
      lower = 1 / away(1 + term * lower);
      upper = away(1 + term / upper);
      fraction *= lower * upper;
    }
    if (Math.abs(fraction - before) < 1e-15 * Math.abs(fraction)) return fraction;
  }
  return fraction;
}

/** ln Gamma(x), x > 0: Stirling's series (Abramowitz & Stegun 6.1.41) above 10, where it is good to 1e-15; recurrence below. */
function logGamma(x: number): number {
  if (x < 10) return logGamma(x + 1) - Math.log(x);
  const z = 1 / (x * x);
  const series =
    (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - z * (691 / 360360)))))) / x;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series;
}
