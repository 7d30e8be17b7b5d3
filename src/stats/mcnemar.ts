/**
 * One-sided exact p of "more items are lost than gained": P(B >= lost) for B ~ Binomial(lost + gained, 1/2), which is what
 * the discordant items are when neither arm is better (Q. McNemar, Psychometrika 12 (1947), with the binomial instead of
 * his normal approximation). 1 without discordant items.
 * @param lost items that the first arm has right and the second wrong.
 * @param gained items that the second arm has right and the first wrong.
 * @throws RangeError unless both are whole numbers from 0.
 */
export function mcnemarLossP(lost: number, gained: number): number {
  if (!(isCount(lost) && isCount(gained))) throw new RangeError(`${lost} and ${gained} are not counts`);
  const items = lost + gained;
  return lost > gained ? upperTail(lost, items) : 1 - upperTail(gained + 1, items);
}

/**
 * Two-sided exact p of "the arms differ": twice the smaller tail, at most 1; the same either way round.
 * @throws RangeError unless both are whole numbers from 0.
 */
export function mcnemarP(lost: number, gained: number): number {
  return Math.min(1, 2 * mcnemarLossP(Math.max(lost, gained), Math.min(lost, gained)));
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

/** P(B >= from) for B ~ Binomial(items, 1/2); summed from above the mean only, where each term is the largest left. */
function upperTail(from: number, items: number): number {
  if (from > items) return 0;
  let logTerm = -items * Math.LN2;
  for (let k = 1; k <= items - from; k += 1) logTerm += Math.log((items - k + 1) / k);
  let term = Math.exp(logTerm);
  let sum = 0;
  for (let k = from; k <= items; k += 1) {
    sum += term;
    term *= (items - k) / (k + 1);
  }
  return sum;
}
