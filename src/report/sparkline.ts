const levels = '▁▂▃▄▅▆▇█';

/** Values in bins of equal width from the smallest to the largest. */
export interface Histogram {
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

/** Counts the values in so many bins; null for none. A single value, or equal ones, are one bin. */
export function histogramOf(values: readonly number[], bins: number): Histogram | null {
  if (values.length === 0) return null;
  const from = values.reduce((least, value) => Math.min(least, value));
  const to = values.reduce((most, value) => Math.max(most, value));
  if (from === to) return { from, to, counts: [values.length] };
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.floor(((value - from) / (to - from)) * bins));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { from, to, counts };
}

/** One character a bin; a space where nothing is, so that few are not none. */
export function sparkline(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  return counts
    .map((count) => (count === 0 ? ' ' : levels[Math.ceil((count / most) * levels.length) - 1]))
    .join('');
}
