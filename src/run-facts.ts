import { describe } from './config/describe.ts';
import { complexity } from './config/knobs.ts';
import { fileTexts } from './file-texts.ts';
import { markDirty } from './ledger/dirt.ts';
import { harnessCell } from './ledger/interrupted.ts';
import { emptyRow, type NewRow } from './ledger/row.ts';
import type { Clock } from './measure/clock.ts';
import type { ClientOverhead } from './overhead.ts';
import type { Plan } from './plan.ts';
import { thisProcess } from './process-identity.ts';
import type { Place } from './repository.ts';
import type { Readied } from './set-up.ts';

/** What is known of a run before its first launch: the cells every ending has, and the numbers' frame. */
export interface RunFacts {
  readonly runId: string;
  readonly expId: string;
  readonly clock: Clock;
  readonly overhead: ClientOverhead | null;
  /** The row as far as it can be filled without a measurement. */
  readonly row: NewRow;
  /** run.json; `outcome` is null while the run goes on; `more` is what a run in pairs adds. */
  runFile(outcome: string | null, more?: object): object;
  /** The experiment as every launch's experiment.json holds it. */
  readonly experimentFile: object;
}

/** Puts together what is known before the first launch. */
export function describeRun(story: {
  readonly plan: Plan;
  readonly place: Place;
  readonly runId: string;
  readonly readied: Readied;
  readonly clock: Clock;
  readonly overhead: ClientOverhead | null;
  readonly expId: string;
}): RunFacts {
  const { plan, place, runId, readied, clock, overhead, expId } = story;
  const { experiment, loaded } = plan;
  const row: NewRow = {
    ...emptyRow({ run_id: runId, started_at: clock.epochWallIso }),
    exp_id: expId,
    config: loaded.configPath,
    engine: experiment.engine,
    artifact: markDirty(readied.inputs.artifact, 'artifact', place.dirt),
    hardware: readied.inputs.hardware,
    workload: plan.workload,
    metric: experiment.judge.metric,
    complexity:
      experiment.engine === 'openai'
        ? null
        : complexity(experiment, {
            defaults: readied.defaults,
            fileTexts: fileTexts(experiment, loaded.root),
          }),
    fingerprint: readied.inputs.fingerprint.id,
    harness: harnessCell(place.harness),
    description: experiment.description,
  };
  return {
    runId,
    expId,
    clock,
    overhead,
    row,
    experimentFile: experimentFile(loaded),
    runFile: (outcome, more = {}) => ({
      runId,
      expId,
      engine: experiment.engine,
      startedAt: clock.epochWallIso,
      epochMonotonicNs: String(clock.epochMonotonicNs),
      bench: place.harness,
      process: thisProcess(),
      clientOverheadMs: overhead,
      row,
      ...more,
      outcome,
    }),
  };
}

/** Resolved and redacted, without the paths of this machine. */
function experimentFile(loaded: Plan['loaded']): object {
  const { config, parents, values } = describe(loaded);
  return { config, parents, values, arm: 'candidate', pair: null };
}
