/**
 * How many independent values clustered ones are worth when the p-quantile is estimated: n divided by the
 * design effect, which is the between-cluster variance of the share of values at or below `quantile` over the
 * variance p (1 - p) / n that independent values would have (linearised ratio estimator; E. L. Korn,
 * B. I. Graubard, "Confidence Intervals for Proportions with Small Expected Number of Positive Counts
 * Estimated from Survey Data", Survey Methodology 24 (1998)). Never above the number of values nor below
 * the number of clusters: one value a cluster is always independent. Empty clusters are ignored.
 */
export function effectiveN(clusters: readonly (readonly number[])[], p: number, quantile: number): number {
  const filled = clusters.filter((cluster) => cluster.length > 0);
  const n = filled.reduce((sum, cluster) => sum + cluster.length, 0);
  if (filled.length < 2) return filled.length;
  const residuals = filled.map(
    (cluster) => cluster.filter((value) => value <= quantile).length - p * cluster.length,
  );
  const center = residuals.reduce((sum, residual) => sum + residual, 0) / filled.length;
  const squares = residuals.reduce((sum, residual) => sum + (residual - center) ** 2, 0);
  const variance = ((filled.length / (filled.length - 1)) * squares) / n ** 2;
  const designEffect = Math.max(1, variance / ((p * (1 - p)) / n));
  return Math.max(filled.length, Math.floor(n / designEffect));
}
