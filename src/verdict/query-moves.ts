import { mean, median } from '../stats/describe.ts';
import { type MetricName, metrics } from '../stats/metric.ts';
import { summarizePerQuery, summarizePooled } from '../stats/metric-summary.ts';
import type { Comparison } from './comparison.ts';
import { changeOf, pctOf, turnedPct } from './effect-pct.ts';

/** A request as records hold it; other members may be missing. */
export interface RecordedRequest {
  readonly launch: number;
  readonly arm: 'baseline' | 'candidate';
  readonly query: string;
  readonly outcome: string;
  readonly [member: string]: unknown;
}

/** What became of one query from A to B. */
export interface QueryMove {
  readonly query: string;
  readonly a: number | null;
  readonly b: number | null;
  /** In %, positive where B is better. */
  readonly effectPct: number;
  /** How the number itself changed, in %. */
  readonly changePct: number;
}

/** What became of all of them. */
export interface QueryMoves {
  readonly metric: MetricName;
  /** Below this effect, in %, a query counts as the same. */
  readonly leastPct: number;
  readonly better: number;
  readonly same: number;
  readonly worse: number;
  /** The most improved first. */
  readonly moves: readonly QueryMove[];
  /** Queries that only one side has a number for. */
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/** Where a request has each metric. */
const members: { readonly [Name in MetricName]: string } = {
  decode_tok_s: 'decodeTokS',
  ttft_ms: 'ttftMs',
  ttfat_ms: 'ttfatMs',
  tpot_ms: 'tpotMs',
  itl_ms: 'itlMs',
  e2e_ms: 'e2eMs',
  e2e_tok_s: 'e2eTokS',
};

/** Each query's number: the median over its rounds in a launch, then the mean over launches, as summaries have it. */
export function queryValues(requests: readonly RecordedRequest[], metric: MetricName): Map<string, number> {
  const byQuery = new Map<string, Map<number, number[]>>();
  for (const request of requests) {
    const values = valuesOf(request, metric);
    if (values.length === 0) continue;
    const launches = byQuery.get(request.query) ?? new Map<number, number[]>();
    launches.set(request.launch, [...(launches.get(request.launch) ?? []), ...values]);
    byQuery.set(request.query, launches);
  }
  return new Map([...byQuery].map(([query, launches]) => [query, mean([...launches.values()].map(median))]));
}

/** A metric's one number from requests, as summaries compute it; null without a value. */
export function valueOfRequests(requests: readonly RecordedRequest[], metric: MetricName): number | null {
  const samples = requests.map((request) => {
    const { launch, query } = request;
    return { launch, query, values: valuesOf(request, metric) };
  });
  const summary = metric === 'itl_ms' ? summarizePooled(samples) : summarizePerQuery(samples);
  return summary?.value ?? null;
}

/** The queries of two sides from their numbers. */
export function movesBetween(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
  metric: MetricName,
  leastPct: number,
): QueryMoves {
  const sign = metrics[metric].better === 'higher' ? 1 : -1;
  const both = [...a].flatMap(([query, one]): Omit<QueryMove, 'changePct'>[] => {
    const other = b.get(query);
    if (other === undefined || one <= 0 || other <= 0) return [];
    return [{ query, a: one, b: other, effectPct: pctOf(sign * Math.log(other / one)) }];
  });
  return countMoves(both, { metric, leastPct, ...only(a, b) });
}

/**
 * The queries as a paired run weighed them, with the numbers of both arms where the record has them.
 * @param isTurned A is the candidate of that run, B its baseline.
 */
export function movesOfPairs(
  comparison: Comparison,
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
  isTurned: boolean,
): QueryMoves {
  const { metric, minEffectPct } = comparison;
  const moves = comparison.queries.flatMap(({ query, effectPct }): Omit<QueryMove, 'changePct'>[] => {
    const effect = isTurned ? turnedPct(effectPct) : effectPct;
    return effect === null
      ? []
      : [{ query, a: a.get(query) ?? null, b: b.get(query) ?? null, effectPct: effect }];
  });
  return countMoves(moves, { metric, leastPct: minEffectPct, ...only(a, b) });
}

type Frame = Pick<QueryMoves, 'metric' | 'leastPct' | 'onlyA' | 'onlyB'>;

function countMoves(weighed: readonly Omit<QueryMove, 'changePct'>[], frame: Frame): QueryMoves {
  const { leastPct, metric } = frame;
  const moves = weighed.map((move) => ({
    ...move,
    changePct: changeOf(metric, { pct: move.effectPct, lower: null, upper: null }).pct,
  }));
  const better = moves.filter(({ effectPct }) => effectPct > leastPct).length;
  const worse = moves.filter(({ effectPct }) => effectPct < -leastPct).length;
  return {
    ...frame,
    ...{ better, worse, same: moves.length - better - worse },
    moves: moves.toSorted(
      (one, other) => other.effectPct - one.effectPct || (one.query < other.query ? -1 : 1),
    ),
  };
}

function only(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
): Pick<QueryMoves, 'onlyA' | 'onlyB'> {
  return {
    onlyA: [...a.keys()].filter((query) => !b.has(query)),
    onlyB: [...b.keys()].filter((query) => !a.has(query)),
  };
}

function valuesOf(request: RecordedRequest, metric: MetricName): number[] {
  const value = request[members[metric]];
  const values = Array.isArray(value) ? value : [value];
  return values.filter((one): one is number => typeof one === 'number' && Number.isFinite(one));
}
