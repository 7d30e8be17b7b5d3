import { randomStream } from '../../src/workload/random.ts';
import { type Phase, phases } from './phase.ts';

/** When to kill: so far into the whole run (`phase` null), or so far into one phase. `share` is in [0, 1). */
export interface Moment {
  readonly phase: Phase | null;
  readonly share: number;
}

/**
 * The moments of `count` trials. Every other one is uniform over the whole run, whatever it hits; those between
 * go through the phases in turn, uniform within each, so that short phases are hit often enough too.
 */
export function drawMoments(count: number, seed: string): Moment[] {
  const random = randomStream(`kill ${seed}`);
  return Array.from({ length: count }, (_, at) => ({
    phase: at % 2 === 0 ? null : (phases[Math.floor(at / 2) % phases.length] ?? null),
    share: random(),
  }));
}
