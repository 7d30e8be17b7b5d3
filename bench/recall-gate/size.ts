import { tangoUpper } from '../../src/stats/tango.ts';

/**
 * The exact probability that Tango's bound of `n` items is within a margin that the drop has just reached: the sum over all
 * counts that pass of their multinomial probabilities.
 * @param margin as a share; the true drop.
 * @param noise share of items gained by chance; as many, beyond the drop, are lost.
 */
export function falsePass(n: number, margin: number, noise: number, confidence: number): number {
  const logFactorial = [0];
  for (let k = 1; k <= n; k += 1) logFactorial.push((logFactorial[k - 1] as number) + Math.log(k));
  const log = (lost: number, gained: number): number =>
    factorial(n) -
    factorial(lost) -
    factorial(gained) -
    factorial(n - lost - gained) +
    lost * Math.log(margin + noise) +
    (gained === 0 ? 0 : gained * Math.log(noise)) +
    (n - lost - gained) * Math.log(1 - margin - 2 * noise);
  const factorial = (k: number): number => logFactorial[k] as number;
  let sum = 0;
  let most = -1;
  for (let gained = 0; gained <= (noise === 0 ? 0 : n / 3); gained += 1) {
    const passes = (lost: number): boolean =>
      lost + gained <= n && tangoUpper({ n, lost, gained }, confidence) <= margin;
    while (passes(most + 1)) most += 1;
    for (let lost = 0; lost <= most; lost += 1) sum += Math.exp(log(lost, gained));
  }
  return sum;
}
