import { type FoundCalibration, findCalibration } from './ledger/calibration.ts';
import type { Row } from './ledger/row.ts';
import type { PairPlan } from './pair-plan.ts';
import { modelCell } from './provenance.ts';
import type { Readied } from './set-up.ts';
import { metricNames } from './stats/metric.ts';
import type { Calibration } from './verdict/evidence.ts';
import type { Calibrations } from './verdict/guards.ts';

/** Calibrations by metric, expired ones among them. */
export type Calibrated = { readonly [metric: string]: FoundCalibration | null };

/** Its variance, while it counts. */
export function calibrationOf(found: FoundCalibration | null): Calibration | null {
  if (found === null || found.expired !== null) return null;
  const { variance, degrees } = found.file;
  return { variance, degrees };
}

/** The variances that count, by metric. */
export function calibrationsOf(calibrated: Calibrated): Calibrations {
  return Object.fromEntries(
    Object.entries(calibrated).map(([metric, found]) => [metric, calibrationOf(found)]),
  );
}

/**
 * The calibrations of everything that a paired run judges: of its metric and its guards. Two arms of different engines or
 * models have none, for noise is measured of one.
 */
export async function findCalibrations(
  plan: Pick<PairPlan, 'rule' | 'baseline' | 'candidate'> & { readonly kind?: PairPlan['kind'] },
  readied: { readonly baseline: Readied; readonly candidate: Readied },
  rows: readonly Row[],
): Promise<Calibrated> {
  const { baseline, candidate } = readied;
  const metrics =
    plan.kind === 'calibrate'
      ? metricNames
      : [...new Set([plan.rule.metric, ...Object.keys(plan.rule.tolerances)])];
  const isOne =
    baseline.experiment.engine === candidate.experiment.engine &&
    modelCell('', baseline.inputs) === modelCell('', candidate.inputs) &&
    baseline.experiment.model === candidate.experiment.model;
  if (!isOne) return {};
  const { fingerprint } = candidate.inputs;
  const { engine, workload } = candidate.experiment;
  const found = metrics.map(async (metric) => {
    const key = { fingerprint: fingerprint.id, engine, metric };
    const isModel = (model: string): boolean => isModelOf(candidate, model);
    const seen = { rounds: workload.rounds, rows, nowMs: Date.now(), facts: fingerprint.facts, isModel };
    return [metric, await findCalibration(plan.candidate.loaded.root, key, seen)] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** By the hash of its files where that is known, else by its name. */
function isModelOf({ inputs, experiment }: Readied, model: string): boolean {
  const hash = modelCell('', inputs) ?? '';
  if (hash !== '') return model.endsWith(hash);
  return experiment.model === undefined || model === experiment.model;
}
