import type { Experiment } from './config/experiment.ts';
import { substitute } from './config/substitute.ts';
import type { Engine } from './engines/engine.ts';
import type { Witnessed } from './launch.ts';
import { InvalidLaunch } from './launch-failure.ts';
import { type Inputs, modelCell, visibleGpus } from './provenance.ts';
import type { SnapshotDocument } from './snapshot/document.ts';
import { isAbsent } from './snapshot/probe.ts';
import { type SeenEngine, unmetExpectations } from './verdict/expectations.ts';
import type { FrozenSnapshot } from './write-run.ts';

/**
 * Compares `expect:` with what the warm engine was seen to be.
 * @throws InvalidLaunch (exit 5) that names each expectation which does not hold, or of which nothing was seen.
 */
export function requireExpected(
  experiment: Experiment,
  engine: Engine,
  seen: Witnessed,
  frozen: FrozenSnapshot,
  inputs: Inputs,
): void {
  // Nothing in it depends on the port, and all else is filled.
  const { expect } = substitute(experiment, { PORT: '0', REPO_ROOT: '' });
  if (expect === undefined) return;
  const unmet = unmetExpectations(expect, seenEngine(experiment, engine, seen, frozen, inputs));
  if (unmet.length === 0) return;
  throw new InvalidLaunch(
    unmet.map(({ detail }) => detail).join(','),
    'The engine that runs is not the one that `expect:` describes, so nothing was measured.',
    unmet.map(({ name, wanted, seen: found }) => `${name}: wanted ${wanted}, seen: ${found}`),
    'The snapshot in the bundle holds all that was seen; the log holds what the engine said.',
  );
}

function seenEngine(
  experiment: Experiment,
  engine: Engine,
  { stated, target, running }: Witnessed,
  frozen: FrozenSnapshot,
  inputs: Inputs,
): SeenEngine {
  const { libraries, gpuState } = frozen.document as unknown as SnapshotDocument;
  return {
    facts: engine.facts(stated),
    engineVersion: frozen.engineVersion,
    model: target.model,
    modelCell: modelCell(target.model, inputs, frozen.hubModel),
    gpus: running === null ? null : usedGpus(gpuState, running.livePids(), experiment, inputs),
    libraries: isAbsent(libraries) ? null : libraries,
  };
}

/**
 * GPUs on which nvidia-smi shows one of the engine's processes; where it shows no process at all, as inside some
 * containers, those that the engine was given. Null without nvidia-smi.
 */
function usedGpus(
  state: SnapshotDocument['gpuState'],
  pids: readonly number[],
  experiment: Experiment,
  { gpu }: Inputs,
): number | null {
  if (isAbsent(gpu)) return null;
  const seen = isAbsent(state) ? [] : state.gpus.filter(({ processes }) => processes.length > 0);
  if (seen.length === 0) return visibleGpus(experiment, gpu).length;
  return seen.filter(({ processes }) => processes.some(({ pid }) => pids.includes(pid))).length;
}
