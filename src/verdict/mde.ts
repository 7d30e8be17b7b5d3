/** Smallest effect in % that at most so many pairs find with 80 % power; null: none. */
export function mdePct(_input: {
  readonly pairSd: number;
  readonly pairs: number;
  readonly isCalibrated: boolean;
  readonly rent: number;
}): number | null {
  return null;
}
