import { CrossProducts, type Left } from './cross-products.ts';
import { mean } from './describe.ts';

/** Log metric of A/A launches, `values[launch][round][query]`; null or left out at the end: not measured. */
export type Launches = readonly (readonly (readonly (number | null)[])[])[];

/** One number for each source of noise; null: these launches cannot tell it from another. */
interface BySource {
  /** From launch to launch: only more launches help. With one round a launch it holds the rounds' noise, too. */
  readonly launch: number | null;
  /** From round to round of one launch: more rounds help. With one query it holds the requests' noise, too. */
  readonly round: number | null;
  /** From request to request, once its query and its round are known: more rounds or more queries help. */
  readonly query: number | null;
}

/** Where the noise of a launch's number comes from: shares of its variance, that add up to 1. */
export interface VarianceShares extends BySource {
  /** Variances of the sources themselves, in log units squared; negative estimates are 0. */
  readonly components: BySource;
  /** Variance of a launch's number, in log units squared; null, as the shares are: fewer than two launches. */
  readonly variance: number | null;
}

/**
 * Shares of the model y_lrq = mu + query_q + launch_l + round_lr + residual_lrq: queries crossed with all else and the same
 * in each launch, hence fixed; launches, rounds nested in launches, and residuals random and independent. Components by
 * the method of moments for unequal numbers, fitting constants (C. R. Henderson, Biometrics 9 (1953), method 3): the sums
 * of squares left by query, by query + launch and by query + round are set equal to their expectations. Where nothing is
 * missing these are the mean squares of the nested analysis of variance. A launch's number is the mean of its values, of
 * variance launch + round / rounds + query / (rounds x queries). What makes one launch fast for one query counts as query
 * residual, so more rounds buy a little less than that says.
 */
export function varianceShares(launches: Launches): VarianceShares {
  const known = launches.map((rounds) => rounds.map(counted).filter((values) => values.length > 0));
  const some = known.filter((rounds) => rounds.length > 0);
  const components = estimate(some);
  const parts = {
    launch: components.launch,
    round: times(components.round, average(some, roundWeight)),
    query: times(components.query, average(some, valueWeight)),
  };
  const total = (parts.launch ?? 0) + (parts.round ?? 0) + (parts.query ?? 0);
  const variance = parts.launch === null ? null : total;
  const share = (part: number | null): number | null =>
    variance === null || variance === 0 || part === null ? null : part / variance;
  return {
    launch: share(parts.launch),
    round: share(parts.round),
    query: share(parts.query),
    components,
    variance,
  };
}

interface Value {
  readonly query: number;
  readonly y: number;
}

function counted(round: readonly (number | null)[]): Value[] {
  return round.flatMap((y, query) => (y === null ? [] : [{ query, y }]));
}

type Known = readonly (readonly (readonly Value[])[])[];

function estimate(launches: Known): BySource {
  const rounds = launches.flatMap((of, launch) => of.map((values) => ({ launch, values })));
  const queries = new Map<number, number[]>();
  for (const { query, y } of rounds.flatMap(({ values }) => values)) {
    queries.set(query, [...(queries.get(query) ?? []), y]);
  }
  const indices = new Map([...queries.keys()].map((query, index) => [query, index]));
  const centers = new Map([...queries].map(([query, ys]) => [query, mean(ys)]));
  const products = new CrossProducts(queries.size, launches.length, rounds.length);
  for (const [round, { launch, values }] of rounds.entries()) {
    for (const { query, y } of values) {
      products.add(indices.get(query) ?? 0, launch, round, y - (centers.get(query) ?? 0));
    }
  }
  return solve(products.fit('query'), products.fit('launch'), products.fit('round'));
}

/** Henderson's equations, from the last fit to the first. What has no expectation of its own is null. */
function solve(byQuery: Left, byLaunch: Left, byRound: Left): BySource {
  const query = byRound.degrees > 0 ? byRound.squares / byRound.degrees : null;
  const residual = query ?? 0;
  const within = byLaunch.squares - byLaunch.degrees * residual;
  const round = byLaunch.ofRounds > 0 ? within / byLaunch.ofRounds : null;
  const left = byQuery.squares - byQuery.degrees * residual - byQuery.ofRounds * (round ?? 0);
  const launch = byQuery.ofLaunches > 0 ? left / byQuery.ofLaunches : null;
  return { launch: atLeast0(launch), round: atLeast0(round), query: atLeast0(query) };
}

/** What a launch's rounds weigh in its mean, squared: 1 / rounds when they are equal. */
function roundWeight(rounds: readonly (readonly Value[])[]): number {
  const all = rounds.flat().length;
  return rounds.reduce((sum, values) => sum + (values.length / all) ** 2, 0);
}

function valueWeight(rounds: readonly (readonly Value[])[]): number {
  return 1 / rounds.flat().length;
}

function average(launches: Known, weight: (rounds: readonly (readonly Value[])[]) => number): number {
  return launches.length === 0 ? 0 : mean(launches.map(weight));
}

function times(component: number | null, weight: number): number | null {
  return component === null ? null : component * weight;
}

function atLeast0(component: number | null): number | null {
  return component === null ? null : Math.max(0, component);
}
