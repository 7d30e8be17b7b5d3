import type { Comparison, MetricEvidence } from './comparison.ts';
import { fewestPairs } from './decide.ts';
import { type Evidence, interval, weigh } from './evidence.ts';

/** The cells of a row that come from pairs. */
export interface JudgedCells {
  readonly status: string | null;
  readonly reason: string | null;
  readonly delta_pct: number | null;
  readonly ci_lo_pct: number | null;
  readonly ci_hi_pct: number | null;
  readonly pairs: number | null;
  readonly e_value: number | null;
}

/**
 * Whether what a comparison says of its judged metric follows from its pairs, and the row from the comparison: a sentence
 * for each number that does not. With a calibration, which the record does not hold, only the mean can be computed.
 */
export function recheck(comparison: Comparison, row: JudgedCells): string[] {
  const stated = comparison.evidence.find(({ metric }) => metric === comparison.metric);
  const effects = comparison.pairs.flatMap(({ effects: of }) => of?.[comparison.metric] ?? []);
  if (stated === undefined) return effects.length === 0 ? [] : ['the record has pairs and no evidence'];
  if (effects.length === 0) return ['the record has evidence and no pairs'];
  return [
    ...againstPairs(stated, weigh(effects, null)),
    ...againstRow(row, stated, comparison.eValue),
    ...againstVerdict(comparison, stated, row),
  ];
}

/** Whether two numbers are the same but for how they were rounded on the way through a file. */
export function agree(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));
}

function againstPairs(stated: MetricEvidence, computed: Evidence): string[] {
  const { lower, upper } = interval(computed);
  const claims: [string, number | null, number | null][] = [
    ['pairs', stated.pairs, computed.pairs],
    ['effect', stated.effectPct, percent(computed.mean)],
    ...(stated.isCalibrated
      ? []
      : ([
          ['lower bound', stated.lowerPct, percent(lower)],
          ['upper bound', stated.upperPct, percent(upper)],
        ] as [string, number | null, number | null][])),
  ];
  return differing(claims, "in the record's evidence", 'from its pairs');
}

/** A keep must follow from what stands beside it: enough pairs, an interval above the rent, no guard against it. */
function againstVerdict({ rentPct, guards }: Comparison, stated: MetricEvidence, row: JudgedCells): string[] {
  if (row.status !== 'keep' || !/^(?:better|simpler)$/.test(row.reason ?? '')) return [];
  const fewest = stated.isCalibrated ? fewestPairs.calibrated : fewestPairs.uncalibrated;
  const open = guards.filter(({ state }) => state === 'failed' || state === 'undecided');
  return [
    ...(stated.pairs < fewest ? [`it is a keep after ${stated.pairs} pairs, of ${fewest} at least`] : []),
    ...(stated.lowerPct === null || stated.lowerPct <= rentPct
      ? [`it is a keep, and its lower bound ${stated.lowerPct ?? 'is open'} is not above ${rentPct}`]
      : []),
    ...open.map(({ name, state }) => `it is a keep, and its guard ${name} is ${state}`),
  ];
}

function againstRow(row: JudgedCells, stated: MetricEvidence, eValue: number | null): string[] {
  const claims: [string, number | null, number | null][] = [
    ['delta_pct', row.delta_pct, stated.effectPct],
    ['ci_lo_pct', row.ci_lo_pct, stated.lowerPct],
    ['ci_hi_pct', row.ci_hi_pct, stated.upperPct],
    ['pairs', row.pairs, stated.pairs],
    ['e_value', row.e_value, eValue],
  ];
  // An invalid run has pairs and no numbers.
  return differing(
    claims.filter(([, cell]) => cell !== null),
    'in the row',
    "in the record's evidence",
  );
}

function differing(
  claims: readonly (readonly [name: string, said: number | null, is: number | null])[],
  where: string,
  source: string,
): string[] {
  return claims.flatMap(([name, said, is]) =>
    agree(said, is) ? [] : [`${name} is ${said ?? 'missing'} ${where} and ${is ?? 'none'} ${source}`],
  );
}

/** A log ratio in %; null while it is not bounded. */
function percent(logRatio: number): number | null {
  return Number.isFinite(logRatio) ? 100 * Math.expm1(logRatio) : null;
}
